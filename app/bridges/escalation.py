"""Due steps → the case: what a step of a policy says is done through the actions that people use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.bridges.webhooks import store_call
from app.cases import actions
from app.cases.models import Case
from app.cases.rules import PRIORITIES, PRIORITY_NAMES, PriorityName, display_number
from app.database import Work
from app.notifications.actions import notify
from app.people.models import TeamMember, User
from app.people.rights import SYSTEM
from app.queues.models import Queue
from app.service_levels import rules
from app.service_levels.promises import DueSteps
from sla import Action, Calendar, Clock, What


@dataclass(slots=True)
class Plan:
    """What several steps at one moment ask for together."""

    broken: bool
    queue: str | int | None = None
    priority: int = 0
    owner: int | None = None
    tags: list[str] = field(default_factory=list)
    whom: list[str] = field(default_factory=list)
    urls: list[tuple[str, str]] = field(default_factory=list)
    """Ids of steps, each with the address that it calls."""

    @classmethod
    def of(cls, due: DueSteps, priority: int) -> Plan:
        plan = cls(broken=any(step.offset_seconds >= 0 for step in due.steps), priority=priority)
        for step in due.steps:
            for action in step.actions:
                plan._add(step.id, action)
        return plan

    @property
    def unusual(self) -> bool:
        """Whether it asks for more than an entry, another queue, a priority and words to people."""
        return bool(self.tags or self.urls or self.owner is not None)

    def target_of(self, here: Queue, queues: Mapping[int, Queue]) -> Queue | None:
        """The queue to move to, None where it stays, or where the queue that was named is no longer there."""
        if self.queue is None:
            return None
        wanted = here.escalation_queue_id if self.queue == "escalation" else rules.number(self.queue)
        found = queues.get(wanted or 0)
        return None if found is None or found.id == here.id or found.archived else found

    def _add(self, step_id: str, action: Action) -> None:
        given = action.arguments
        match action.what:
            case What.RAISE_PRIORITY:
                wanted = PRIORITIES.get(given.get("to", ""), 0) or self.priority + int(given.get("levels", 1))
                self.priority = max(self.priority, min(wanted, PRIORITIES["urgent"]))
            case What.MOVE_TO_QUEUE:
                self.queue = given["queue"]
            case What.NOTIFY:
                self.whom.extend(given["whom"])
            case What.ASSIGN:
                self.owner = rules.user_named(given["to"])
            case What.TAG:
                self.tags.append(str(given["tag"]))
            case What.WEBHOOK:
                self.urls.append((step_id, str(action.arguments["url"])))
            case _:
                pass


async def carry_out(work: Work, case: Case, due: DueSteps, calendar: Calendar) -> None:
    """Do what the steps say and write down why. What no longer exists (a queue, a user) is left out, not failed at."""
    plan, clock = Plan.of(due, case.priority), due.clock
    queues = {queue.id: queue for queue in await Queue.all()}
    target = plan.target_of(queues[case.queue_id], queues)
    queue_id = None if target is None else target.id
    data = reason_data(due, calendar, plan)
    priority: PriorityName | None = PRIORITY_NAMES[plan.priority] if plan.priority != case.priority else None
    if plan.broken or queue_id is not None or priority is not None:
        await actions.escalate(
            work,
            by=SYSTEM,
            case_id=case.id,
            reason=str(data["reason"]),
            to_escalation_queue=False,
            queue_id=queue_id,
            raise_priority=False,
            priority=priority,
            data=data,
        )
    else:
        await actions.record(work, by=SYSTEM, case_id=case.id, kind="warned", data=data)
    owner_id = await _set_rest(work, case, plan)
    people = await People.look(queues)
    users = people.named(plan.whom, owner_id, [queue_id, case.queue_id])
    told = {"number": display_number(case.number), "subject": case.subject, **data}
    notify(work, users=users, kind="escalated" if plan.broken else "warning", case_id=case.id, data=told)
    for number, (step_id, url) in enumerate(plan.urls):
        await store_call(
            work,
            event_id=_event_id(case.id, clock, step_id, number),
            case_id=case.id,
            url=url,
            what={"event": "promise_broken" if plan.broken else "promise_due_soon", "case_id": case.id, **told},
        )


def reason_data(due: DueSteps, calendar: Calendar, plan: Plan) -> dict[str, Any]:
    """What the entry says of why it happened."""
    moment = due.clock.due_at or due.moment
    return {
        "reason": rules.reason_for(due.clock.kind, calendar.local(moment), broken=plan.broken),
        "clock": str(due.clock.kind),
        "due_at": moment.isoformat().replace("+00:00", "Z"),
        "step": due.steps[-1].id,
    }


def _event_id(case_id: int, clock: Clock, step_id: str, number: int) -> str:
    """The same for one step of one promise however often it is asked for."""
    name = f"{case_id}:{clock.kind}:{clock.generation}:{step_id}:{number}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]


async def _set_rest(work: Work, case: Case, plan: Plan) -> int | None:
    """Tags and owner; answers who owns the case now."""
    if plan.tags:
        await actions.change(
            work, by=SYSTEM, case_id=case.id, owner_id=actions.KEEP, tags=list(dict.fromkeys([*case.tags, *plan.tags]))
        )
    if plan.owner is not None and await User.exists(id=plan.owner, active=True, contact_id=None):
        await actions.change(work, by=SYSTEM, case_id=case.id, owner_id=plan.owner)
        return plan.owner
    return case.owner_id


@dataclass(frozen=True, slots=True)
class People:
    """Who is told of steps: teams by queue and by id, and who leads; looked up once for many cases."""

    teams: Mapping[int, frozenset[int]]
    team_of_queue: Mapping[int, int]
    leads: frozenset[int]
    last_resort: frozenset[int]

    @classmethod
    async def look(cls, queues: Mapping[int, Queue]) -> People:
        members: dict[int, set[int]] = {}
        for row in await TeamMember.all().values("team_id", "user_id"):
            members.setdefault(row["team_id"], set()).add(row["user_id"])
        roles = await User.filter(active=True, role__in=("team_lead", "administrator")).values("id", "role")
        return cls(
            teams={team: frozenset(users) for team, users in members.items()},
            team_of_queue={queue.id: queue.team_id for queue in queues.values() if queue.team_id is not None},
            leads=frozenset(row["id"] for row in roles if row["role"] == "team_lead"),
            last_resort=frozenset(row["id"] for row in roles),
        )

    def named(self, whom: Iterable[str], owner_id: int | None, queues: Sequence[int | None]) -> set[int]:
        """Ids of those to tell: of the owner, the team and its leads, in the first of `queues` that has a team.

        Where that is nobody, it is the desk's leads and administrators: a broken promise must reach somebody.
        """
        wanted = set(whom)
        if not wanted:
            return set()
        people = {one for name in wanted if (one := rules.user_named(name)) is not None}
        if "owner" in wanted and owner_id is not None:
            people.add(owner_id)
        team = next((self.team_of_queue[one] for one in queues if one is not None and one in self.team_of_queue), None)
        members = self.teams.get(team, frozenset()) if team is not None else frozenset()
        if "team" in wanted:
            people |= members
        for name in wanted:
            team_id = rules.number(name.removeprefix("team:")) if name.startswith("team:") else None
            if team_id is not None:
                people |= self.teams.get(team_id, frozenset())
        if "lead" in wanted:
            people |= (self.leads & members) or self.leads
        return people or set(self.last_resort)
