"""Due clocks → escalation: the timer loop of this process, and what it does with each due moment."""

from __future__ import annotations

from datetime import datetime

from app.bridges.escalation import carry_out
from app.bridges.service_levels import TimersMoved, store
from app.bridges.steps_together import StepsTogether
from app.bridges.timer_running import LONGEST_SLEEP, TimerRunning
from app.cases.models import Case
from app.database import Work, unit_of_work
from app.desk import Desk
from app.events import Bus
from app.service_levels.models import CaseClock
from app.service_levels.promises import Promises
from app.service_levels.queries import Versions
from app.service_levels.timer_store import ClockTimers
from sla import Claim, Timers

BATCH = 200  # claims at once: a backlog is taken so many cases per transaction


class StepTaker:
    """Takes the steps that are due, one moment of one case per transaction, so that late ones come in their order."""

    def __init__(self, bus: Bus, versions: Versions | None = None) -> None:
        self._bus = bus
        self._versions = versions or Versions()

    async def __call__(self, claim: Claim, now: datetime) -> None:
        async with unit_of_work(self._bus, now=now) as work:
            await self._take(work, int(claim.payload), clock_id=int(claim.timer_id), token=claim.token)

    async def catch_up(self, case_id: int, until: datetime) -> None:
        """Take the steps of one case that were due by `until`, each at its own moment."""
        while True:
            row = await CaseClock.filter(case_id=case_id, wake_at__lte=until).order_by("wake_at", "id").first()
            if row is None or row.wake_at is None:
                return
            async with unit_of_work(self._bus, now=row.wake_at) as work:
                await self._take(work, case_id, clock_id=row.id, token=row.claim_token)

    async def _take(self, work: Work, case_id: int, *, clock_id: int, token: int) -> None:
        case = await Case.filter(id=case_id).select_for_update().first()
        promises = None if case is None else await Promises.load(case_id, self._versions)
        if case is None or promises is None:
            return
        if not any(row.id == clock_id and row.claim_token == token for row in promises.rows.values()):
            return  # somebody else holds it by now, or the case has moved on and its timer with it
        promises.advance(work.now)
        due = promises.due_steps(work.now)
        if due is not None:
            promises.take(due)
        await store(work, promises, anew=(clock_id,))
        if due is not None:
            await carry_out(work, case, due, promises.version.calendar)


def promises_running(desk: Desk) -> TimerRunning:
    """The timers of promises: steps before and after their due moments."""
    versions = Versions()
    timers = Timers(
        ClockTimers(),
        StepTaker(desk.bus, versions),
        together=StepsTogether(desk.bus, versions),
        now=desk.now,
        longest_sleep=LONGEST_SLEEP,
        batch=BATCH,
    )
    return TimerRunning(desk.bus, timers, moved=TimersMoved)
