"""Many due clocks at once → escalation in bulk: what one by one would do, for the steps that most policies have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.bridges.escalation import People, Plan, reason_data
from app.bridges.notices import WATCHED_CASES
from app.bridges.push import PUSHED_USERS
from app.bridges.service_levels import TURNS_GATHERED, ClocksMoved, ClocksMovedTogether, StepsTaken, TimersMoved
from app.bulk import update_rows
from app.cases.models import Case
from app.cases.rules import display_number
from app.cases.together import Escalation, escalate_together, locked_cases
from app.database import Work, stored_json, unit_of_work
from app.events import Bus
from app.notifications.actions import Told, notify_together
from app.notifications.models import PushSubscription, Watch
from app.people.rights import SYSTEM
from app.queues.models import Queue
from app.service_levels.models import CaseClock
from app.service_levels.promises import DueSteps, Promises
from app.service_levels.queries import Versions, pins_of
from sla import Claim

_CLOCK = ("phase", "state", "due_at", "fired", "wake_at", "claim_at")


@dataclass(slots=True)
class _Taken:
    """One case with the steps that it takes now."""

    case: Case
    promises: Promises
    clock_id: int
    due: DueSteps | None
    plan: Plan


class StepsTogether:
    """Takes the earliest due steps of many cases in one transaction; what is unusual is left to be taken one by one.

    Unusual are steps with tags, owners and webhooks, cases that somebody is changing this moment, and second claims of
    one case: its later steps come after the earlier ones.
    """

    def __init__(self, bus: Bus, versions: Versions | None = None) -> None:
        self._bus = bus
        self._versions = versions or Versions()

    async def __call__(self, claims: Sequence[Claim], now: datetime) -> Collection[str]:
        first: dict[int, Claim] = {}
        for claim in claims:
            first.setdefault(int(claim.payload), claim)
        async with unit_of_work(self._bus, now=now) as work:
            taken = await self._taken(first, now)
            # Before the steps move the cases to other hands: these clocks belong to those they were in.
            passed = [ClocksMoved(one.case.id, tuple(one.promises.passed)) for one in taken]
            await work.tell_now(ClocksMovedTogether(tuple(passed)))
            await self._carry_out(work, [one for one in taken if one.due is not None])
            await self._store(work, taken)
        return {str(one.clock_id) for one in taken}

    async def _taken(self, first: dict[int, Claim], now: datetime) -> list[_Taken]:
        cases = await locked_cases(list(first))
        rows: dict[int, list[CaseClock]] = {case_id: [] for case_id in cases}
        for row in await CaseClock.filter(case_id__in=list(cases)):
            rows[row.case_id].append(row)
        pins = {case_id: pins_of(found) for case_id, found in rows.items() if found}
        versions = await self._versions.many(one[-1].version_id for one in pins.values())
        taken: list[_Taken] = []
        for case_id, pinned in pins.items():
            claim, case = first[case_id], cases[case_id]
            if not any(str(row.id) == claim.timer_id and row.claim_token == claim.token for row in rows[case_id]):
                continue
            promises = Promises(case_id, versions[pinned[-1].version_id], pinned, rows[case_id])
            promises.advance(now)
            due = promises.due_steps(now)
            plan = Plan(broken=False) if due is None else Plan.of(due, case.priority)
            if plan.unusual:
                continue
            if due is not None:
                promises.take(due)
            taken.append(_Taken(case, promises, int(claim.timer_id), due, plan))
        # In the order in which the steps were due, so that notifications tell a story.
        return sorted(taken, key=lambda one: (one.due.moment if one.due else now, one.case.id))

    async def _carry_out(self, work: Work, taken: Sequence[_Taken]) -> None:
        if not taken:
            return
        queues = {queue.id: queue for queue in await Queue.all()}
        people = await People.look(queues)
        escalations: list[Escalation] = []
        told: list[Told] = []
        for one in taken:
            assert one.due is not None  # only such cases are handed in
            target = one.plan.target_of(queues[one.case.queue_id], queues)
            data = reason_data(one.due, one.promises.version.calendar, one.plan)
            priority = one.plan.priority if one.plan.priority != one.case.priority else None
            changes = one.plan.broken or target is not None or priority is not None
            whom = people.named(
                one.plan.whom, one.case.owner_id, [None if target is None else target.id, one.case.queue_id]
            )
            escalations.append(
                Escalation(
                    case=one.case,
                    kind="escalated" if changes else "warned",
                    data=data,
                    queue=target,
                    priority=priority,
                )
            )
            words: dict[str, Any] = {
                "number": display_number(one.case.number),
                "subject": one.case.subject,
                **data,
            }
            kind = "escalated" if one.plan.broken else "warning"
            told += [Told(user_id=user, kind=kind, case_id=one.case.id, data=words) for user in sorted(whom)]
        watches = await Watch.filter(case_id__in=[one.case.id for one in taken]).values("case_id")
        work.memo[WATCHED_CASES] = frozenset(row["case_id"] for row in watches)
        browsers = await PushSubscription.filter(user_id__in={one.user_id for one in told}).values("user_id")
        work.memo[PUSHED_USERS] = frozenset(row["user_id"] for row in browsers)
        work.memo[TURNS_GATHERED] = []
        await escalate_together(work, escalations, by=SYSTEM)
        notify_together(work, told)
        work.record(StepsTaken())

    async def _store(self, work: Work, taken: Sequence[_Taken]) -> None:
        rows: list[list[Any]] = []
        moved = False
        dues: list[list[Any]] = []
        for one in taken:
            for row, new, changed in one.promises.changed_rows(anew=(one.clock_id,)):
                moved = moved or (new["wake_at"] is not None and "wake_at" in changed)
                rows.append(
                    [
                        new["phase"],
                        stored_json(new["state"]),
                        new["due_at"],
                        stored_json(new["fired"]),
                        new["wake_at"],
                        new["wake_at"],
                        row.id,
                    ]
                )
            if one.promises.next_due != one.promises.due_before:
                dues.append([one.promises.next_due, one.case.id])
        await update_rows(CaseClock, _CLOCK, rows, also={"claim_token": "t.claim_token + 1"})
        await update_rows(Case, ("next_due_at",), dues)
        if moved:
            work.record(TimersMoved())
