"""Messages were taken to another case → the mails that carried them, and answers to them, belong there from now on."""

from __future__ import annotations

from collections.abc import Mapping

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
            if entry.kind == "moved_out" and entry.amends is not None:
                await _follow(event.case_id, entry.data["to"]["id"], {entry.amends: entry.data["to_position"]})
            elif entry.kind == "merged":
                positions = {int(old): new for old, new in entry.data["positions"].items()}
                await _follow(event.case_id, entry.data["to"]["id"], positions)


async def _follow(case_id: int, there: int, positions: Mapping[int, int]) -> None:
    for old, new in positions.items():
        for table in (MailReference, InboundEmail, OutboundEmail):
            await table.filter(case_id=case_id, position=old).update(case_id=there, position=new)
