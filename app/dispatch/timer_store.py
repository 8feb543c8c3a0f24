"""Timers of cases as the timer loop's store: claimed by conditional updates, fenced by a growing token."""

from __future__ import annotations

from datetime import datetime

from tortoise.expressions import F

from app.dispatch.models import CaseTimer
from app.timer_rows import TimerRows
from sla import Claim


class CaseTimers(TimerRows):
    """Implements sla.ports.TimerStore on the table of case timers; a timer's payload is the id of its case."""

    def __init__(self) -> None:
        super().__init__("case_timer")

    async def done(self, claim: Claim) -> None:
        await CaseTimer.filter(id=int(claim.timer_id), claim_token=claim.token).delete()

    async def release(self, claim: Claim, retry_at: datetime) -> None:
        await CaseTimer.filter(id=int(claim.timer_id), claim_token=claim.token).update(claim_at=retry_at)


async def set_timer(case_id: int, kind: str, wake_at: datetime, *, user_id: int | None = None) -> None:
    """Wake at that moment, whatever this timer was set to before."""
    changed = await CaseTimer.filter(case_id=case_id, kind=kind).update(
        wake_at=wake_at, claim_at=wake_at, user_id=user_id, claim_token=F("claim_token") + 1
    )
    if not changed:
        await CaseTimer.create(case_id=case_id, kind=kind, wake_at=wake_at, claim_at=wake_at, user_id=user_id)


async def stop_timer(case_id: int, kind: str) -> int:
    return await CaseTimer.filter(case_id=case_id, kind=kind).delete()
