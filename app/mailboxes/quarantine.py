"""What is in quarantine: counted by reason, and whether it has grown since somebody was told."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.functions import Count

from app.mailboxes.models import InboundEmail

RELEASABLE = frozenset({"from_own_mailbox"})
"""Reasons that are a rule's doubt, not a fault: a person may know better and let the mail in."""
TOLD_AT_ONCE = 1_000  # counted for one notification; the next one tells of the rest
TOLD_EVERY = timedelta(minutes=30)  # a flood of bad mail is told once, not mail by mail


async def reasons() -> dict[str, int]:
    """How many mails are set aside, by reason, the most frequent first."""
    rows = InboundEmail.filter(outcome="quarantined").annotate(count=Count("id")).group_by("reason")
    counted = {str(row["reason"]): int(row["count"]) for row in await rows.values("reason", "count")}
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


async def set_aside_after(moment: datetime | None) -> list[InboundEmail]:
    """The mails in quarantine that were set aside after `moment` (None: all), in that order; at most TOLD_AT_ONCE."""
    rows = InboundEmail.filter(outcome="quarantined", handled_at__isnull=False)
    if moment is not None:
        rows = rows.filter(handled_at__gt=moment)
    return await rows.order_by("handled_at", "id").limit(TOLD_AT_ONCE).only("id", "reason", "handled_at")
