"""The ledger of inbound e-mail as the mail engine's `Receiver`: bytes first, then one outcome per row."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog
import zstandard
from tortoise.expressions import F, Q
from tortoise.transactions import in_transaction

from app.cases.feed import storable
from app.database import next_ids
from app.desk import Desk
from app.mailboxes.models import InboundEmail, Mailbox, RawMail
from mail.errors import ParseRefused
from mail.parsing import sender_and_subject
from mail.ports import FetchedMail, Folder, IntakeState, IntakeStatus

log = structlog.get_logger(__name__)

UNDERSTAND_AT_MOST = 3  # attempts; a mail that fails so often is quarantined instead of being tried for ever
TOO_LARGE = "too_large"
AT_ONCE = 500  # ids in one statement
UNSURE = frozenset({"deadline", "worker_died"})
"""Refusals of the parser that a busy or restarting machine can cause too: worth another attempt."""

Understand = Callable[[int], Awaitable[None]]
"""Give one stored row its outcome, in one transaction; see app.bridges.intake. Raises ParseRefused."""


class Group(Protocol):
    """Mails that can get their outcomes in one transaction."""

    @property
    def rows(self) -> Sequence[int]: ...

    async def settle(self) -> int:
        """How many of the first got one; what it raises undid everything."""
        ...


Gather = Callable[[Sequence[int]], Awaitable[Group | None]]
"""The mails at the head of these rows that know nothing of each other, at least two; None where there are none."""


class Ledger:
    """Implements mail.ports.Receiver on the database."""

    def __init__(
        self,
        desk: Desk,
        understand: Understand,
        failed: Callable[[int, IntakeStatus], Awaitable[None]],
        stored: Callable[[int, Sequence[int], Sequence[bytes]], None] | None = None,
        gather: Gather | None = None,
    ) -> None:
        """`stored` is told of each batch that will be understood next: mailbox, rows and bytes.

        `gather` finds those that can be understood together.
        """
        self._gather = gather
        self._desk = desk
        self._stored = stored
        self._understand = understand
        self._failed = failed

    async def hold(self, mailbox: int, *, worker: str, now: datetime, lease_seconds: float) -> bool:
        free = Q(lease_owner=worker) | Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        until = now + timedelta(seconds=lease_seconds)
        taken = await Mailbox.filter(free, id=mailbox).update(
            lease_owner=worker, lease_until=until, lease_token=F("lease_token") + 1
        )
        return taken == 1

    async def let_go(self, mailbox: int, *, worker: str) -> None:
        await Mailbox.filter(id=mailbox, lease_owner=worker).update(lease_owner=None, lease_until=None)

    async def known(self, folder: Folder, uids: Sequence[int]) -> set[int]:
        rows = _of_folder(folder).filter(uid__in=list(uids)).values_list("uid", flat=True)
        return {int(str(uid)) for uid in await rows}

    async def store(self, folder: Folder, mails: Sequence[FetchedMail]) -> list[int]:
        packed = await asyncio.to_thread(_pack, [mail.raw for mail in mails])
        now = self._desk.now()
        async with in_transaction():
            kept = _of_folder(folder).filter(uid__in=[mail.uid for mail in mails]).values_list("uid", "id")
            known: dict[int, int] = dict(await kept)
            fresh = {mail.uid: (mail, pack) for mail, pack in zip(mails, packed, strict=True) if mail.uid not in known}
            raws, rows = await next_ids("raw_mail", len(fresh)), await next_ids("inbound_email", len(fresh))
            await RawMail.bulk_create(
                RawMail(id=raw, digest=digest, size=mail.size, content=content)
                for raw, (mail, (digest, content)) in zip(raws, fresh.values(), strict=True)
            )
            await InboundEmail.bulk_create(
                InboundEmail(
                    id=row,
                    mailbox_id=folder.mailbox,
                    folder=folder.name,
                    uid_validity=folder.uidvalidity,
                    uid=mail.uid,
                    raw_mail_id=raw,
                    message_key="",
                    reason=TOO_LARGE if mail.truncated else "",
                    received_at=now,
                )
                for row, raw, (mail, _) in zip(rows, raws, fresh.values(), strict=True)
            )
            known |= dict(zip(fresh, rows, strict=True))
        ids = [known[mail.uid] for mail in mails]
        if self._stored is not None:
            whole = [(row, mail.raw) for row, mail in zip(ids, mails, strict=True) if not mail.truncated]
            self._stored(folder.mailbox, [row for row, _ in whole], [raw for _, raw in whole])
        return ids

    async def handle_some(self, rows: Sequence[int]) -> int:
        """The first of `rows`, or several of the first in one transaction where they can be understood together.

        What fails together is done one by one, so that only the mail that is to blame is set aside.
        """
        group = await self._gather(rows) if self._gather is not None and len(rows) > 1 else None
        if group is None or not (done := await self._handle_group(group)):
            await self.handle(rows[0])
            return 1
        return done

    async def _handle_group(self, group: Group) -> int:
        """Counted as tried first, as each alone: a mail that kills the process is met alone afterwards."""
        rows = list(group.rows)
        await InboundEmail.filter(id__in=rows, outcome="stored").update(attempts=F("attempts") + 1)
        done = 0
        try:
            done = await group.settle()
        except Exception as error:
            if isinstance(error, OSError) or await database_away(error):
                raise
            log.warning("mails_not_handled_together", first=rows[0], mails=len(rows), error=repr(error))
        finally:
            if rows[done:]:
                with suppress(Exception):
                    untried = InboundEmail.filter(id__in=rows[done:], outcome="stored")
                    await untried.update(attempts=F("attempts") - 1)
        return done

    async def handle(self, row: int) -> bool:
        # Counted and committed first: a mail that kills the process is counted too.
        fit = InboundEmail.filter(id=row, outcome="stored", attempts__lt=UNDERSTAND_AT_MOST).exclude(reason=TOO_LARGE)
        if not await fit.update(attempts=F("attempts") + 1):
            return await self._handle_unfit(row)
        try:
            await self._understand(row)
        except ParseRefused as refused:
            return await self._set_aside(row, refused.reason, refused.detail, surely=refused.reason not in UNSURE)
        except BaseException as error:
            if not isinstance(error, Exception) or isinstance(error, OSError) or await database_away(error):
                # The desk could not work, so this was no attempt: an outage must not send mail into quarantine.
                with suppress(Exception):
                    await InboundEmail.filter(id=row).update(attempts=F("attempts") - 1)
                raise
            log.exception("mail_not_understood", inbound_email=row)
            return await self._set_aside(row, "internal", f"{type(error).__name__}: {error}", surely=False)
        return True

    async def _handle_unfit(self, row: int) -> bool:
        """A row that has its outcome, or gets one without being read."""
        email = await InboundEmail.get(id=row)
        if email.outcome != "stored":
            return True
        if email.reason == TOO_LARGE:
            await quarantine(
                row, reason=TOO_LARGE, detail="The message is larger than the desk accepts.", now=self._now()
            )
            return True
        detail = email.detail or "The process ended every time while it read this message."
        await quarantine(row, reason=email.reason or "worker_died", detail=detail, now=self._now())
        return True

    async def _set_aside(self, row: int, reason: str, detail: str, *, surely: bool) -> bool:
        """Quarantine, at once where nothing would change, or else after the last attempt. True if it is done."""
        if surely or (await InboundEmail.get(id=row)).attempts >= UNDERSTAND_AT_MOST:
            await quarantine(row, reason=reason, detail=detail, now=self._now())
            return True
        await InboundEmail.filter(id=row, outcome="stored").update(reason=reason[:60], detail=storable(detail)[:4000])
        return False

    async def unhandled(self, mailbox: int, *, limit: int) -> list[int]:
        rows = InboundEmail.filter(mailbox_id=mailbox, outcome="stored").order_by("id").limit(limit)
        return [int(str(one)) for one in await rows.values_list("id", flat=True)]

    async def pending_acknowledgements(self, folder: Folder, *, limit: int) -> list[tuple[int, int]]:
        rows = (
            _of_folder(folder).filter(acknowledged_at__isnull=True).exclude(outcome="stored").exclude(reason=TOO_LARGE)
        )
        return [(row["id"], row["uid"]) for row in await rows.order_by("id").limit(limit).values("id", "uid")]

    async def acknowledged(self, rows: Sequence[int], *, gone: bool, now: datetime) -> None:
        columns = {"acknowledged_at": now, **({"gone_at": now} if gone else {})}
        await InboundEmail.filter(id__in=list(rows)).update(**columns)

    async def compared(self, folder: Folder, uids: Sequence[int], *, now: datetime) -> None:
        held = await _of_folder(folder).filter(gone_at__isnull=True).values_list("id", "uid")
        present = set(uids)
        lost = [row for row, uid in held if uid not in present]
        for start in range(0, len(lost), AT_ONCE):
            await InboundEmail.filter(id__in=lost[start : start + AT_ONCE]).update(gone_at=now)

    async def status(self, mailbox: int, status: IntakeStatus) -> None:
        try:
            before = await Mailbox.get_or_none(id=mailbox)
            if before is None or _of_no_interest(status, before):
                return
            columns: dict[str, object] = {"intake_state": status.state.value, "checked_at": status.at}
            if status.state is not IntakeState.CONNECTING:
                # Connecting again is no good news yet: the same failure must not be reported at every attempt.
                columns["intake_problem"] = status.text
            if status.server_count is not None:
                columns["server_count"] = status.server_count
            await Mailbox.filter(id=mailbox).update(**columns)
            if status.code and before.intake_problem != status.text:
                await self._failed(mailbox, status)
        except Exception:
            log.warning("mailbox_status_not_stored", mailbox=mailbox, exc_info=True)

    def _now(self) -> datetime:
        return self._desk.now()


REFUSED_FOR_ITS_SHAPE = frozenset({TOO_LARGE, "too_deep", "too_many_parts"})
"""Reasons that leave the head of a mail readable. One that killed its reader is not read here at all."""


async def quarantine(row: int, *, reason: str, detail: str, now: datetime) -> None:
    """Set a mail aside with its reason; it blocks nothing and can be tried again (`casefeed mail replay`)."""
    await InboundEmail.filter(id=row, outcome="stored").update(
        outcome="quarantined", reason=reason[:60], detail=storable(detail)[:4000], handled_at=now
    )
    if reason in REFUSED_FOR_ITS_SHAPE:
        await _name(row)


async def _name(row: int) -> None:
    """Let the list of the quarantine say who wrote what, also of a mail that is not read as a whole."""
    email = await InboundEmail.get_or_none(id=row, outcome="quarantined", from_address="", subject="")
    if email is not None:
        sender, subject = sender_and_subject(await raw_bytes(email.raw_mail_id))
        await InboundEmail.filter(id=row).update(from_address=storable(sender)[:320], subject=storable(subject)[:400])


def _of_no_interest(status: IntakeStatus, mailbox: Mailbox) -> bool:
    """Whether the report is of a process that only waits beside the one that holds the mailbox."""
    if status.state is IntakeState.STANDBY:
        return True
    return status.state is IntakeState.STOPPED and mailbox.lease_owner is not None


async def raw_bytes(raw_mail_id: int) -> bytes:
    """The message as it came."""
    raw = await RawMail.get(id=raw_mail_id)
    return await asyncio.to_thread(zstandard.ZstdDecompressor().decompress, bytes(raw.content))


async def database_away(error: BaseException) -> bool:
    """Whether it is the database that failed, and not this one mail: then nothing is said of the mail."""
    from tortoise.exceptions import DBConnectionError, OperationalError

    if isinstance(error, DBConnectionError):
        return True
    if not isinstance(error, OperationalError):
        return False
    try:
        await Mailbox.all().limit(1).values("id")
    except Exception:
        return True
    return False


def _of_folder(folder: Folder):  # type: ignore[no-untyped-def]  # a QuerySet[InboundEmail]
    return InboundEmail.filter(mailbox_id=folder.mailbox, folder=folder.name, uid_validity=folder.uidvalidity)


def _pack(raws: Sequence[bytes]) -> list[tuple[str, bytes]]:
    compressor = zstandard.ZstdCompressor(level=6)
    return [(hashlib.sha256(raw).hexdigest(), compressor.compress(raw)) for raw in raws]
