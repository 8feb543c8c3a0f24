"""The outbox as the mail engine's `Outbox`: rows claimed by lease, composed when claimed, recorded under a token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from tortoise.expressions import F, Q

from app.desk import Desk
from app.keys import SealBroken
from app.mailboxes.accounts import smtp_settings
from app.mailboxes.composing import compose_all
from app.mailboxes.limits import give_back_sending, next_sending, take_sending
from app.mailboxes.models import Mailbox, OutboundEmail
from app.mailboxes.outcomes import Told, write_outcomes
from mail.accounts import SmtpSettings
from mail.ports import Attempt, Outgoing, Pause

log = structlog.get_logger(__name__)

UNREADABLE_RESTS = timedelta(minutes=5)  # somebody must mend the disk or the secret; looking often does not help


class DatabaseOutbox:
    """Implements mail.ports.Outbox on the database."""

    def __init__(self, desk: Desk, told: Told, paused: Callable[[int, Pause], Awaitable[None]]) -> None:
        self._desk = desk
        self._told = told
        self._paused = paused

    async def claim(
        self, *, now: datetime, limit: int, lease_seconds: float, worker: str, busy: frozenset[int] = frozenset()
    ) -> list[Outgoing]:
        await self._give_mailbox()
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        awake = Q(mailbox__sending_paused_until__isnull=True) | Q(mailbox__sending_paused_until__lte=now)
        due = OutboundEmail.filter(free, awake, due_at__lte=now, mailbox_id__isnull=False)
        slow = {row.id: row.send_per_minute for row in await Mailbox.filter(send_per_minute__gt=0)}
        tired = {one for one, rate in slow.items() if await next_sending(one, per_minute=rate, now=now) > now}
        if apart := sorted(busy | tired):
            due = due.exclude(mailbox_id__in=apart)
        found = await due.order_by("due_at", "id").limit(limit).values_list("id", "mailbox_id")
        ids = await self._within_rates([(int(str(one)), int(str(mailbox))) for one, mailbox in found], slow, now)
        if not ids:
            return []
        until = now + timedelta(seconds=lease_seconds)
        # One conditional UPDATE: of two workers that read the same ids, the second finds the leases taken.
        await OutboundEmail.filter(free, id__in=ids, due_at__lte=now).update(
            lease_owner=worker, lease_until=until, lease_token=F("lease_token") + 1
        )
        mine = await OutboundEmail.filter(id__in=ids, lease_owner=worker, lease_until=until).order_by("due_at", "id")
        composed = await compose_all(self._desk, mine)
        for failure in composed.failed:
            await self._not_composed(failure.row, failure.error, now)
        if composed.too_much:
            await self._give_back([(row.id, row.lease_token, row.mailbox_id or 0) for row in composed.too_much])
        return composed.ready

    async def record_all(self, attempts: Sequence[tuple[Outgoing, Attempt]]) -> set[int]:
        if not attempts:
            return set()
        async with self._desk.unit_of_work() as work:
            return await write_outcomes(work, attempts, self._told)

    async def release(self, mails: Sequence[Outgoing]) -> None:
        await self._give_back([(mail.row, mail.token, mail.mailbox) for mail in mails])

    async def pause_mailbox(self, mailbox: int, pause: Pause) -> None:
        before = await Mailbox.get_or_none(id=mailbox)
        await Mailbox.filter(id=mailbox).update(sending_paused_until=pause.until, sending_problem=pause.text)
        if before is not None and before.sending_problem != pause.text:
            await self._paused(mailbox, pause)

    async def resume_mailbox(self, mailbox: int) -> None:
        await (
            Mailbox.filter(id=mailbox).exclude(sending_problem="").update(sending_paused_until=None, sending_problem="")
        )

    async def _give_back(self, claims: Sequence[tuple[int, int, int]]) -> None:
        """Rows with their tokens and mailboxes."""
        for row, token, _ in claims:
            await OutboundEmail.filter(id=row, lease_token=token).update(lease_owner=None, lease_until=None)
        for mailbox, count in Counter(mailbox for _, _, mailbox in claims).items():
            await give_back_sending(mailbox, count)

    async def _within_rates(self, found: list[tuple[int, int]], slow: dict[int, int], now: datetime) -> list[int]:
        """The rows that may go now; those of a mailbox with a rate are counted as sent."""
        ids = [row for row, mailbox in found if mailbox not in slow]
        for mailbox, rate in slow.items():
            mine = [row for row, its in found if its == mailbox]
            if mine:
                ids += mine[: await take_sending(mailbox, per_minute=rate, wanted=len(mine), now=now)]
        return ids

    async def next_due(self, *, now: datetime, busy: frozenset[int] = frozenset()) -> datetime | None:
        waiting = OutboundEmail.filter(due_at__isnull=False, mailbox_id__isnull=False)
        if busy:
            waiting = waiting.exclude(mailbox_id__in=sorted(busy))
        awake = Q(mailbox__sending_paused_until__isnull=True) | Q(mailbox__sending_paused_until__lte=now)
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        moments: list[datetime] = []
        slow = await Mailbox.filter(send_per_minute__gt=0)
        unlimited = waiting.exclude(mailbox_id__in=[row.id for row in slow]) if slow else waiting
        if (due := await unlimited.filter(free, awake).order_by("due_at").first()) is not None and due.due_at:
            moments.append(due.due_at)
        for row in slow:
            due = await waiting.filter(free, awake, mailbox_id=row.id).order_by("due_at").first()
            if due is not None and due.due_at:
                rested = await next_sending(row.id, per_minute=row.send_per_minute, now=now)
                moments.append(max(due.due_at, rested) if rested > now else due.due_at)
        leased = await waiting.filter(lease_until__gte=now).order_by("lease_until").first()
        if leased is not None and leased.lease_until:
            moments.append(leased.lease_until)
        paused = await Mailbox.filter(sending_paused_until__gt=now).order_by("sending_paused_until")
        moments += [
            mailbox.sending_paused_until
            for mailbox in paused
            if mailbox.sending_paused_until and await waiting.filter(mailbox_id=mailbox.id).exists()
        ]
        return min(moments) if moments else None

    async def smtp_settings(self, mailbox: int) -> SmtpSettings:
        return smtp_settings(self._desk, await Mailbox.get(id=mailbox))

    async def _give_mailbox(self) -> None:
        """Mails from before the desk had a mailbox go out by its first one."""
        if await OutboundEmail.filter(mailbox_id__isnull=True, due_at__isnull=False).exists():
            mailbox = await Mailbox.filter(active=True).order_by("id").first()
            if mailbox is not None:
                await OutboundEmail.filter(mailbox_id__isnull=True).update(mailbox_id=mailbox.id)

    async def _not_composed(self, row: OutboundEmail, error: Exception, now: datetime) -> None:
        if isinstance(error, SealBroken):
            await self._pause_for_seal(row, error, now)
        elif isinstance(error, OSError):
            await self._later(row, f"A file of the message cannot be read now: {error}", now)
        else:
            log.warning("mail_not_composed", outbound_email=row.id, error=str(error))
            await self._fail(row, f"The message could not be written: {error}")

    async def _pause_for_seal(self, row: OutboundEmail, error: SealBroken, now: datetime) -> None:
        await OutboundEmail.filter(id=row.id).update(lease_owner=None, lease_until=None)
        until = now + UNREADABLE_RESTS
        await self.pause_mailbox(row.mailbox_id or 0, Pause(at=now, until=until, code=error.code, text=error.message))

    async def _later(self, row: OutboundEmail, why: str, now: datetime) -> None:
        """Nothing was sent, so this is no attempt."""
        due = {"due_at": now + UNREADABLE_RESTS, "lease_owner": None, "lease_until": None}
        await OutboundEmail.filter(id=row.id).update(last_response=why[:2000], **due)

    async def _fail(self, row: OutboundEmail, why: str) -> None:
        async with self._desk.unit_of_work() as work:
            await OutboundEmail.filter(id=row.id).update(
                state="failed",
                last_response=why[:2000],
                due_at=None,
                finished_at=work.now,
                lease_owner=None,
                lease_until=None,
            )
            row.last_response = why
            await self._told(work, row, "failed", None)
