"""Case events → clocks: every change moves them in its own transaction, and the feed alone leads to the same clocks."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.bridges.reevaluation import candidates, reevaluate
from app.cases import actions
from app.cases.models import Case, FieldDefinition
from app.errors import DeskError
from app.queues.models import Queue
from app.service_levels.actions import change_policy, create_calendar, create_policy
from app.service_levels.defaults import AROUND_THE_CLOCK, HOUR, STANDARD, targets, usual_steps
from app.service_levels.models import CaseClock, Policy
from sla import Kind
from tests.support.casework import actor, change, note, open_case, reply
from tests.support.desk import TestDesk
from tests.support.promises import clock_of, fire, replayed_clocks, stored_clocks

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""The office opens; the first start promises a first answer within four hours and a solution within sixteen."""


async def gold(desk: TestDesk, **when: Any) -> Policy:
    """A policy before all others, around the clock: answers in one hour, or half of one when urgent."""
    async with desk.desk.unit_of_work() as work:
        calendar = await create_calendar(
            work, name="Around the clock", definition={"tz": "Europe/Helsinki", "hours": AROUND_THE_CLOCK}
        )
        definition = {
            "when": when,
            "targets": targets(
                {"urgent": HOUR // 2, "high": HOUR, "normal": HOUR, "low": HOUR},
                {"urgent": 4 * HOUR, "high": 8 * HOUR, "normal": 8 * HOUR, "low": 8 * HOUR},
            ),
            "steps": usual_steps(HOUR // 4),
        }
        return await create_policy(work, name="Gold", calendar_id=calendar.id, definition=definition, sort=1)


async def test_a_new_case_is_promised_an_answer_and_a_solution(desk: TestDesk) -> None:
    case = await open_case(desk)
    clocks = {row.kind: row for row in await CaseClock.filter(case_id=case.id)}
    assert {kind: row.phase for kind, row in clocks.items()} == {
        "first_response": "running",
        "next_response": "idle",
        "resolution": "running",
    }
    assert clocks["first_response"].due_at == MONDAY + timedelta(hours=4)
    assert clocks["first_response"].wake_at == MONDAY + timedelta(hours=3, minutes=30), "the warning comes first"
    assert clocks["resolution"].due_at == datetime(2026, 3, 4, 9, tzinfo=UTC), "sixteen hours are two days"
    assert case.next_due_at == MONDAY + timedelta(hours=4)


async def test_an_answer_keeps_the_promise_and_lists_show_the_next_one(desk: TestDesk) -> None:
    case = await open_case(desk)
    desk.clock.advance(minutes=20)
    await note(desk, case)
    assert (await clock_of(case)).phase == "running", "a note answers nobody"
    await reply(desk, case, "maria")
    first = await clock_of(case)
    assert (first.phase, first.wake_at, first.claim_at) == ("met", None, None)
    assert (await Case.get(id=case.id)).next_due_at == (await clock_of(case, Kind.RESOLUTION)).due_at


async def test_time_stands_still_while_the_case_waits_for_the_customer(desk: TestDesk) -> None:
    case = await open_case(desk)
    desk.clock.advance(hours=1)
    await reply(desk, case, "maria", status="waiting")
    resolution = await clock_of(case, Kind.RESOLUTION)
    assert (resolution.phase, resolution.due_at, resolution.wake_at) == ("paused", None, None)
    assert (await Case.get(id=case.id)).next_due_at is None
    desk.clock.advance(days=30)
    assert await fire(desk) == 0
    back = desk.clock.now = datetime(2026, 4, 6, 10, tzinfo=UTC)
    await reply(desk, case, "pavel")
    resolution = await clock_of(case, Kind.RESOLUTION)
    assert resolution.due_at == datetime(2026, 4, 8, 9, tzinfo=UTC), "fifteen hours are left"
    following = await clock_of(case, Kind.NEXT_RESPONSE)
    assert (following.phase, following.due_at) == ("running", back + timedelta(hours=4))


async def test_what_staff_open_themselves_awaits_no_answer(desk: TestDesk) -> None:
    pavel, queue = desk.people["pavel"], await Queue.get(name="Support")
    async with desk.desk.unit_of_work() as work:
        case = await actions.open_case(
            work,
            by=actor(desk.people["maria"]),
            contact_id=pavel.contact_id or 0,
            queue_id=queue.id,
            subject="Your oven is due for service",
            text="When may we come?",
            channel="agent",
        )
    assert {row.kind: row.phase for row in await CaseClock.filter(case_id=case.row.id)} == {
        "first_response": "idle",
        "next_response": "idle",
        "resolution": "running",
    }


async def test_spam_ends_the_clocks_and_taking_it_back_starts_them_again(desk: TestDesk) -> None:
    case = await open_case(desk)
    async with desk.desk.unit_of_work() as work:
        await actions.mark_spam(work, by=actor(desk.people["maria"]), case_id=case.id, spam=True)
    assert {row.phase for row in await CaseClock.filter(case_id=case.id)} == {"ended", "idle"}
    assert (await Case.get(id=case.id)).next_due_at is None
    desk.clock.advance(hours=1)
    async with desk.desk.unit_of_work() as work:
        await actions.mark_spam(work, by=actor(desk.people["maria"]), case_id=case.id, spam=False)
    first = await clock_of(case)
    assert (first.phase, first.due_at) == ("running", desk.clock.now + timedelta(hours=4))


async def test_another_priority_has_another_target_under_the_same_version(desk: TestDesk) -> None:
    case = await open_case(desk)
    policy = await Policy.get(name="Standard")
    async with desk.desk.unit_of_work() as work:
        definition = {**STANDARD, "targets": [{"kind": "first_response", "seconds": 60}]}
        await change_policy(work, policy_id=policy.id, definition=definition)
    desk.clock.advance(hours=1)
    await change(desk, case, priority="high")
    first = await clock_of(case)
    assert first.due_at == MONDAY + timedelta(hours=2), "the version of its opening: two hours when high"
    assert [pin["version"] for pin in first.pinned] == [1, 1]
    assert (await Case.get(id=case.id)).next_due_at == first.due_at
    later = await open_case(desk, "aino")
    assert (await clock_of(later)).due_at == desk.clock.now + timedelta(seconds=60), "new cases get the new version"


async def test_a_policy_that_now_holds_takes_the_case_over(desk: TestDesk) -> None:
    policy = await gold(desk, fact="tags", operator="contains", value="vip")
    case = await open_case(desk)
    desk.clock.advance(minutes=30)
    await change(desk, case, tags=["vip"])
    first = await clock_of(case)
    assert (first.policy_id, first.due_at) == (policy.id, MONDAY + timedelta(hours=1)), "what was counted stays"
    await change(desk, case, tags=[])
    assert (await clock_of(case)).due_at == MONDAY + timedelta(hours=4)


async def test_a_change_that_no_policy_asks_about_promises_nothing_else(desk: TestDesk) -> None:
    case = await open_case(desk)
    before = await clock_of(case)
    await change(desk, case, tags=["ovens"], queue_id=(await Queue.get(name="Urgent")).id)
    assert (await clock_of(case)).pinned == before.pinned


async def test_custom_fields_are_facts(desk: TestDesk) -> None:
    policy = await gold(desk, fact="fields.machine", operator="is", value="M4")
    await FieldDefinition.create(key="machine", kind="text")
    assert (await clock_of(await open_case(desk, custom={"machine": "M4"}))).policy_id == policy.id
    case = await open_case(desk)
    assert (await clock_of(case)).policy_id != policy.id
    await change(desk, case, custom={"machine": "M4"})
    assert (await clock_of(case)).policy_id == policy.id


async def test_policies_mean_by_a_condition_what_queues_and_views_mean(desk: TestDesk) -> None:
    """Tags in any case of letters, words of a field in any order, and "not"."""
    vip = {"fact": "tags", "operator": "contains", "value": "VIP"}
    oven = {"fact": "fields.machine", "operator": "contains", "value": "OVEN deck"}
    policy = await gold(desk, all=[vip, {"not": {"not": oven}}])
    await FieldDefinition.create(key="machine", kind="text")
    case = await open_case(desk, custom={"machine": "Deck oven M4"})
    assert (await clock_of(case)).policy_id != policy.id
    await change(desk, case, tags=["Vip"])
    assert (await clock_of(case)).policy_id == policy.id
    view = {"name": "The same", "condition": {"all": [vip, {"not": {"not": oven}}]}}
    assert (await (await desk.browser("maria")).post("/api/views", json=view)).json()["count"] == 1


async def test_nothing_is_promised_where_no_policy_holds_until_one_does(desk: TestDesk) -> None:
    standard = await Policy.get(name="Standard")
    async with desk.desk.unit_of_work() as work:
        when = {"fact": "priority", "operator": "in", "value": ["high", "urgent"]}
        await change_policy(work, policy_id=standard.id, definition={**STANDARD, "when": when})
    case = await open_case(desk)
    assert not await CaseClock.exists(case_id=case.id)
    assert case.next_due_at is None
    desk.clock.advance(hours=1)
    await reply(desk, case, "pavel", "Hello?")
    await change(desk, case, priority="high")
    first = await clock_of(case)
    assert (first.phase, first.due_at) == ("running", MONDAY + timedelta(hours=2)), "counted from its opening"
    await change(desk, case, priority="low")
    assert (await clock_of(case)).due_at is None, "and taken back where none holds any more"
    assert (await Case.get(id=case.id)).next_due_at is None


async def test_an_inactive_policy_makes_no_promises(desk: TestDesk) -> None:
    await Policy.all().update(active=False)
    assert not await CaseClock.exists(case_id=(await open_case(desk)).id)


@pytest.mark.parametrize("seed", range(3))
async def test_living_through_it_and_replaying_the_feed_give_the_same_clocks(desk: TestDesk, seed: int) -> None:
    """Whatever people and timers do in whatever order, and however policies change meanwhile."""
    chance = random.Random(seed)
    standard = await Policy.get(name="Standard")
    async with desk.desk.unit_of_work() as work:
        when = {"fact": "priority", "operator": "is_not", "value": "low"}
        await change_policy(work, policy_id=standard.id, definition={**STANDARD, "when": when})
    await gold(desk, fact="tags", operator="contains", value="vip")
    cases = [await open_case(desk, priority=chance.choice(["low", "normal", "urgent"])) for _ in range(2)]
    done = 0
    for _ in range(60):
        desk.clock.advance(minutes=chance.choice([0, 0, 1, 45, 240, 1500]))
        try:
            done += await something(desk, chance, chance.choice(cases))
        except DeskError:
            continue  # the case does not allow it in its state
        for case in cases:
            now = desk.clock.now
            assert await stored_clocks(case.id, now) == await replayed_clocks(case.id, now)
            clocks = await stored_clocks(case.id, now)
            due = [one.due_at for one in clocks or () if one.is_owed and one.due_at is not None]
            assert (await Case.get(id=case.id)).next_due_at == min(due, default=None)
    assert done > 40


async def something(desk: TestDesk, chance: random.Random, case: Case) -> int:
    """One thing that people, administrators or timers may do; answers 1."""
    queues = [queue.id for queue in await Queue.filter(purpose__not="spam")]
    match chance.randrange(10):
        case 9:
            items, _ = await candidates(desk.clock.now, 0, 100)
            for one in items:
                async with desk.desk.unit_of_work() as work:
                    await reevaluate(work, by=actor(desk.people["olga"]), case_id=one.case_id, head=one.head)
        case 0:
            await reply(desk, case, "pavel")
        case 1:
            await reply(desk, case, "maria", status=chance.choice([None, "waiting", "resolved"]))
        case 2:
            await change(desk, case, status=chance.choice(["open", "waiting", "on_hold", "resolved", "closed"]))
        case 3:
            await change(desk, case, priority=chance.choice(["low", "normal", "high", "urgent"]))
        case 4:
            await change(desk, case, tags=chance.choice([[], ["vip"], ["ovens"]]), queue_id=chance.choice(queues))
        case 5:
            async with desk.desk.unit_of_work() as work:
                spam = chance.random() < 0.5
                await actions.mark_spam(work, by=actor(desk.people["maria"]), case_id=case.id, spam=spam)
        case 6:
            async with desk.desk.unit_of_work() as work:
                await actions.escalate(work, by=actor(desk.people["maria"]), case_id=case.id, reason="By hand")
        case 7:
            await fire(desk)
        case _:
            seconds = chance.choice([600, 7200, 36000])
            async with desk.desk.unit_of_work() as work:
                policy = await Policy.get(name=chance.choice(["Standard", "Gold"]))
                answers = {"kind": "first_response", "seconds": seconds}
                definition = {**policy.definition, "targets": [answers, {"kind": "resolution", "seconds": 5 * seconds}]}
                await change_policy(work, policy_id=policy.id, definition=definition)
    return 1
