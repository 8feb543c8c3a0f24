"""Shortcuts for tests of promises: teams behind queues, timers on the test's clock, and clocks worked out again."""

from __future__ import annotations

from datetime import datetime

from app.bridges.timers import StepTaker
from app.cases.models import Case
from app.people.models import Team
from app.queues.models import Queue
from app.service_levels.models import CaseClock
from app.service_levels.promises import Promises
from app.service_levels.queries import Versions, history_of
from app.service_levels.timer_store import ClockTimers
from sla import Clocks, Kind, Timers, replay
from tests.support.desk import TestDesk


async def give_teams() -> None:
    """The team Support works on the queues Support and Urgent."""
    team = await Team.get(name="Support")
    await Queue.filter(name__in=("Support", "Urgent")).update(team_id=team.id)


def worker(desk: TestDesk) -> Timers:
    """A timer worker with caches of its own, as another process has."""
    return Timers(ClockTimers(), StepTaker(desk.desk.bus), now=desk.clock)


async def fire(desk: TestDesk) -> int:
    """Take every step that is due by now; answers how many claims that took."""
    timers, claims = worker(desk), 0
    while claimed := await timers.fire_due():
        claims += claimed
    return claims


async def clock_of(case: Case, kind: Kind = Kind.FIRST_RESPONSE) -> CaseClock:
    return await CaseClock.get(case_id=case.id, kind=str(kind))


async def stored_clocks(case_id: int, now: datetime) -> Clocks | None:
    promises = await Promises.load(case_id, Versions())
    return None if promises is None else promises.clocks.advance(now)


async def replayed_clocks(case_id: int, now: datetime) -> Clocks | None:
    """The clocks that the feed leads to, without looking at the stored ones."""
    versions = Versions()
    promises = await Promises.load(case_id, versions)
    if promises is None:
        return None
    first = promises.pins[0]
    terms = (await versions.get(first.version_id)).terms(first)
    return replay(await history_of(case_id, promises.pins, versions), terms, now)
