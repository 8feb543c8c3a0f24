"""Who is told what: the new owner, and the owner whose customer has answered; never the one who did it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from app.cases import actions
from app.database import Work
from app.notifications import actions as notifications
from app.notifications import queries
from app.notifications.actions import notify
from tests.support.casework import actor, change, note, open_case, reply
from tests.support.desk import TestDesk


async def told(desk: TestDesk, who: str) -> list[str]:
    return [one.kind for one in await queries.after(desk.people[who].id, 0, 100)]


async def test_who_is_given_a_case_hears_of_it_and_who_takes_it_does_not(desk: TestDesk) -> None:
    given, taken = await open_case(desk), await open_case(desk)
    await change(desk, given, "maria", owner_id=desk.people["tomas"].id)
    await change(desk, taken, "maria", owner_id=desk.people["maria"].id)
    assert (await told(desk, "tomas"), await told(desk, "maria")) == (["assigned"], [])


async def test_the_owner_hears_when_the_customer_answers(desk: TestDesk) -> None:
    case = await open_case(desk)
    await reply(desk, case, "pavel", "Nobody owns it yet.")
    await reply(desk, case, "maria")
    await reply(desk, case, "pavel", "Thank you.")
    await note(desk, case, "tomas")
    shown = await queries.after(desk.people["maria"].id, 0, 100)
    assert [(one.kind, one.case_id) for one in shown] == [("customer_replied", case.id)]
    assert shown[0].data == {
        "number": f"#{case.number}",
        "subject": case.subject,
        "position": 6,
        "by": desk.people["pavel"].name,
        "entry": "message",
        "excerpt": "Thank you.",
    }


async def test_who_is_named_in_a_note_hears_of_it_once_and_only_colleagues_can_be(desk: TestDesk) -> None:
    case, maria, tomas = await open_case(desk), await desk.browser("maria"), desk.people["tomas"]
    await maria.put(f"/api/cases/{case.id}/watch")
    words = {"text": f"@{tomas.name} knows ovens.", "mentions": [tomas.id], "client_id": "one"}
    for _ in range(2):  # sent again by an outbox that heard no answer
        entry = (await maria.post(f"/api/cases/{case.id}/notes", json=words)).json()
    assert entry["data"]["mentions"] == [{"id": tomas.id, "name": tomas.name}]
    assert await told(desk, "tomas") == ["mentioned"]
    assert await told(desk, "maria") == []
    refused = await maria.post(
        f"/api/cases/{case.id}/notes", json={"text": "@Pavel", "mentions": [desk.people["pavel"].id]}
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "mentions")


async def test_customers_who_answer_one_colleague_at_the_same_time_do_not_wait_for_each_other(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both refer to the owner of their cases before they tell that owner of it: the database ended one of the two."""
    cases, written, both = [await open_case(desk) for _ in range(2)], 0, asyncio.Event()
    for case in cases:
        await reply(desk, case, "maria")
        await change(desk, case, "maria", status="resolved")  # which the answer opens again

    append = notifications._append

    async def append_when_both_have_written(work: Work, told: Sequence[Any]) -> None:
        nonlocal written
        written += 1
        if written == 2:
            both.set()
        with suppress(TimeoutError):  # on SQLite the second one writes after the first
            async with asyncio.timeout(0.5):
                await both.wait()
        await append(work, told)

    monkeypatch.setattr(notifications, "_append", append_when_both_have_written)
    pavel = await desk.browser("pavel")
    answers = await asyncio.gather(
        *(pavel.post(f"/api/portal/cases/{case.id}/replies", json={"text": "It is cold again."}) for case in cases)
    )
    assert [answer.status_code for answer in answers] == [201, 201]
    assert await told(desk, "maria") == ["customer_replied"] * 2


