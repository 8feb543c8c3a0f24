"""Replaying the last days under a draft: what would have been due when, broken and kept, before it is published."""

from __future__ import annotations

import asyncio
from typing import Any

from app.cases.models import Case
from app.service_levels.defaults import HOUR, STANDARD
from app.service_levels.models import CaseClock, Policy, Simulation
from app.service_levels.queries import Versions
from app.service_levels.replaying import past_cases, pins_under
from app.service_levels.simulating import DEAD, keep_simulating, simulate
from tests.support.casework import change, open_case, reply
from tests.support.desk import Browser, TestDesk
from tests.support.promises import fire
from tests.support.waiting import until


async def some_days(desk: TestDesk) -> tuple[Case, Case]:
    """Pavel is answered after an hour and a half, Aino after five hours, which breaks her promise of four."""
    quick, slow = await open_case(desk), await open_case(desk, "aino")
    desk.clock.advance(minutes=90)
    await reply(desk, quick, "maria", status="resolved")
    desk.clock.advance(minutes=210)
    await fire(desk)
    await reply(desk, slow, "maria", status="resolved")
    return quick, slow


async def ask(olga: Browser, **draft: Any) -> dict[str, Any]:
    policy = await Policy.get(name="Standard")
    body = {"calendar_id": policy.calendar_id, "policy_id": policy.id, **draft}
    answer = await olga.post("/api/admin/simulations", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def run(desk: TestDesk, asked: dict[str, Any]) -> dict[str, Any] | None:
    await Simulation.filter(id=asked["id"]).update(state="running")
    return await simulate(desk.desk, await Simulation.get(id=asked["id"]))


def answers_within(seconds: int) -> dict[str, Any]:
    return {"targets": [{"kind": "first_response", "seconds": seconds}], "steps": []}


async def test_a_draft_shows_which_promises_it_would_have_broken_and_kept(desk: TestDesk) -> None:
    olga, (quick, slow) = await desk.browser("olga"), await some_days(desk)
    before = {row.id: row.state for row in await CaseClock.all()}
    asked = await ask(olga, policy=answers_within(HOUR))
    found = await run(desk, asked)
    assert found is not None
    first = [one for one in found["examples"] if one["kind"] == "first_response"]
    told = {one["case_id"]: (one["due_before"], one["due_after"]) for one in first}
    moments = ("2026-03-02T13:00:00Z", "2026-03-02T10:00:00Z")
    assert told == {quick.id: moments, slow.id: moments}
    assert [(one["broken_before"], one["broken_after"]) for one in first if one["case_id"] == quick.id] == [
        (False, True)
    ]
    assert (found["cases"], found["broken_before"], found["broken_after"]) == (2, 1, 2)
    (week,) = found["weeks"]
    assert (week["week"], week["broken_before"], week["broken_after"]) == ("2026-03-02", 1, 2)
    assert sum(one["moved"] for one in found["queues"]) == sum(one["moved"] for one in found["accounts"])
    assert {row.id: row.state for row in await CaseClock.all()} == before, "nothing real has moved"

    longer = await ask(olga, policy=answers_within(6 * HOUR))
    kept = await run(desk, longer)
    assert kept is not None
    assert (kept["broken_before"], kept["broken_after"]) == (1, 0)


async def test_a_draft_of_a_calendar_moves_the_promises_that_count_by_it(desk: TestDesk) -> None:
    olga, _ = await desk.browser("olga"), await some_days(desk)
    closed = {"tz": "UTC", "hours": {"tue": [["09:00", "17:00"]]}}
    asked = await ask(olga, policy_id=None, calendar=closed)
    found = await run(desk, asked)
    assert found is not None
    assert (found["broken_before"], found["broken_after"]) == (1, 0)
    assert {one["due_after"] for one in found["examples"] if one["kind"] == "first_response"} == {
        "2026-03-03T13:00:00Z"
    }


async def test_what_holds_now_simulates_to_what_is(desk: TestDesk) -> None:
    """The same code path: replayed under the policies that really held, each case gets the pins that it has."""
    await some_days(desk)
    case = await open_case(desk)
    desk.clock.advance(minutes=5)
    await change(desk, case, priority="urgent", tags=["vip"])
    desk.clock.advance(minutes=5)
    await change(desk, case, priority="low")
    current = await Versions().current()
    cases = await past_cases(case.opened_at.replace(year=2020), 0, 100)
    assert len(cases) == 3
    for one in cases:
        assert pins_under(one, current) == one.pins
    olga = await desk.browser("olga")
    asked = await ask(olga, policy=STANDARD)
    found = await run(desk, asked)
    assert found is not None
    assert (found["moved"], found["broken_before"] - found["broken_after"], found["examples"]) == (0, 0, [])


async def test_it_runs_by_itself_can_be_cancelled_and_survives_its_worker(desk: TestDesk) -> None:
    olga, _ = await desk.browser("olga"), await some_days(desk)
    cancelled = await ask(olga, policy=answers_within(HOUR))
    path = f"/api/admin/simulations/{cancelled['id']}"
    assert (await olga.post(f"{path}/cancellation")).json()["state"] == "cancelled"
    orphan = await ask(olga, policy=answers_within(HOUR))
    await Simulation.filter(id=orphan["id"]).update(state="running", seen_at=desk.clock.now - 2 * DEAD)
    running = asyncio.create_task(keep_simulating(desk.desk))
    try:

        async def done() -> bool:
            return (await Simulation.get(id=orphan["id"])).state == "done"

        await until(done)
    finally:
        running.cancel()
    found = (await olga.get(f"/api/admin/simulations/{orphan['id']}")).json()
    assert (found["done"], found["total"], found["result"]["broken_after"]) == (2, 2, 2)
    assert [one["state"] for one in (await olga.get("/api/admin/simulations")).json()] == ["done", "cancelled"]


async def test_a_simulation_that_is_called_off_stops_at_its_next_batch(desk: TestDesk) -> None:
    olga, _ = await desk.browser("olga"), await some_days(desk)
    asked = await ask(olga, policy=answers_within(HOUR))
    await olga.post(f"/api/admin/simulations/{asked['id']}/cancellation")
    assert await simulate(desk.desk, await Simulation.get(id=asked["id"])) is None


async def test_a_draft_that_is_wrong_is_told_at_once(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    calendar_id = (await Policy.get()).calendar_id
    for body, field in (
        ({}, "policy"),
        ({"policy": {"targets": 3}}, "definition.targets"),
        ({"calendar": {"tz": "Mars"}}, "definition.tz"),
        ({"policy": {}, "policy_id": 999}, "policy_id"),
        ({"policy": {}, "calendar_id": 999}, "calendar_id"),
    ):
        answer = await olga.post("/api/admin/simulations", json={"calendar_id": calendar_id, **body})
        assert (answer.status_code, answer.json()["field"]) == (422, field)
