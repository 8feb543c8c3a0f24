"""Due clocks → the case: each step once, in order, whoever takes it and whatever happened meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bridges import timers
from app.bridges.timers import StepTaker
from app.cases.models import Case, Entry
from app.notifications.models import Notification
from app.people.models import Team
from app.queues.models import Queue
from app.service_levels.actions import change_policy
from app.service_levels.defaults import STANDARD
from app.service_levels.models import CaseClock, Policy
from app.service_levels.timer_store import ClockTimers
from sla import Kind, Timers
from tests.support.casework import change, kinds, open_case, reply
from tests.support.desk import TestDesk, running_desk
from tests.support.promises import clock_of, fire, give_teams, worker
from tests.support.waiting import until

LEASE = timedelta(seconds=60)


async def set_policy(desk: TestDesk, *steps: dict[str, Any], **more: Any) -> None:
    policy = await Policy.get(name="Standard")
    async with desk.desk.unit_of_work() as work:
        await change_policy(work, policy_id=policy.id, definition={**STANDARD, "steps": list(steps), **more})


async def of_kind(case: Case, *wanted: str) -> list[Entry]:
    return await Entry.filter(case_id=case.id, kind__in=wanted).order_by("position")


async def told(desk: TestDesk, kind: str) -> set[str]:
    """The people who got a notification of this kind."""
    users = {row.user_id for row in await Notification.filter(kind=kind)}
    return {name for name, user in desk.people.items() if user.id in users}


async def test_a_broken_promise_moves_the_case_raises_it_tells_the_team_and_says_why(desk: TestDesk) -> None:
    await give_teams()
    case = await open_case(desk)
    desk.clock.advance(hours=4)
    await fire(desk)
    row = await Case.get(id=case.id).select_related("queue")
    assert (row.queue.name, row.priority, row.escalated_at) == ("Urgent", 3, desk.clock.now)
    assert row.next_due_at == desk.clock.now, "what is overdue stays so in lists"
    assert await kinds(case) == ["opened", "warned", "escalated", "queue_changed", "priority_changed"]
    (entry,) = await of_kind(case, "escalated")
    assert (entry.audience, entry.author_kind) == ("internal", "system")
    assert entry.data == {
        "reason": "The first answer was due 2026-03-02 13:00 (UTC).",
        "clock": "first_response",
        "due_at": "2026-03-02T13:00:00Z",
        "step": "escalation",
    }
    assert await told(desk, "escalated") == {"olga", "maria", "tomas"}
    (notice,) = await Notification.filter(kind="escalated", user_id=desk.people["maria"].id)
    assert notice.case_id == case.id
    assert notice.data["number"] == f"#{case.number}"
    assert (await clock_of(case)).phase == "breached"
    desk.clock.advance(minutes=1)
    assert await fire(desk) == 0, "each step once"


async def test_a_warning_comes_before_and_is_only_said(desk: TestDesk) -> None:
    await give_teams()
    case = await open_case(desk)
    desk.clock.advance(hours=3, minutes=29, seconds=59)
    assert await fire(desk) == 0
    desk.clock.advance(seconds=1)
    assert await fire(desk) == 1
    assert await kinds(case) == ["opened", "warned"]
    assert (await Case.get(id=case.id)).priority == 2
    assert await told(desk, "warning") == {"olga", "maria", "tomas"}


async def test_a_promise_that_is_kept_or_paused_leads_to_nothing(desk: TestDesk) -> None:
    kept, paused = await open_case(desk), await open_case(desk, "aino")
    desk.clock.advance(hours=3)
    await reply(desk, kept, "maria", status="resolved")
    await change(desk, paused, status="waiting")
    desk.clock.advance(days=9)
    assert await fire(desk) == 0
    assert await of_kind(kept, "warned", "escalated") == await of_kind(paused, "warned", "escalated") == []


async def test_what_an_escalation_changes_promises_nothing_else(desk: TestDesk) -> None:
    """High priority has a shorter target for the solution; it must not be broken by the first answer's escalation."""
    case = await open_case(desk)
    solution = (await clock_of(case, Kind.RESOLUTION)).due_at
    desk.clock.advance(hours=4)
    await fire(desk)
    assert (await clock_of(case, Kind.RESOLUTION)).due_at == solution
    await change(desk, case, priority="normal")
    await fire(desk)
    assert len(await of_kind(case, "escalated")) == 1, "still the same broken promise"


async def test_after_a_day_switched_off_all_steps_come_late_and_in_order(desk: TestDesk) -> None:
    await set_policy(
        desk,
        {"id": "early", "offset_seconds": -7200, "kind": "first_response"},
        {"id": "late", "offset_seconds": -60, "kind": "first_response"},
        {"id": "after", "offset_seconds": 3600, "kind": "first_response", "actions": [{"what": "tag", "tag": "late"}]},
        {"id": "solution", "offset_seconds": -13 * 3600, "kind": "resolution"},
    )
    cases = [await open_case(desk) for _ in range(3)]
    desk.clock.advance(days=1)
    await fire(desk)
    for case in cases:
        taken = [str(entry.data["step"]) for entry in await of_kind(case, "warned", "escalated")]
        assert taken == ["early", "solution", "late", "breach", "after"]
        assert (await Case.get(id=case.id)).tags == ["late"]


async def test_two_workers_at_once_take_each_step_once(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(12)]
    desk.clock.advance(hours=4)
    workers = [Timers(ClockTimers(), StepTaker(desk.desk.bus), now=desk.clock, batch=3) for _ in range(3)]
    while sum(await asyncio.gather(*(one.fire_due() for one in workers))):
        pass
    for case in cases:
        assert await kinds(case) == ["opened", "warned", "escalated", "queue_changed", "priority_changed"]


