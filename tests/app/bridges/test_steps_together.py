"""Many overdue cases at once: the same as one by one, each step once, whoever else is at work."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from app.bridges.steps_together import StepsTogether
from app.bridges.timers import StepTaker
from app.cases.models import Case, Entry
from app.notifications.models import Notification
from app.reports.models import Judgement
from app.service_levels.actions import change_policy
from app.service_levels.defaults import STANDARD
from app.service_levels.models import CaseClock, Policy
from app.service_levels.queries import Versions
from app.service_levels.timer_store import ClockTimers
from app.service_levels.verifying import differences_of
from sla import Timers
from tests.support.casework import change, kinds, open_case
from tests.support.desk import TestDesk
from tests.support.promises import fire, give_teams

LEASE = timedelta(seconds=60)


def worker(desk: TestDesk) -> Timers:
    return Timers(
        ClockTimers(), StepTaker(desk.desk.bus), together=StepsTogether(desk.desk.bus), now=desk.clock, batch=100
    )


async def fire_together(desk: TestDesk) -> None:
    while await worker(desk).fire_due():
        pass


async def life(case: Case) -> list[Any]:
    """Everything that is stored of a case, without what names it."""
    row = await Case.get(id=case.id)
    entries = [
        (one.position, one.kind, one.audience, one.author_kind, one.author_name, one.text, one.data, one.created_at)
        for one in await Entry.filter(case_id=case.id).order_by("position")
    ]
    clocks = [
        (one.kind, one.phase, one.state, one.due_at, one.fired, one.wake_at, one.claim_at)
        for one in await CaseClock.filter(case_id=case.id).order_by("kind")
    ]
    told = [
        (one.user_id, one.kind, {**one.data, "number": ""}, one.created_at)
        for one in await Notification.filter(case_id=case.id).order_by("created_at", "user_id")
    ]
    judged = [
        (one.kind, one.started_at, one.at, one.kept, one.queue_id, one.owner_id, one.account_id)
        for one in await Judgement.filter(case_id=case.id).order_by("at", "kind")
    ]
    columns = (row.queue_id, row.priority, row.owner_id, row.tags, row.escalated_at, row.next_due_at, row.updated_at)
    return [columns, entries, clocks, told, judged]


async def test_together_is_the_same_as_one_by_one(desk: TestDesk) -> None:
    await give_teams()
    alone, first, second = [await open_case(desk) for _ in range(3)]
    for advance in (210, 30, 5 * 60, 24 * 60):
        desk.clock.advance(minutes=advance)
        claims = await ClockTimers().claim(desk.clock.now, 100, LEASE)
        mine = [claim for claim in claims if claim.payload == alone.id]
        finished = await StepsTogether(desk.desk.bus)(
            [claim for claim in claims if claim.payload != alone.id], desk.clock.now
        )
        assert len(finished) == len({claim.payload for claim in claims} - {alone.id})
        for claim in mine[:1]:
            await StepTaker(desk.desk.bus)(claim, desk.clock.now)
        assert await life(alone) == await life(first) == await life(second)
        for case in (first, second):
            assert await differences_of(case.id, desk.clock.now, Versions()) == []
    assert await kinds(first) == await kinds(alone)
    assert "escalated" in await kinds(first)
    assert [one.kept for one in await Judgement.filter(case_id=first.id)] == [False]


async def test_after_a_night_switched_off_each_step_comes_once_and_in_order(desk: TestDesk) -> None:
    policy = await Policy.get(name="Standard")
    steps = [
        {"id": "early", "offset_seconds": -7200, "kind": "first_response"},
        {"id": "late", "offset_seconds": -60, "kind": "first_response"},
        {"id": "after", "offset_seconds": 3600, "kind": "first_response", "actions": [{"what": "tag", "tag": "late"}]},
        {"id": "solution", "offset_seconds": -13 * 3600, "kind": "resolution"},
    ]
    async with desk.desk.unit_of_work() as work:
        await change_policy(work, policy_id=policy.id, definition={**STANDARD, "steps": steps})
    cases = [await open_case(desk) for _ in range(5)]
    desk.clock.advance(days=1)
    await asyncio.gather(fire_together(desk), fire_together(desk))
    await fire_together(desk)
    for case in cases:
        entries = await Entry.filter(case_id=case.id).order_by("position")
        taken = [str(one.data["step"]) for one in entries if "step" in one.data]
        assert taken == ["early", "solution", "late", "breach", "after"]
        assert (await Case.get(id=case.id)).tags == ["late"], "what is unusual is taken one by one"
    assert await fire(desk) == 0


async def test_a_claim_that_is_no_longer_the_latest_does_nothing(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(2)]
    desk.clock.advance(hours=4)
    claims = await ClockTimers().claim(desk.clock.now, 100, LEASE)
    await change(desk, cases[0], status="resolved")
    before = await life(cases[0])
    finished = await StepsTogether(desk.desk.bus)(claims, desk.clock.now)
    assert len(finished) == 1
    assert await life(cases[0]) == before
    again = await StepsTogether(desk.desk.bus)(claims, desk.clock.now)
    assert again == set(), "another worker was faster"
