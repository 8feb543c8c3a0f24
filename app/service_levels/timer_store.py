"""Due moments of clocks as the timer loop's store: claimed by conditional updates, fenced by a growing token."""

from __future__ import annotations

from datetime import datetime

from app.service_levels.models import CaseClock
from app.timer_rows import TimerRows
from sla import Claim


class ClockTimers(TimerRows):
    """Implements sla.ports.TimerStore on the table of clocks; a timer's payload is the id of its case."""

    def __init__(self) -> None:
        super().__init__("case_clock")

    async def done(self, claim: Claim) -> None:
        await self._latest(claim, wake_at=None, claim_at=None)

    async def release(self, claim: Claim, retry_at: datetime) -> None:
        await self._latest(claim, claim_at=retry_at)

    async def _latest(self, claim: Claim, **columns: datetime | None) -> None:
        await CaseClock.filter(id=int(claim.timer_id), claim_token=claim.token).update(**columns)
