"""The one write path: what each action does to the case and its feed, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from app.cases import actions
from app.cases.events import CaseChanged
from app.cases.models import Case, Entry, Participant
from app.errors import Conflict, Invalid, NotFound, StaleReply, TransitionRefused
from app.people.models import Contact
from app.queues.models import Queue
from tests.support.casework import actor, change, kinds, note, open_case, reply
from tests.support.desk import TestDesk


async def test_opening_gives_a_number_and_the_first_entry(desk: TestDesk) -> None:
    case = await open_case(desk)
    assert case.number == case.id + 1000
    assert (case.category, case.last_position, case.last_public_position) == ("new", 1, 1)
    assert case.waiting_since == desk.clock.now
    assert await kinds(case) == ["opened"]


async def test_an_answer_takes_the_case_into_work_and_gives_it_to_who_answered(desk: TestDesk) -> None:
    case = await open_case(desk)
    desk.clock.advance(minutes=5)
    await reply(desk, case, "maria")
    await case.refresh_from_db()
    assert (case.category, case.owner_id) == ("open", desk.people["maria"].id)
    assert case.first_replied_at == desk.clock.now
    assert case.waiting_since is None
    assert await kinds(case) == ["opened", "message", "owner_changed", "status_changed"]


async def test_a_customer_who_answers_wakes_a_waiting_case_and_reopens_a_closed_one(desk: TestDesk) -> None:
    case = await open_case(desk)
    for status in ("waiting", "resolved", "closed"):
        await change(desk, case, status=status)
        await reply(desk, case, "pavel", "Still cold.")
        await case.refresh_from_db()
        assert (case.category, case.resolved_at, case.closed_at) == ("open", None, None)


async def test_an_answer_can_set_the_status_in_the_same_moment(desk: TestDesk) -> None:
    case = await open_case(desk)
    await reply(desk, case, "maria", "Please look at the plug.", status="waiting")
    await case.refresh_from_db()
    assert case.category == "waiting"


async def test_public_positions_have_no_holes_whatever_happens_inside(desk: TestDesk) -> None:
    case = await open_case(desk)
    await note(desk, case)
    await reply(desk, case, "maria")
    await change(desk, case, priority="urgent", tags=["oven"])
    await reply(desk, case, "pavel")
    rows = await Entry.filter(case_id=case.id).order_by("position").values("position", "public_position")
    public = [row["public_position"] for row in rows if row["public_position"] is not None]
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert public == list(range(1, len(public) + 1))


async def test_twenty_writers_at_once_leave_no_hole_and_no_double(desk: TestDesk) -> None:
    case = await open_case(desk)
    await asyncio.gather(*(reply(desk, case, "pavel", f"Message {number}") for number in range(20)))
    positions = await Entry.filter(case_id=case.id).order_by("position").values_list("position", flat=True)
    assert list(positions) == list(range(1, 22))


async def test_the_same_client_id_is_one_message(desk: TestDesk) -> None:
    case = await open_case(desk)
    first = await reply(desk, case, "pavel", "Once", client_id="a1")
    again = await reply(desk, case, "pavel", "Once", client_id="a1")
    assert again == first
    assert await kinds(case) == ["opened", "message"]


async def test_two_tabs_sending_the_same_message_at_once_store_one(desk: TestDesk) -> None:
    case = await open_case(desk)
    await asyncio.gather(*(reply(desk, case, "pavel", "Once", client_id="b2") for _ in range(5)))
    assert await Entry.filter(case_id=case.id, kind="message").count() == 1


async def test_an_answer_to_what_is_no_longer_the_last_word_is_held_back(desk: TestDesk) -> None:
    case = await open_case(desk)
    await reply(desk, case, "pavel", "Forget it, it works again.")
    with pytest.raises(StaleReply) as refused:
        await reply(desk, case, "maria", "We send somebody.", seen=1)
    assert refused.value.data["positions"] == [2]
    assert isinstance(refused.value, Conflict)
    await reply(desk, case, "maria", "Good to hear.", seen=2)


async def test_own_messages_never_hold_an_answer_back(desk: TestDesk) -> None:
    case = await open_case(desk)
    await reply(desk, case, "maria", "One moment.")
    await reply(desk, case, "maria", "And one more thing.", seen=1)


async def test_every_change_is_one_entry_and_no_change_is_none(desk: TestDesk) -> None:
    case = await open_case(desk)
    await change(
        desk, case, priority="high", subject="Oven cold", tags=["Oven", "oven "], owner_id=desk.people["tomas"].id
    )
    assert await kinds(case) == ["opened", "owner_changed", "priority_changed", "subject_changed", "tags_changed"]
    await change(desk, case, priority="high", subject="Oven cold", tags=["oven"], owner_id=desk.people["tomas"].id)
    await case.refresh_from_db()
    assert case.last_position == 5
    await change(desk, case, owner_id=None)
    await case.refresh_from_db()
    assert case.owner_id is None


async def test_customers_cannot_own_a_case(desk: TestDesk) -> None:
    case = await open_case(desk)
    with pytest.raises(Invalid) as refused:
        await change(desk, case, owner_id=desk.people["pavel"].id)
    assert refused.value.field == "owner_id"


async def test_a_refused_change_changes_nothing_at_all(desk: TestDesk) -> None:
    case = await open_case(desk)
    await change(desk, case, status="closed")
    before = await kinds(case)
    with pytest.raises(TransitionRefused):
        await change(desk, case, priority="urgent", status="waiting")
    await case.refresh_from_db()
    assert (case.priority, await kinds(case)) == (2, before)


async def test_an_empty_message_is_refused(desk: TestDesk) -> None:
    case = await open_case(desk)
    with pytest.raises(Invalid):
        await reply(desk, case, "pavel", "  \n ")


async def test_text_that_no_database_takes_is_cleaned(desk: TestDesk) -> None:
    case = await open_case(desk, subject="a\x00b", text="c\x00d \ud800 e")
    entry = await Entry.get(case_id=case.id, position=1)
    assert "\x00" not in case.subject + entry.text
    assert entry.text == "cd ? e"


async def test_escalation_moves_the_case_where_it_is_seen(desk: TestDesk) -> None:
    case = await open_case(desk)
    async with desk.desk.unit_of_work() as work:
        await actions.escalate(work, by=actor(desk.people["maria"]), case_id=case.id, reason="The customer called.")
    await case.refresh_from_db()
    urgent = await Queue.get(purpose="escalation")
    assert (case.queue_id, case.priority, case.escalated_at) == (urgent.id, 3, desk.clock.now)
    assert await kinds(case) == ["opened", "escalated", "queue_changed", "priority_changed"]


async def test_spam_goes_away_without_a_word_and_comes_back_where_it_was(desk: TestDesk) -> None:
    case = await open_case(desk)
    home = case.queue_id
    for spam in (True, False):
        async with desk.desk.unit_of_work() as work:
            await actions.mark_spam(work, by=actor(desk.people["maria"]), case_id=case.id, spam=spam)
    await case.refresh_from_db()
    assert (case.queue_id, case.category) == (home, "open")
    public = await Entry.filter(case_id=case.id, audience="public").values_list("kind", flat=True)
    assert list(public) == ["opened"]


async def test_a_participant_is_added_once(desk: TestDesk) -> None:
    case = await open_case(desk)
    liisa = await Contact.get(id=desk.people["liisa"].contact_id)
    for _ in range(2):
        async with desk.desk.unit_of_work() as work:
            await actions.add_participant(work, by=actor(desk.people["maria"]), case_id=case.id, contact_id=liisa.id)
    assert await Participant.filter(case_id=case.id).count() == 1
    assert await kinds(case) == ["opened", "participant_added"]


async def test_nothing_is_told_of_what_was_rolled_back(desk: TestDesk) -> None:
    told: list[CaseChanged] = []

    async def listen(event: CaseChanged) -> None:
        told.append(event)

    desk.desk.bus.after(CaseChanged, listen)
    case = await open_case(desk)
    told.clear()

    async def fail_after_writing() -> None:
        async with desk.desk.unit_of_work() as work:
            await actions.reply(work, by=actor(desk.people["maria"]), case_id=case.id, text="Lost")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_writing()
    assert told == []
    await case.refresh_from_db()
    assert case.last_position == 1


async def test_a_case_that_is_not_there_is_not_found(desk: TestDesk) -> None:
    with pytest.raises(NotFound):
        await reply(desk, Case(id=999_999), "maria")
