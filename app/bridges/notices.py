"""Case events → notifications: who was given a case, and whose customer has answered."""

from __future__ import annotations

from app.cases.entries import Recorded
from app.cases.events import CaseChanged
from app.cases.rules import display_number
from app.database import Work
from app.events import Bus
from app.notifications.actions import notify


class Notifier:
    """Inside subscriber: a notification is there exactly when the change is."""

    def subscribe(self, bus: Bus) -> None:
        bus.inside(CaseChanged, self.case_changed)

    async def case_changed(self, work: Work, event: CaseChanged) -> None:
        owner = event.after.owner_id
        if owner is None:
            return
        for entry in event.entries:
            kind = _kind(entry, owner)
            if kind is not None:
                data = {"number": display_number(event.after.number), "subject": event.after.subject}
                await notify(work, users=[owner], kind=kind, case_id=event.case_id, data=data)


def _kind(entry: Recorded, owner: int) -> str | None:
    """What the owner should hear of an entry; nobody is told what they did themselves."""
    if entry.author.user_id == owner:
        return None
    if entry.kind == "owner_changed" and entry.data["to"] and entry.data["to"]["id"] == owner:
        return "assigned"
    if entry.kind == "message" and entry.author.kind == "contact":
        return "customer_replied"
    return None
