"""One change of many cases: the preview is true, refusals stop nobody else, and all of it can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.cases.bulk import CASES_AT_ONCE, UNDO_WITHIN, Change, apply
from app.cases.events import CaseChanged
from app.cases.models import Case, Entry
from app.queues.models import Queue
from tests.support.casework import actor, change, kinds, open_case
from tests.support.desk import TestDesk


async def columns(case: Case) -> tuple[Any, ...]:
    row = await Case.get(id=case.id).select_related("status")
    return row.status.key, row.priority, row.queue_id, row.owner_id, row.tags


async def test_a_preview_tells_what_would_happen_and_changes_nothing(desk: TestDesk) -> None:
    cases = [await open_case(desk), await open_case(desk)]
    await change(desk, cases[1], status="closed")
    before, entries = [await columns(case) for case in cases], await Entry.all().count()
    maria, wanted = await desk.browser("maria"), {"case_ids": [case.id for case in cases], "status": "waiting"}
    told = (await maria.post("/api/cases/bulk/preview", json=wanted)).json()
    assert [one["after"] for one in told["results"]] == [{"status": "waiting"}, {}]
    assert [one["refused"] is None for one in told["results"]] == [True, False]
    assert [await columns(case) for case in cases] == before
    assert await Entry.all().count() == entries
    done = (await maria.post("/api/cases/bulk", json=wanted)).json()
    assert done["results"] == told["results"], "what the preview said is what happens"
    assert [(await columns(case))[0] for case in cases] == ["waiting", "closed"]


async def test_a_change_of_many_is_taken_back_but_not_over_newer_ones(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(3)]
    await change(desk, cases[0], tags=["warm", "old"])
    before = [await columns(case) for case in cases]
    urgent = await Queue.get(name="Urgent")
    maria = await desk.browser("maria")
    wanted = {
        "case_ids": [case.id for case in cases],
        "status": "on_hold",
        "priority": "urgent",
        "queue_id": urgent.id,
        "owner_id": desk.people["tomas"].id,
        "add_tags": ["Recall"],
        "remove_tags": ["old"],
    }
    done = (await maria.post("/api/cases/bulk", json=wanted)).json()
    assert await columns(cases[0]) == ("on_hold", 4, urgent.id, desk.people["tomas"].id, ["warm", "recall"])
    await change(desk, cases[2], who="tomas", priority="low")
    desk.clock.advance(minutes=5)
    undone = (await maria.post(f"/api/cases/bulk/{done['id']}/undo")).json()
    assert [await columns(case) for case in cases[:2]] == before[:2]
    assert (await columns(cases[2]))[1] == 1, "what Tomas chose since stays"
    assert [one["refused"] for one in undone["results"]] == [None, None, "Changed again since: priority."]
    again = await maria.post(f"/api/cases/bulk/{done['id']}/undo")
    assert again.status_code == 409
    assert (await kinds(cases[0])).count("status_changed") == 2, "taking back is new entries"


async def test_spam_is_marked_and_taken_back(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(2)]
    before = [await columns(case) for case in cases]
    maria = await desk.browser("maria")
    done = (await maria.post("/api/cases/bulk", json={"case_ids": [case.id for case in cases], "spam": True})).json()
    assert {(await columns(case))[0] for case in cases} == {"closed"}
    await maria.post(f"/api/cases/bulk/{done['id']}/undo")
    assert [await columns(case) for case in cases] == before


async def test_only_who_changed_them_takes_it_back_and_only_for_a_day(desk: TestDesk) -> None:
    case = await open_case(desk)
    maria, tomas = await desk.browser("maria"), await desk.browser("tomas")
    done = (await maria.post("/api/cases/bulk", json={"case_ids": [case.id], "priority": "high"})).json()
    assert (await tomas.post(f"/api/cases/bulk/{done['id']}/undo")).status_code == 404
    desk.clock.advance(seconds=int((UNDO_WITHIN + timedelta(seconds=1)).total_seconds()))
    assert (await maria.post(f"/api/cases/bulk/{done['id']}/undo")).status_code == 404
    assert (await columns(case))[1] == 3


async def test_a_missing_case_and_too_many_are_told(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    told = (await maria.post("/api/cases/bulk", json={"case_ids": [999_999], "priority": "high"})).json()
    assert told["results"][0]["refused"] == "There is no such case."
    ids = list(range(1, CASES_AT_ONCE + 2))
    assert (await maria.post("/api/cases/bulk", json={"case_ids": ids, "priority": "high"})).status_code == 422


async def test_nothing_is_told_of_a_case_that_refused_half_way(desk: TestDesk) -> None:
    """It was put among the spam, and closed; then it could not be put on hold, so nothing of that has happened."""
    told: list[CaseChanged] = []

    async def listen(event: CaseChanged) -> None:
        told.append(event)

    case = await open_case(desk)
    desk.desk.bus.after(CaseChanged, listen)
    async with desk.desk.unit_of_work() as work:
        _, (outcome,) = await apply(
            work, by=actor(desk.people["maria"]), case_ids=[case.id], change=Change(spam=True, status="on_hold")
        )
    assert outcome.refused == "A case that is closed cannot become on_hold."
    assert told == []
    assert await kinds(case) == ["opened"]
    await change(desk, case, priority="urgent")
    assert [entry.position for event in told for entry in event.entries] == [2]
