"""Numbers of each mailbox for monitoring: its ledger by outcome, and what its outbox still holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tortoise.functions import Count

from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail
from app.mailboxes.queries import ledger_counts

WATCHED = frozenset({"idle", "polling"})
"""States of an intake that hears of new mail."""


@dataclass(frozen=True, slots=True)
class MailFigures:
    """One mailbox. `server_count` is None until the server has answered once."""

    address: str
    inbound: dict[str, int]
    waiting: int
    failed: int
    server_count: int | None
    ledger_count: int
    working: bool


async def mail_figures() -> list[MailFigures]:
    """Active mailboxes in their order."""
    inbound: dict[int, dict[str, int]] = defaultdict(dict)
    counted = InboundEmail.all().annotate(count=Count("id")).group_by("mailbox_id", "outcome")
    for row in await counted.values("mailbox_id", "outcome", "count"):
        inbound[row["mailbox_id"]][row["outcome"]] = row["count"]
    waiting = await _per_mailbox(due_at__isnull=False)
    failed = await _per_mailbox(state="failed")
    return [
        MailFigures(
            address=mailbox.address,
            inbound=inbound[mailbox.id],
            waiting=waiting.get(mailbox.id, 0),
            failed=failed.get(mailbox.id, 0),
            server_count=mailbox.server_count,
            ledger_count=(await ledger_counts(mailbox))["on_server"],
            working=mailbox.intake_state in WATCHED,
        )
        for mailbox in await Mailbox.filter(active=True).order_by("id")
    ]


async def _per_mailbox(**chosen: object) -> dict[int, int]:
    rows = OutboundEmail.filter(mailbox_id__isnull=False, **chosen).annotate(count=Count("id")).group_by("mailbox_id")
    return {row["mailbox_id"]: row["count"] for row in await rows.values("mailbox_id", "count")}
