"""Merging and linking: what was said goes on elsewhere, nothing is changed, and nobody is lost."""

from __future__ import annotations

import pytest

from app.cases import merging
from app.cases.models import Case, CaseLink, Entry, Participant
from app.errors import Conflict, Invalid, NotFound
from app.reports.models import Milestone
from sla import Kind
from tests.support.casework import actor, change, kinds, note, open_case, reply
from tests.support.desk import TestDesk
from tests.support.promises import clock_of, replayed_clocks, stored_clocks


async def merge(desk: TestDesk, case: Case, into: Case, who: str = "maria") -> None:
    async with desk.desk.unit_of_work() as work:
        await merging.merge(work, by=actor(desk.people[who]), case_id=case.id, into_case_id=into.id)


async def test_what_was_said_goes_on_in_the_other_case(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel", subject="Oven"), await open_case(desk, "liisa", subject="Door")
    await reply(desk, case, "maria", text="Is it plugged in?")
    await note(desk, case, text="He is in a hurry.")
    await reply(desk, case, "pavel", text="It is.")
    before = await Entry.filter(case_id=case.id).order_by("position").values()
    desk.clock.advance(minutes=5)
    await merge(desk, case, into)
    rows = await Entry.filter(case_id=into.id, position__gt=1).order_by("position")
    assert [(row.kind, row.audience, row.author_name, row.text) for row in rows if row.text] == [
        ("message", "public", "Pavel Orlov", "It does not heat."),
        ("message", "public", "Maria Keller", "Is it plugged in?"),
        ("note", "internal", "Maria Keller", "He is in a hurry."),
        ("message", "public", "Pavel Orlov", "It is."),
    ]
    assert rows[0].data["moved_from"]["case"] == {"id": case.id, "number": f"#{case.number}"}  # type: ignore[index]
    merged = await Case.get(id=case.id)
    assert (merged.category, merged.merged_into_id, merged.waiting_since) == ("closed", into.id, None)
    assert await Entry.filter(case_id=case.id, position__lte=len(before)).order_by("position").values() == before
    assert (await kinds(case))[-2:] == ["merged", "status_changed"]
    assert (await Case.get(id=into.id)).waiting_since == into.waiting_since, "Liisa has waited longest"
    assert await Participant.exists(case_id=into.id, contact_id=case.contact_id)


async def test_the_customer_is_led_on_and_sees_no_note(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel"), await open_case(desk, "liisa")
    await note(desk, case, text="Between us.")
    await merge(desk, case, into)
    pavel = await desk.browser("pavel")
    old = (await pavel.get(f"/api/portal/cases/{case.id}/entries")).json()["items"]
    assert old[-1]["kind"] == "merged"
    assert old[-1]["data"] == {"to": {"id": into.id, "number": f"#{into.number}"}}
    new = await pavel.get(f"/api/portal/cases/{into.id}/entries")
    assert (new.status_code, "Between us." in new.text) == (200, False)
    seen = [(await pavel.get(f"/api/portal/cases/{one.id}")).json() for one in (case, into)]
    assert [one["may_reply"] for one in seen] == [False, True]
    refused = await pavel.post(f"/api/portal/cases/{case.id}/replies", json={"text": "And?"})
    assert (refused.status_code, refused.json()["data"]["case_id"]) == (409, into.id)


async def test_promises_of_the_merged_case_end_and_the_feeds_agree(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel"), await open_case(desk, "pavel")
    desk.clock.advance(hours=1)
    await reply(desk, into, "maria")
    await merge(desk, case, into)
    assert (await clock_of(case)).phase == "ended"
    assert (await clock_of(into, Kind.NEXT_RESPONSE)).phase == "running", "Pavel waits for an answer still"
    for one in (case, into):
        assert await stored_clocks(one.id, desk.clock()) == await replayed_clocks(one.id, desk.clock())
    assert await Milestone.filter(case_id=case.id, kind="resolved").count() == 0
    assert await Milestone.filter(case_id=case.id, kind="dropped").count() == 1


async def test_an_answer_to_one_customer_answers_no_other(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel"), await open_case(desk, "liisa")
    desk.clock.advance(minutes=30)
    await reply(desk, case, "maria")
    desk.clock.advance(minutes=30)
    await merge(desk, case, into)
    row = await Case.get(id=into.id)
    assert (row.waiting_since, row.first_replied_at) == (into.waiting_since, None)
    assert (await clock_of(into)).phase == "running", "Liisa still waits for her first answer"
    assert await stored_clocks(into.id, desk.clock()) == await replayed_clocks(into.id, desk.clock())
    assert await Milestone.filter(case_id=into.id, kind="answered").count() == 0


async def test_a_case_is_merged_once_and_not_into_itself(desk: TestDesk) -> None:
    case, into = await open_case(desk), await open_case(desk)
    with pytest.raises(Invalid):
        await merge(desk, case, case)
    await merge(desk, case, into)
    for pair in ((case, into), (into, case)):
        with pytest.raises(Conflict):
            await merge(desk, *pair)
    with pytest.raises(Conflict):
        await change(desk, case, status="open")
    with pytest.raises(NotFound):
        await merge(desk, into, Case(id=999_999))


async def test_two_people_who_merge_the_other_way_round_never_make_a_circle(desk: TestDesk) -> None:
    one, other = await open_case(desk), await open_case(desk)
    await merge(desk, one, other)
    with pytest.raises(Conflict):
        await merge(desk, other, one, "tomas")
    assert (await Case.get(id=other.id)).merged_into_id is None


async def test_a_link_stands_on_both_cases_until_it_is_taken_back(desk: TestDesk) -> None:
    one, other = await open_case(desk, subject="Oven"), await open_case(desk, subject="Door")
    maria = await desk.browser("maria")
    made = await maria.post(f"/api/cases/{one.id}/links", json={"case_id": other.id})
    assert [case["id"] for case in made.json()] == [other.id]
    assert [case["id"] for case in (await maria.get(f"/api/cases/{other.id}")).json()["links"]] == [one.id]
    again = await maria.post(f"/api/cases/{other.id}/links", json={"case_id": one.id})
    assert again.status_code == 409
    assert (await maria.delete(f"/api/cases/{other.id}/links/{one.id}")).status_code == 204
    assert await CaseLink.all().count() == 0
    for case in (one, other):
        assert (await kinds(case))[-2:] == ["linked", "unlinked"]
    assert (await maria.delete(f"/api/cases/{other.id}/links/{one.id}")).status_code == 404
