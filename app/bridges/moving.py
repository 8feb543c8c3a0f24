"""A message was taken to another case → the mails that carried it, and answers to them, belong there from now on."""

from __future__ import annotations

from app.cases.events import CaseChanged
from app.database import Work
from app.events import Bus
from app.mailboxes.models import InboundEmail, MailReference, OutboundEmail


class MailFollower:
    """Inside subscriber: references, ledger and outbox point to where the message is, in the same transaction."""

    def subscribe(self, bus: Bus) -> None:
        bus.inside(CaseChanged, self.case_changed)

    async def case_changed(self, work: Work, event: CaseChanged) -> None:
        for entry in event.entries:
            if entry.kind != "moved_out":
                continue
            there = {"case_id": entry.data["to"]["id"], "position": entry.data["to_position"]}
            for table in (MailReference, InboundEmail, OutboundEmail):
                await table.filter(case_id=event.case_id, position=entry.amends).update(**there)
