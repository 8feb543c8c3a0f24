"""Mail that does not work → a notification for the administrators, once for each new reason."""

from __future__ import annotations

from app.desk import Desk
from app.mailboxes.models import Mailbox
from app.notifications.actions import notify
from app.people.models import User
from mail.ports import IntakeStatus, Pause


class Alarms:
    """Tells every administrator what is wrong with a mailbox, in the words of the mail engine."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def intake_failed(self, mailbox: int, status: IntakeStatus) -> None:
        await self._tell(mailbox, direction="in", code=status.code, text=status.text)

    async def sending_paused(self, mailbox: int, pause: Pause) -> None:
        await self._tell(mailbox, direction="out", code=pause.code, text=pause.text)

    async def _tell(self, mailbox: int, *, direction: str, code: str, text: str) -> None:
        row = await Mailbox.get_or_none(id=mailbox)
        administrators = await User.filter(role="administrator", active=True)
        async with self._desk.unit_of_work() as work:
            await notify(
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
