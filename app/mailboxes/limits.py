"""The brake against mail loops: how many notices went to one address, about one case, in all, within this hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from app.mailboxes.models import AutomaticReplyCount
from app.mailboxes.rules import PER_ADDRESS, PER_CASE, PER_INSTALLATION

SHARES = 16
"""Rows that count the installation's notices together. A row is locked until the transaction that counts in it ends,
so a single one would make every new case of a busy desk wait for the one before."""

Limit = Literal["address", "case", "installation"]


@dataclass(frozen=True, slots=True)
class Tripped:
    """The limit that stops a notice; `first` is true for the first one it stops within the hour."""

    limit: Limit
    first: bool


async def may_send(*, address: str, case_id: int, now: datetime) -> Tripped | None:
    """Count one notice; None when it may go. Case and address are counted exactly, the installation nearly: what
    transactions beside this one have counted and not committed is not seen."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    if await _count(f"address:{address}"[:400], hour) > PER_ADDRESS:
        return await _trip("address", f"address:{address}"[:400], hour, now)
    if await _count(f"case:{case_id}", hour) > PER_CASE:
        return await _trip("case", f"case:{case_id}", hour, now)
    await _count(_share(case_id % SHARES), hour)
    shares = AutomaticReplyCount.filter(subject__in=[_share(number) for number in range(SHARES)], hour=hour)
    if sum(row.count for row in await shares) > PER_INSTALLATION:
        return await _trip("installation", _share(case_id % SHARES), hour, now)
    return None


async def _trip(limit: Limit, subject: str, hour: datetime, now: datetime) -> Tripped:
    row = AutomaticReplyCount.filter(subject=subject, hour=hour, tripped_at=None)
    return Tripped(limit, first=await row.update(tripped_at=now) == 1)


async def _count(subject: str, hour: datetime) -> int:
    if not await AutomaticReplyCount.filter(subject=subject, hour=hour).update(count=F("count") + 1):
        try:
            async with in_transaction():
                await AutomaticReplyCount.create(subject=subject, hour=hour, count=1)
            return 1
        except IntegrityError:
            await AutomaticReplyCount.filter(subject=subject, hour=hour).update(count=F("count") + 1)
    return (await AutomaticReplyCount.get(subject=subject, hour=hour)).count


def _share(number: int) -> str:
    return f"installation:{number}"
