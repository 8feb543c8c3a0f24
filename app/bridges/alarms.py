"""Mail that does not work → a notification for the administrators, once for each new reason."""

from __future__ import annotations

from datetime import datetime

from app.desk import Desk
from app.mailboxes import quarantine
from app.mailboxes.models import InboundEmail, Mailbox
from app.mailboxes.queries import one_at_a_time
from app.notifications.actions import notify
from app.notifications.models import Notification
from app.people.models import User
from mail.ports import IntakeStatus, Pause

QUARANTINE_GREW = "quarantine_grew"


class Alarms:
    """Tells every administrator what is wrong with a mailbox, in the words of the mail engine."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def intake_failed(self, mailbox: int, status: IntakeStatus) -> None:
        await self._tell(mailbox, direction="in", code=status.code, text=status.text)

    async def sending_paused(self, mailbox: int, pause: Pause) -> None:
        await self._tell(mailbox, direction="out", code=pause.code, text=pause.text)

    async def quarantine_grew(self) -> None:
        """Tell who works the quarantine that mail was set aside since they were told last; seldom, however much comes.

        The notifications themselves remember when that was, so it holds for several processes and after a restart.
        """
        if not await self._untold():
            return
        async with self._desk.unit_of_work() as work:
            await one_at_a_time(QUARANTINE_GREW)
            fresh = await self._untold()
            if not fresh:
                return
            readers = [
                user.id
                for user in await User.filter(contact_id=None, active=True)
                if user.role == "administrator" or "quarantine" in user.granted.split(",")
            ]
            newest = fresh[-1]
            data = {"count": len(fresh), "reason": newest.reason, "through": str(newest.handled_at)}
            notify(work, users=readers, kind=QUARANTINE_GREW, data=data)

    async def _untold(self) -> list[InboundEmail]:
        """What was set aside since the last notification, in its order; nothing while that one is fresh."""
        told = await Notification.filter(kind=QUARANTINE_GREW).order_by("-id").first()
        if told is None:
            return await quarantine.set_aside_after(None)
        if told.created_at + quarantine.TOLD_EVERY > self._desk.now():
            return []
        return await quarantine.set_aside_after(datetime.fromisoformat(str(told.data["through"])))

    async def _tell(self, mailbox: int, *, direction: str, code: str, text: str) -> None:
        row = await Mailbox.get_or_none(id=mailbox)
        administrators = await User.filter(role="administrator", active=True)
        async with self._desk.unit_of_work() as work:
            notify(
                work,
                users=[user.id for user in administrators],
                kind="mailbox_failed",
                data={
                    "mailbox": {"id": mailbox, "name": row.name if row else ""},
                    "direction": direction,
                    "code": code,
                    "text": text,
                },
            )
