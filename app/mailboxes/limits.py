"""The brake against mail loops: how many notices went to one address, about one case, in all, within this hour."""

from __future__ import annotations

from datetime import datetime

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from app.mailboxes.models import AutomaticReplyCount
from app.mailboxes.rules import PER_ADDRESS, PER_CASE, PER_INSTALLATION


async def may_send(*, address: str, case_id: int, now: datetime) -> str | None:
    """Count one notice; answers None when it may go, or which limit tripped ("address", "case", "installation")."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    limits = (
        ("address", f"address:{address}"[:400], PER_ADDRESS),
        ("case", f"case:{case_id}", PER_CASE),
        ("installation", "installation", PER_INSTALLATION),
    )
    for name, subject, most in limits:
        if await _count(subject, hour) > most:
            await AutomaticReplyCount.filter(subject=subject, hour=hour, tripped_at=None).update(tripped_at=now)
            return name
    return None


async def _count(subject: str, hour: datetime) -> int:
    if not await AutomaticReplyCount.filter(subject=subject, hour=hour).update(count=F("count") + 1):
        try:
            async with in_transaction():
                await AutomaticReplyCount.create(subject=subject, hour=hour, count=1)
            return 1
        except IntegrityError:
            await AutomaticReplyCount.filter(subject=subject, hour=hour).update(count=F("count") + 1)
    return (await AutomaticReplyCount.get(subject=subject, hour=hour)).count
