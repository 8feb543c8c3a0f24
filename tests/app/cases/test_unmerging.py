"""Taking a merge back: both cases as they were where nothing happened since, and what came after stays where it is."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from app.bridges import reports
from app.cases import merging, moving, unmerging
from app.cases.models import Case, Entry, Participant
from app.cases.queries import entries
from app.cases.visibility import Sight
from app.errors import Conflict, DeskError, MergeStands
from app.mailboxes.models import MailReference
from app.mailboxes.rules import notices_for
from app.reports.models import Milestone
from app.service_levels.models import CaseClock
from tests.support.casework import actor, change, kinds, note, open_case, reply
from tests.support.desk import TestDesk
from tests.support.promises import replayed_clocks, stored_clocks

MOVES_ON = {"last_position", "last_public_position", "change_mark", "updated_at", "public_at"}
"""Columns that every new entry moves."""


async def merge(desk: TestDesk, case: Case, into: Case) -> None:
    async with desk.desk.unit_of_work() as work:
        await merging.merge(work, by=actor(desk.people["maria"]), case_id=case.id, into_case_id=into.id)


async def unmerge(desk: TestDesk, case: Case) -> None:
    async with desk.desk.unit_of_work() as work:
        await unmerging.unmerge(work, by=actor(desk.people["maria"]), case_id=case.id)


async def state(case: Case) -> dict[str, Any]:
    """Everything that is known of a case beside its feed: columns, participants, clocks with their taken steps."""
    (columns,) = await Case.filter(id=case.id).values()
    clocks = await CaseClock.filter(case_id=case.id).order_by("kind").values("kind", "state", "due_at", "fired")
    people = await Participant.filter(case_id=case.id).order_by("contact_id").values_list("contact_id", flat=True)
    return {**{name: columns[name] for name in columns if name not in MOVES_ON}, "clocks": clocks, "people": people}


async def agree(desk: TestDesk, *cases: Case) -> None:
    for case in cases:
        assert await stored_clocks(case.id, desk.clock()) == await replayed_clocks(case.id, desk.clock())


async def test_both_cases_are_as_they_were_where_nothing_happened_since(desk: TestDesk) -> None:
    for here, there in itertools.product(("new", "waiting", "resolved", "closed"), ("new", "waiting", "resolved")):
        case, into = await open_case(desk, "pavel", subject="Oven"), await open_case(desk, "liisa", subject="Door")
        await note(desk, case, text="He is in a hurry.")
        for one, status in ((case, here), (into, there)):
            desk.clock.advance(minutes=10)
            if status != "new":
                await reply(desk, one, "maria", status=status)
        desk.clock.advance(minutes=10)
        before = [await state(case), await state(into)]
        await merge(desk, case, into)
        await unmerge(desk, case)
        assert [await state(case), await state(into)] == before, (here, there)
        await agree(desk, case, into)
        assert (await kinds(case))[-1] == ("unmerged" if here == "closed" else "status_changed")
        assert "unmerged_out" in await kinds(into)


async def test_what_had_been_brought_along_is_folded_and_hidden_from_the_other_customer(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel", text="My oven."), await open_case(desk, "liisa", text="My door.")
    await note(desk, case, text="Between us.")
    await merge(desk, case, into)
    liisa, pavel = await desk.browser("liisa"), await desk.browser("pavel")
    await unmerge(desk, case)
    page = await liisa.get(f"/api/portal/cases/{into.id}/entries")
    assert ("My oven." in page.text, "Between us." in page.text, "My door." in page.text) == (False, False, True)
    assert [one["kind"] for one in page.json()["items"]].count("moved_out") == 1, "no mark tells of the note"
    assert (await pavel.get(f"/api/portal/cases/{into.id}")).status_code == 404
    old = (await pavel.get(f"/api/portal/cases/{case.id}/entries")).json()["items"]
    assert (old[-1]["kind"], old[-1]["data"]) == ("unmerged", {})
    assert (await pavel.get(f"/api/portal/cases/{case.id}")).json()["may_reply"] is True
    answer = await pavel.post(f"/api/portal/cases/{case.id}/replies", json={"text": "And?"})
    assert answer.status_code == 201


async def test_neither_merging_nor_taking_it_back_calls_for_a_notice(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel"), await open_case(desk, "liisa")
    await change(desk, into, status="resolved")
    for action in (merge, unmerge):
        heads = {one.id: (await Case.get(id=one.id)).last_position for one in (case, into)}
        await (merge(desk, case, into) if action is merge else unmerge(desk, case))
        for one in (case, into):
            assert notices_for(await entries(one.id, seen_by=Sight.STAFF, after=heads[one.id])) == []


async def test_mails_and_answers_to_them_go_back_with_their_messages(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel"), await open_case(desk, "liisa")
    await MailReference.create(
        message_key="<one@northwind.example>", case_id=case.id, position=1, direction="in", created_at=desk.clock()
    )
    await merge(desk, case, into)
    assert (await MailReference.get()).case_id == into.id
    await unmerge(desk, case)
    known = await MailReference.get()
    assert (known.case_id, known.position) == (case.id, 1)


async def test_what_came_after_stays_on_the_case_where_it_was_written(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel"), await open_case(desk, "liisa")
    await merge(desk, case, into)
    desk.clock.advance(minutes=20)
    await reply(desk, into, "pavel", text="Both of you, please.")
    asked = desk.clock()
    desk.clock.advance(minutes=5)
    await note(desk, case, text="Not the same oven.")
    await unmerge(desk, case)
    row = await Case.get(id=into.id)
    assert (row.preview, row.waiting_since) == ("Both of you, please.", into.waiting_since)
    assert row.waiting_since != asked
    assert await Participant.exists(case_id=into.id, contact_id=case.contact_id), "Pavel wrote there since"
    assert "note" in await kinds(case)
    await agree(desk, case, into)


async def test_an_answer_after_the_merge_stays_an_answer(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel"), await open_case(desk, "liisa")
    await change(desk, into, status="resolved")
    desk.clock.advance(minutes=5)
    await merge(desk, case, into)
    await reply(desk, into, "maria")
    await unmerge(desk, case)
    there, here = await Case.get(id=into.id), await Case.get(id=case.id)
    assert (there.category, there.waiting_since, there.first_replied_at) == ("open", None, desk.clock())
    assert (here.category, here.waiting_since) == ("new", case.waiting_since), "Pavel still waits"
    await agree(desk, case, into)


async def test_two_merges_are_taken_back_in_either_order(desk: TestDesk) -> None:
    for turned in (False, True):
        cases = [await open_case(desk, "pavel"), await open_case(desk, "aino")]
        into = await open_case(desk, "liisa")
        desk.clock.advance(minutes=1)
        before = [await state(one) for one in (*cases, into)]
        for case in cases:
            await merge(desk, case, into)
        for case in reversed(cases) if turned else cases:
            await unmerge(desk, case)
        assert [await state(one) for one in (*cases, into)] == before
        await agree(desk, *cases, into)


async def test_a_message_that_was_moved_on_stays_where_it_is(desk: TestDesk) -> None:
    case, into, third = [await open_case(desk, who) for who in ("pavel", "liisa", "aino")]
    await reply(desk, case, "pavel", text="And the door.")
    await merge(desk, case, into)
    copy = await Entry.get(case_id=into.id, text="And the door.")
    async with desk.desk.unit_of_work() as work:
        await moving.move_to(
            work, by=actor(desk.people["maria"]), case_id=into.id, position=copy.position, to_case_id=third.id
        )
    await unmerge(desk, case)
    marks = await Entry.filter(case_id=case.id, kind="moved_out").values("amends", "data")
    assert [(one["amends"], one["data"]["to"]["id"]) for one in marks] == [(2, third.id)]
    await agree(desk, case, into, third)


async def test_it_is_refused_with_a_clear_code(desk: TestDesk) -> None:
    case, into, last = [await open_case(desk) for _ in range(3)]
    with pytest.raises(MergeStands, match="not merged"):
        await unmerge(desk, case)
    await merge(desk, case, into)
    await merge(desk, into, last)
    maria = await desk.browser("maria")
    answer = await maria.post(f"/api/cases/{case.id}/unmerge")
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (
        409,
        "merge_stands",
        {"case_id": into.id},
    )
    assert (await maria.post(f"/api/cases/{into.id}/unmerge")).json()["merged_into"] is None
    assert (await maria.post(f"/api/cases/{case.id}/unmerge")).status_code == 200
    old = await open_case(desk)
    await merge(desk, old, into)
    marked = await Entry.get(case_id=old.id, kind="merged")
    await Entry.filter(id=marked.id).update(data={name: marked.data[name] for name in ("to", "positions")})
    with pytest.raises(MergeStands, match="older version"):
        await unmerge(desk, old)


async def test_nothing_is_moved_into_or_out_of_a_merged_case(desk: TestDesk) -> None:
    case, into = await open_case(desk), await open_case(desk)
    await reply(desk, case, "pavel")
    await merge(desk, case, into)
    by = actor(desk.people["maria"])
    for action, given in (
        (moving.split_off, {"case_id": case.id, "position": 2}),
        (moving.move_to, {"case_id": case.id, "position": 2, "to_case_id": into.id}),
        (moving.move_to, {"case_id": into.id, "position": 2, "to_case_id": case.id}),
    ):
        with pytest.raises(Conflict):
            async with desk.desk.unit_of_work() as work:
                await action(work, by=by, **given)  # type: ignore[operator]  # two signatures


async def test_the_reports_made_anew_say_what_was_written_as_it_happened(desk: TestDesk) -> None:
    case, into = await open_case(desk, "pavel"), await open_case(desk, "liisa")
    desk.clock.advance(minutes=5)
    await merge(desk, case, into)
    desk.clock.advance(minutes=5)
    await unmerge(desk, case)
    await reply(desk, case, "maria", status="resolved")
    columns = ("position", "kind", "at", "seconds")
    written = await Milestone.filter(case_id=case.id).order_by("id").values(*columns)
    assert [one["kind"] for one in written] == ["opened", "dropped", "restored", "answered", "resolved"]
    await reports.rebuild(desk.desk, case.id)
    assert await Milestone.filter(case_id=case.id).order_by("id").values(*columns) == written


@pytest.mark.parametrize("seed", range(2))
async def test_clocks_after_any_merging_and_splitting_are_those_worked_out_from_scratch(
    desk: TestDesk, seed: int
) -> None:
    chance = random.Random(seed)
    cases = [await open_case(desk, who) for who in ("pavel", "liisa", "aino", "pavel")]
    by = actor(desk.people["maria"])

    async def do(action: Any, case: Case, **given: Any) -> None:
        async with desk.desk.unit_of_work() as work:
            await action(work, by=by, case_id=case.id, **given)

    for _ in range(40):
        desk.clock.advance(minutes=chance.choice((0, 1, 45, 600)))
        case, other = chance.sample(cases, 2)
        said = await Entry.filter(case_id=case.id, kind="message", audience="public").values_list("position", flat=True)
        steps: list[Any] = [
            lambda one=case: reply(desk, one, chance.choice(("pavel", "maria"))),
            lambda one=case: change(desk, one, status=chance.choice(("open", "waiting", "resolved"))),
            lambda one=case: change(desk, one, priority=chance.choice(("low", "urgent"))),
            lambda one=case, two=other: do(merging.merge, one, into_case_id=two.id),
            lambda one=case: do(unmerging.unmerge, one),
        ]
        if said:
            position = chance.choice(said)
            steps.append(lambda one=case, at=position: do(moving.split_off, one, position=at))
            steps.append(
                lambda one=case, two=other, at=position: do(moving.move_to, one, position=at, to_case_id=two.id)
            )
        try:
            await chance.choice(steps)()
        except DeskError:
            continue  # refused, and nothing is half done
        await agree(desk, case, other)
    await agree(desk, *cases)