async def test_a_worker_that_dies_between_claim_and_done_delays_and_loses_nothing(desk: TestDesk) -> None:
    case = await open_case(desk)
    desk.clock.advance(hours=3, minutes=30)
    (lost,) = await ClockTimers().claim(desk.clock.now, 10, LEASE)
    assert await fire(desk) == 0, "the dead one holds it"
    assert await ClockTimers().next_due() == desk.clock.now + LEASE
    desk.clock.advance(seconds=60)
    assert await fire(desk) == 1
    await StepTaker(desk.desk.bus)(lost, desk.clock.now)
    await ClockTimers().done(lost)
    assert await kinds(case) == ["opened", "warned"], "and when it wakes up after all, it comes too late"
    assert (await clock_of(case)).wake_at == case.opened_at + timedelta(hours=4)


async def test_a_step_that_fails_happens_whole_or_not_at_all(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await open_case(desk)
    desk.clock.advance(hours=4)
    real = timers.carry_out

    async def broken(*given: Any) -> None:
        await real(*given)
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(timers, "carry_out", broken)
    failing = worker(desk)
    assert await failing.fire_due() == 1
    assert await kinds(case) == ["opened"]
    monkeypatch.setattr(timers, "carry_out", real)
    assert await fire(desk) == 0, "it rests a second before it is tried again"
    desk.clock.advance(seconds=1)
    await fire(desk)
    assert await kinds(case) == ["opened", "warned", "escalated", "queue_changed", "priority_changed"]


async def test_an_answer_between_claim_and_step_wins(desk: TestDesk) -> None:
    case = await open_case(desk)
    desk.clock.advance(hours=4)
    (claim,) = await ClockTimers().claim(desk.clock.now, 10, LEASE)
    await reply(desk, case, "maria")
    await StepTaker(desk.desk.bus)(claim, desk.clock.now)
    await ClockTimers().done(claim)
    assert await of_kind(case, "warned", "escalated") == []
    assert (await clock_of(case)).phase == "met"
    solution = await clock_of(case, Kind.RESOLUTION)
    assert (solution.wake_at or desk.clock()) > desk.clock(), "the steps of the solution are still to come"


async def test_steps_do_what_they_say(desk: TestDesk) -> None:
    billing = await Queue.create(name="Billing", created_at=desk.clock.now)
    tomas = desk.people["tomas"]
    actions = [
        {"what": "move_to_queue", "queue": billing.id},
        {"what": "raise_priority", "to": "urgent"},
        {"what": "assign", "to": f"user:{tomas.id}"},
        {"what": "tag", "tag": "broken"},
        {"what": "notify", "whom": ["owner"]},
    ]
    await set_policy(desk, {"id": "all", "offset_seconds": 0, "kind": "first_response", "actions": actions})
    case = await open_case(desk)
    desk.clock.advance(hours=4)
    await fire(desk)
    row = await Case.get(id=case.id)
    assert (row.queue_id, row.priority, row.owner_id, row.tags) == (billing.id, 4, tomas.id, ["broken"])
    assert await told(desk, "escalated") == {"tomas"}


async def test_what_a_step_names_and_is_gone_is_left_out(desk: TestDesk) -> None:
    actions = [
        {"what": "move_to_queue", "queue": 999_999},
        {"what": "assign", "to": "user:999999"},
        {"what": "notify", "whom": ["owner", "team"]},
    ]
    await set_policy(desk, {"id": "all", "offset_seconds": 0, "actions": actions})
    case = await open_case(desk)
    desk.clock.advance(hours=4)
    await fire(desk)
    assert await kinds(case) == ["opened", "escalated"]
    assert await told(desk, "escalated") == {"helmi", "olga"}, "nobody owns it and no team works there: the leads"


async def test_a_policy_without_steps_has_the_usual_ones_at_the_breach(desk: TestDesk) -> None:
    await set_policy(desk)
    await Queue.filter(name="Support").update(team_id=(await Team.get(name="Support")).id)
    case = await open_case(desk)
    desk.clock.advance(hours=4)
    await fire(desk)
    assert await kinds(case) == ["opened", "escalated", "queue_changed", "priority_changed"]
    assert await told(desk, "escalated") == {"olga", "maria", "tomas"}, "the team that the case comes from"


async def test_a_case_that_was_reopened_late_is_escalated_again(desk: TestDesk) -> None:
    await set_policy(desk, targets=[{"kind": "resolution", "seconds": 3600}])
    case = await open_case(desk)
    desk.clock.advance(hours=2)
    await fire(desk)
    await change(desk, case, status="resolved")
    assert await CaseClock.filter(case_id=case.id, wake_at__not_isnull=True).count() == 0
    await change(desk, case, status="open")
    await fire(desk)
    assert len(await of_kind(case, "escalated")) == 2


async def test_history_is_caught_up_at_its_own_moments(desk: TestDesk) -> None:
    case = await open_case(desk)
    desk.clock.advance(days=2)
    await StepTaker(desk.desk.bus).catch_up(case.id, desk.clock.now)
    moments = [entry.created_at - case.opened_at for entry in await of_kind(case, "warned", "escalated")]
    assert moments[:2] == [timedelta(hours=3, minutes=30), timedelta(hours=4)]


async def test_the_running_loop_is_woken_by_a_commit_and_ends_in_order(database: str, tmp_path: Path) -> None:
    async with running_desk(database, tmp_path, roles="web,timers") as desk:
        first = await open_case(desk)
        desk.clock.advance(hours=4)
        await open_case(desk, "aino")  # moves a timer, so the loop looks again

        async def escalated() -> bool:
            return bool(await of_kind(first, "escalated"))

        await until(escalated, seconds=5, what="the escalation")
