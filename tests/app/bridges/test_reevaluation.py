"""Putting open cases under today's policies on purpose: looked at first, then done, with an entry that says so."""

from __future__ import annotations

from datetime import timedelta

from app.cases.models import Case, Entry
from app.service_levels.actions import change_policy
from app.service_levels.defaults import HOUR
from app.service_levels.models import CaseClock, Policy
from app.service_levels.queries import Versions
from app.service_levels.verifying import differences_of
from tests.support.casework import change, note, open_case
from tests.support.desk import TestDesk
from tests.support.promises import clock_of, fire


async def shorten(desk: TestDesk) -> None:
    policy = await Policy.get(name="Standard")
    async with desk.desk.unit_of_work() as work:
        targets = [{"kind": "first_response", "seconds": 2 * HOUR}, {"kind": "resolution", "seconds": 8 * HOUR}]
        await change_policy(work, policy_id=policy.id, definition={**policy.definition, "targets": targets})


async def test_a_case_is_looked_at_then_moved_and_says_so(desk: TestDesk) -> None:
    olga, case, other = await desk.browser("olga"), await open_case(desk), await open_case(desk, "aino")
    done = await open_case(desk)
    await change(desk, done, status="resolved")
    assert (await olga.get("/api/admin/reevaluation")).json() == {"items": [], "next_after": None}
    await shorten(desk)
    desk.clock.advance(minutes=30)
    found = (await olga.get("/api/admin/reevaluation")).json()["items"]
    assert [one["case_id"] for one in found] == [case.id, other.id], "what is done is left alone"
    opened = case.opened_at.isoformat().replace("+00:00", "")
    assert (found[0]["version_before"], found[0]["version_after"]) == (1, 2)
    moves = {one["kind"]: (one["before"], one["after"]) for one in found[0]["moves"]}
    assert opened == "2026-03-02T09:00:00"
    assert moves["first_response"] == ("2026-03-02T13:00:00Z", "2026-03-02T11:00:00Z")
    assert (await clock_of(case)).due_at == case.opened_at + timedelta(hours=4), "looking changes nothing"

    await note(desk, other)
    body = {"cases": [{"case_id": one["case_id"], "head": one["head"]} for one in found]}
    answer = (await olga.post("/api/admin/reevaluation", json=body)).json()
    assert answer == {"done": [case.id], "left": [other.id]}, "the other case is not what was looked at"
    assert (await clock_of(case)).due_at == case.opened_at + timedelta(hours=2)
    assert (await Case.get(id=case.id)).next_due_at == case.opened_at + timedelta(hours=2)
    entry = await Entry.get(case_id=case.id, kind="promised_anew")
    assert (entry.author_name, entry.audience) == (desk.people["olga"].name, "internal")
    assert entry.data["clocks"][0] == {  # type: ignore[index]
        "clock": "first_response",
        "from": "2026-03-02T13:00:00Z",
        "to": "2026-03-02T11:00:00Z",
    }
    assert await differences_of(case.id, desk.clock.now, Versions()) == []
    assert [one["case_id"] for one in (await olga.get("/api/admin/reevaluation")).json()["items"]] == [other.id]
    desk.clock.advance(hours=2)
    await fire(desk)
    assert (await clock_of(case)).phase == "breached"


async def test_a_case_that_nothing_was_promised_on_is_promised_something(desk: TestDesk) -> None:
    await Policy.all().update(active=False)
    olga, case = await desk.browser("olga"), await open_case(desk)
    await Policy.all().update(active=True)
    desk.clock.advance(hours=1)
    (found,) = (await olga.get("/api/admin/reevaluation")).json()["items"]
    assert (found["policy_before"], found["policy_after"]) == ("", "Standard")
    body = {"cases": [{"case_id": case.id, "head": found["head"]}]}
    assert (await olga.post("/api/admin/reevaluation", json=body)).json()["done"] == [case.id]
    assert (await clock_of(case)).due_at == case.opened_at + timedelta(hours=4)
    assert await differences_of(case.id, desk.clock.now, Versions()) == []


async def test_a_clock_that_was_tampered_with_is_found(desk: TestDesk) -> None:
    case = await open_case(desk)
    row = await CaseClock.get(case_id=case.id, kind="resolution")
    await CaseClock.filter(id=row.id).update(state={**row.state, "counted_seconds": 60.0})
    (found,) = await differences_of(case.id, desk.clock.now, Versions())
    assert (found.kind, found.fields) == ("resolution", {"counted_seconds": (60.0, 0.0)})
