"""The next case, its lease, cases put off and sent back, assignment: on both databases, by their entries."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from app.bridges.dispatch import Presence, TimerTaker
from app.cases.models import Case, Entry
from app.dispatch.actions import change_state
from app.dispatch.models import AgentState, CaseTimer
from app.dispatch.rules import LEASE
from app.dispatch.timer_store import CaseTimers
from app.people.actions.users import create_staff_user
from app.people.models import Account
from app.queues.models import Queue
from app.service_levels.models import CaseClock
from sla import Timers
from tests.support.casework import change, kinds, open_case, reply
from tests.support.desk import TestDesk


async def fire(desk: TestDesk) -> None:
    timers = Timers(CaseTimers(), TimerTaker(desk.desk.bus), now=desk.clock)
    while await timers.fire_due():
        pass


async def pull(desk: TestDesk, who: str) -> dict[str, Any]:
    browser = await desk.browser(who)
    answer = await browser.post("/api/next-case")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def last(case: Case, kind: str) -> dict[str, Any]:
    return (await Entry.filter(case_id=case.id, kind=kind).order_by("-position").first()).data  # type: ignore[union-attr]


async def present(desk: TestDesk, *who: str, **columns: Any) -> None:
    for key in who:
        async with desk.desk.unit_of_work() as work:
            await change_state(work, desk.people[key].id, present_at=desk.clock(), **columns)


async def test_the_next_case_is_the_first_that_nobody_has_and_says_why(desk: TestDesk) -> None:
    usual, urgent = await open_case(desk), await open_case(desk, priority="urgent", language="fi")
    await present(desk, "maria", languages=["fi", "en"])
    pulled = await pull(desk, "maria")
    assert pulled["case"]["id"] == urgent.id
    assert pulled["case"]["owner"]["name"] == "Maria Keller"
    due = (await CaseClock.get(case_id=urgent.id, kind="first_response")).due_at.isoformat().replace("+00:00", "Z")  # type: ignore[union-attr]
    assert {key: pulled["why"][key] for key in ("priority", "due_at", "language", "queue")} == {
        "priority": "urgent", "due_at": due, "language": "fi", "queue": "Support",
    }  # fmt: skip
    assert (await last(urgent, "owner_changed"))["why"]["priority"] == "urgent"
    # The screen asks again when it is opened anew; nobody else is told.
    maria, tomas = await desk.browser("maria"), await desk.browser("tomas")
    asked = (await maria.get(f"/api/cases/{urgent.id}/lease")).json()
    assert asked == {"until": pulled["until"], "why": pulled["why"]}
    assert (await tomas.get(f"/api/cases/{urgent.id}/lease")).json() == {"until": None, "why": None}
    assert (await pull(desk, "maria"))["again"] is True
    assert (await pull(desk, "tomas"))["case"]["id"] == usual.id
    assert (await pull(desk, "olga"))["case"] is None


async def test_cases_in_other_languages_and_other_teams_are_not_offered(desk: TestDesk) -> None:
    case = await open_case(desk, language="fi")
    await present(desk, "maria", languages=["ru"])
    assert (await pull(desk, "maria"))["case"] is None
    await Queue.filter(name="Support").update(skills=["ovens"])
    assert (await pull(desk, "tomas"))["case"] is None
    await present(desk, "tomas", skills=["ovens"])
    assert (await pull(desk, "tomas"))["case"]["id"] == case.id


async def test_fifty_who_pull_at_once_never_get_the_same_case(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(45)]
    browsers = []
    for number in range(50):
        async with desk.desk.unit_of_work() as work:
            user = await create_staff_user(
                work, email=f"agent{number}@desk.example", name=f"Agent {number}", role="agent", language="en",
                password_hash="-",
            )  # fmt: skip
        browsers.append(await desk.browser_of(user))
    answers = await asyncio.gather(*(browser.post("/api/next-case", timeout=60) for browser in browsers))
    assert {answer.status_code for answer in answers} == {200}
    given = [answer.json()["case"]["id"] for answer in answers if answer.json()["case"]]
    assert sorted(given) == sorted(case.id for case in cases)
    assert await Case.filter(owner_id__isnull=True).count() == 0


async def test_why_names_the_class_and_the_history_where_the_queue_counts_them(desk: TestDesk) -> None:
    case = await open_case(desk)
    row = await Case.get(id=case.id)
    await Account.filter(id=row.account_id).update(service_class=3)
    earlier = await open_case(desk)
    await Case.filter(id=earlier.id).update(escalated_at=desk.clock(), snoozed_until=desk.clock() + timedelta(days=1))
    assert [(await pull(desk, "maria"))["why"][one] for one in ("service_class", "let_down")] == [0, False]
    await (await desk.browser("maria")).post(f"/api/cases/{case.id}/send-back", json={})
    await Queue.filter(id=row.queue_id).update(class_minutes=30, history_minutes=30)
    assert [(await pull(desk, "tomas"))["why"][one] for one in ("service_class", "let_down")] == [3, True]


async def test_a_lease_that_nobody_renews_ends_and_the_entry_says_so(desk: TestDesk) -> None:
    case = await open_case(desk)
    await pull(desk, "maria")
    desk.clock.advance(minutes=4)
    maria = await desk.browser("maria")
    kept = (await maria.put(f"/api/cases/{case.id}/lease")).json()["until"]
    assert kept == (desk.clock() + LEASE).isoformat().replace("+00:00", "Z")
    desk.clock.advance(minutes=4)
    await fire(desk)
    assert (await Case.get(id=case.id)).owner_id == desk.people["maria"].id
    desk.clock.advance(minutes=1)
    await fire(desk)
    assert (await Case.get(id=case.id)).owner_id is None
    assert (await last(case, "sent_back"))["because"] == "lease_over"
    assert (await maria.put(f"/api/cases/{case.id}/lease")).status_code == 409
    assert (await pull(desk, "tomas"))["case"]["id"] == case.id


async def test_whoever_answers_has_settled_the_lease(desk: TestDesk) -> None:
    case = await open_case(desk)
    await pull(desk, "maria")
    await reply(desk, case, "maria")
    desk.clock.advance(hours=1)
    await fire(desk)
    assert (await Case.get(id=case.id)).owner_id == desk.people["maria"].id
    assert not await CaseTimer.exists(case_id=case.id, kind="lease")


async def test_back_to_the_queue_with_a_reason(desk: TestDesk) -> None:
    case, second = await open_case(desk), await Queue.create(name="Second line", created_at=desk.clock())
    await pull(desk, "maria")
    maria = await desk.browser("maria")
    back = await maria.post(f"/api/cases/{case.id}/send-back", json={"reason": "Needs parts", "queue_id": second.id})
    assert (back.json()["owner"], back.json()["queue_id"]) == (None, second.id)
    assert await last(case, "sent_back") == {"because": "released", "reason": "Needs parts"}


async def test_what_is_put_off_returns_at_its_moment(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    until = (desk.clock() + timedelta(hours=3)).isoformat()
    put_off = await maria.put(f"/api/cases/{case.id}/snooze", json={"until": until, "reason": "Parts come at noon"})
    assert put_off.status_code == 200, put_off.text

    async def listed(state: str) -> list[int]:
        page = await maria.get(f"/api/queues/{case.queue_id}/cases", params={"state": state})
        return [row["id"] for row in page.json()["items"]]

    assert (await listed("active"), await listed("snoozed")) == ([], [case.id])
    assert (await pull(desk, "maria"))["case"] is None
    desk.clock.advance(hours=2, minutes=59, seconds=59)
    await fire(desk)
    assert await listed("active") == []
    desk.clock.advance(seconds=1)
    await fire(desk)
    assert (await listed("active"), await listed("snoozed")) == ([case.id], [])
    assert await last(case, "woken") == {"because": "moment"}
    assert (await maria.put(f"/api/cases/{case.id}/snooze", json={"until": until})).status_code == 422


async def test_the_customer_wakes_what_was_put_off(desk: TestDesk) -> None:
    case, maria = await open_case(desk), await desk.browser("maria")
    await maria.put(f"/api/cases/{case.id}/snooze", json={"until": (desk.clock() + timedelta(days=3)).isoformat()})
    await reply(desk, case, "pavel")
    assert (await Case.get(id=case.id)).snoozed_until is None
    assert await last(case, "woken") == {"because": "customer"}
    assert not await CaseTimer.exists(case_id=case.id)


async def test_round_robin_gives_new_cases_to_who_is_present(desk: TestDesk) -> None:
    await Queue.filter(name="Support").update(assigning="round_robin")
    nobody_there = await open_case(desk)
    assert (await Case.get(id=nobody_there.id)).owner_id is None
    await present(desk, "maria", "tomas")
    assert (await Case.get(id=nobody_there.id)).owner_id == desk.people["maria"].id
    owners = []
    for _ in range(4):
        desk.clock.advance(seconds=1)
        owners.append((await Case.get(id=(await open_case(desk)).id)).owner_id)
    maria, tomas = desk.people["maria"].id, desk.people["tomas"].id
    assert owners == [tomas, maria, tomas, maria]
    assert (await last(nobody_there, "owner_changed"))["how"] == "round_robin"


async def test_least_loaded_stops_at_the_capacity_and_fills_up_when_there_is_room(desk: TestDesk) -> None:
    await Queue.filter(name="Support").update(assigning="least_loaded", capacity=1)
    await present(desk, "maria", "tomas")
    cases = [await open_case(desk) for _ in range(3)]
    owners = [(await Case.get(id=case.id)).owner_id for case in cases]
    assert set(owners[:2]) == {desk.people["maria"].id, desk.people["tomas"].id}
    assert owners[2] is None
    first = await Case.get(id=cases[0].id)
    await change(desk, cases[0], status="resolved")
    assert (await Case.get(id=cases[2].id)).owner_id == first.owner_id


async def test_a_silent_owner_loses_the_case_to_somebody_else(desk: TestDesk) -> None:
    await Queue.filter(name="Support").update(silent_minutes=30, assigning="round_robin")
    await present(desk, "maria")
    case = await open_case(desk)
    assert (await Case.get(id=case.id)).owner_id == desk.people["maria"].id
    desk.clock.advance(minutes=29)
    await fire(desk)
    assert (await Case.get(id=case.id)).owner_id == desk.people["maria"].id
    desk.clock.advance(minutes=1)
    await present(desk, "maria", "tomas")
    await fire(desk)
    assert (await last(case, "sent_back"))["because"] == "silent"
    assert (await Case.get(id=case.id)).owner_id == desk.people["tomas"].id
    await reply(desk, case, "tomas")
    desk.clock.advance(hours=9)
    await fire(desk)
    assert (await Case.get(id=case.id)).owner_id == desk.people["tomas"].id
    assert (await kinds(case)).count("sent_back") == 1


async def test_assignment_waits_for_the_hours_of_the_queue(desk: TestDesk) -> None:
    from app.service_levels.models import Calendar

    night = {"tz": "Etc/UTC", "hours": {"mon": [["22:00", "24:00"]]}}
    calendar = await Calendar.create(name="Nights", definition=night, updated_at=desk.clock())
    await Queue.filter(name="Support").update(assigning="round_robin", calendar_id=calendar.id)
    await present(desk, "maria")
    case = await open_case(desk)
    assert (await Case.get(id=case.id)).owner_id is None
    desk.clock.advance(hours=13, seconds=1)
    await AgentState.all().update(present_at=desk.clock())
    await fire(desk)
    assert (await Case.get(id=case.id)).owner_id == desk.people["maria"].id


async def test_a_rule_takes_a_new_case_into_its_queue_and_the_entry_says_so(desk: TestDesk) -> None:
    helmi = await desk.browser("helmi")
    rule = {"all": [{"fact": "subject", "operator": "contains", "value": "invoice"}]}
    body = {"name": "Accounting", "rule": rule, "sort": 5, "languages": ["en"]}
    queue = (await helmi.post("/api/admin/queues", json=body)).json()
    assert queue["rule"] == rule
    taken, other = await open_case(desk, subject="Invoice 12"), await open_case(desk, subject="Oven")
    foreign = await open_case(desk, subject="Invoice 13", language="fi")
    assert [case.queue_id == queue["id"] for case in (taken, other, foreign)] == [True, False, False]
    assert (await last(taken, "opened"))["queue"] == {"id": queue["id"], "name": "Accounting"}
    wrong = await helmi.patch(f"/api/admin/queues/{queue['id']}", json={"rule": {"fact": "colour"}})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "rule")


async def test_other_weights_give_other_places_at_once(desk: TestDesk) -> None:
    old = await open_case(desk)
    desk.clock.advance(hours=1)
    urgent = await open_case(desk, priority="urgent")
    helmi = await desk.browser("helmi")

    async def order() -> list[int]:
        page = await helmi.get(f"/api/queues/{old.queue_id}/cases")
        return [row["id"] for row in page.json()["items"]]

    assert await order() == [urgent.id, old.id]
    weights = {"priority_minutes": 10, "due_weight": 0, "waiting_weight": 1}
    assert (await helmi.patch(f"/api/admin/queues/{old.queue_id}", json=weights)).status_code == 200
    assert await order() == [old.id, urgent.id]


async def test_presence_is_read_off_the_open_screens(desk: TestDesk) -> None:
    class Person:
        user_id, staff = desk.people["maria"].id, True

    class Hub:
        connections = {"a": type("C", (), {"member": type("M", (), {"detail": Person})})}  # noqa: RUF012

    await Presence(desk.desk, Hub()).look()  # type: ignore[arg-type]
    maria = await desk.browser("maria")
    shown = {one["user_id"]: one["present"] for one in (await maria.get("/api/agents")).json()}
    assert shown[desk.people["maria"].id] is True
    assert shown[desk.people["tomas"].id] is False
    desk.clock.advance(minutes=2)
    shown = {one["user_id"]: one["present"] for one in (await maria.get("/api/agents")).json()}
    assert shown[desk.people["maria"].id] is False