async def test_two_transactions_that_each_tell_two_people_do_not_wait_for_each_other(desk: TestDesk) -> None:
    """Each tells one after the other, in opposite orders, as changes of many cases do."""
    first, second = desk.people["maria"].id, desk.people["tomas"].id
    begun, both = 0, asyncio.Event()

    async def tell(*users: int) -> None:
        nonlocal begun
        async with desk.desk.unit_of_work() as work:
            notify(work, users=users[:1], kind="watched")
            begun += 1
            if begun == 2:
                both.set()
            with suppress(TimeoutError):  # on SQLite the second one begins after the first
                async with asyncio.timeout(0.5):
                    await both.wait()
            notify(work, users=users[1:], kind="assigned")

    await asyncio.gather(tell(first, second), tell(second, first))
    assert sorted(await told(desk, "maria")) == ["assigned", "watched"]
    assert sorted(await told(desk, "tomas")) == ["assigned", "watched"]


async def test_what_a_part_that_is_undone_would_have_told_is_not_told(desk: TestDesk) -> None:
    async with desk.desk.unit_of_work() as work:
        with suppress(LookupError):
            async with work.part():
                notify(work, users=[desk.people["maria"].id], kind="watched")
                raise LookupError
        notify(work, users=[desk.people["maria"].id], kind="assigned")
    assert await told(desk, "maria") == ["assigned"]


async def test_who_watches_hears_of_new_entries_of_others_until_they_stop(desk: TestDesk) -> None:
    case, tomas = await open_case(desk), await desk.browser("tomas")
    watching = (await tomas.put(f"/api/cases/{case.id}/watch")).json()
    assert watching == {
        "watching": True,
        "people": [{"id": desk.people["tomas"].id, "name": desk.people["tomas"].name}],
    }
    await reply(desk, case, "maria", "It is the fuse.")
    await note(desk, case, "tomas")
    await change(desk, case, "maria", tags=["fuse"])
    assert await told(desk, "tomas") == ["watched"]
    assert (await tomas.delete(f"/api/cases/{case.id}/watch")).json() == {"watching": False, "people": []}
    await reply(desk, case, "maria", "Changed.")
    assert await told(desk, "tomas") == ["watched"]


async def test_an_escalation_by_hand_reaches_owner_and_team_but_not_who_escalates(desk: TestDesk) -> None:
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    async with desk.desk.unit_of_work() as work:
        await actions.escalate(work, by=actor(desk.people["olga"]), case_id=case.id, reason="It burns.")
    shown = await queries.after(desk.people["maria"].id, 0, 100)
    assert [(one.kind, one.data.get("excerpt")) for one in shown] == [("assigned", None), ("escalated", "It burns.")]
    assert "escalated" not in await told(desk, "olga")


async def test_reading_a_case_reads_what_one_was_told_of_it_up_to_there(desk: TestDesk) -> None:
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    await reply(desk, case, "pavel", "One.")
    await reply(desk, case, "pavel", "Two.")
    maria = await desk.browser("maria")
    first = next(one for one in (await queries.after(desk.people["maria"].id, 0, 9)) if one.kind == "customer_replied")
    await maria.put(f"/api/cases/{case.id}/read", json={"position": first.data["position"]})
    shown = (await maria.get("/api/notifications")).json()
    assert [(one["kind"], one["read"]) for one in shown["items"]] == [
        ("customer_replied", False),
        ("customer_replied", True),
        ("assigned", True),
    ]


async def test_each_kind_is_told_as_chosen_and_a_kind_without_the_list_not_at_all(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    before = (await maria.get("/api/notifications/choices")).json()["channels"]
    assert before["assigned"] == ["list", "browser", "push"]
    assert before["watched"] == ["list"]
    chosen = {"channels": {"assigned": [], "customer_replied": ["sound", "list"]}}
    after = (await maria.put("/api/notifications/choices", json=chosen)).json()["channels"]
    assert after == {**before, "assigned": [], "customer_replied": ["list", "sound"]}
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    await reply(desk, case, "pavel", "Thank you.")
    shown = await queries.after(desk.people["maria"].id, 0, 100)
    assert [(one.kind, one.channels) for one in shown] == [("customer_replied", ("list", "sound"))]
