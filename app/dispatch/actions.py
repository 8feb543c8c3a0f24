"""What dispatch does: the next case with its lease, cases put off, sent back, assigned; who is on duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.cases import work as casework
from app.cases.events import CaseState
from app.cases.models import Case, Entry
from app.cases.rules import PRIORITY_NAMES
from app.database import Work
from app.dispatch import queries
from app.dispatch.events import AgentReady, CaseTimersMoved
from app.dispatch.models import AgentState, CaseTimer
from app.dispatch.rules import LEASE, Agent, next_agent, speaks, works_in
from app.dispatch.timer_store import set_timer, stop_timer
from app.errors import Conflict, NotFound
from app.people.models import Account
from app.people.rights import SYSTEM, Actor, Person
from app.queues.models import Queue
from app.service_levels.models import Calendar
from sla import calendar_from_json

FILLED_AT_ONCE = 50  # cases that are assigned in one go when somebody comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """The case that somebody is to work on now, until when it is kept for them, and why this one."""

    case_id: int
    until: datetime
    again: bool
    why: dict[str, Any]


async def take_next(work: Work, person: Person) -> Pulled | None:
    """The first case that this person may be offered, made theirs; None when there is none.

    Who still holds one from before gets that one again. Two people never get the same case: the database lends it to
    one of them, and the other is given the next.
    """
    await state_of(person.user_id or 0)
    (agent,) = await queries.agents(work.now, user_ids=[person.user_id or 0], locked=True)
    if held := await CaseTimer.filter(user_id=agent.user_id, kind="lease", wake_at__gt=work.now).first():
        case = await Case.get(id=held.case_id)
        return Pulled(case_id=case.id, until=held.wake_at or work.now, again=True, why=await _why(case, agent))
    offered = [place for place in await queries.places() if works_in(agent, place)]
    heads = [(head, place) for place in offered if (head := await queries.first_free(place, agent)) is not None]
    for _, place in sorted(heads, key=lambda one: one[0]):
        found = await queries.first_free(place, agent, lock=True)
        if found is not None:
            return await _lend(work, agent, Actor.of(person), found[1])
    return None


async def _lend(work: Work, agent: Agent, by: Actor, case_id: int) -> Pulled:
    why = await _why(await Case.get(id=case_id), agent)
    await casework.give(work, by=by, case_id=case_id, owner_id=agent.user_id, how="next", why=why)
    until = work.now + LEASE
    await set_timer(case_id, "lease", until, user_id=agent.user_id)
    await AgentState.filter(user_id=agent.user_id).update(given_at=work.now)
    work.record(CaseTimersMoved())
    return Pulled(case_id=case_id, until=until, again=False, why=why)


async def _why(case: Case, agent: Agent) -> dict[str, Any]:
    """What put this case first, as plain values that a screen turns into a sentence."""

    def told(moment: datetime | None) -> str | None:
        return None if moment is None else moment.isoformat().replace("+00:00", "Z")

    queue = await Queue.get(id=case.queue_id)
    counted = case.account_id is not None and queue.class_minutes
    account = await Account.get(id=case.account_id) if counted else None
    escalated = Case.filter(contact_id=case.contact_id, escalated_at__isnull=False)
    return {
        "queue": queue.name,
        "priority": PRIORITY_NAMES[case.priority],
        "due_at": told(case.next_due_at),
        "waiting_since": told(case.waiting_since),
        "language": case.language if agent.languages and speaks(agent, case.language) else None,
        "service_class": account.service_class if account else 0,
        "let_down": bool(queue.history_minutes) and await escalated.exists(),
    }


async def keep_lease(work: Work, person: Person, case_id: int) -> datetime:
    """A sign of life: the lease begins anew. Raises Conflict when it has ended meanwhile."""
    until = work.now + LEASE
    kept = await CaseTimer.filter(case_id=case_id, kind="lease", user_id=person.user_id, wake_at__gt=work.now).update(
        wake_at=until, claim_at=until
    )
    if not kept:
        raise Conflict("This case is not kept for you any more: you have settled it, or it went back to its queue.")
    return until


async def lease_of(case_id: int, user_id: int, now: datetime) -> tuple[datetime | None, dict[str, Any] | None]:
    """Until when a case is kept for somebody, and why it was their next one by its entry; None if it is not."""
    row = await CaseTimer.filter(case_id=case_id, kind="lease", user_id=user_id, wake_at__gt=now).first()
    if row is None:
        return None, None
    given = await Entry.filter(case_id=case_id, kind="owner_changed").order_by("-position").first()
    why = given.data.get("why") if given else None
    return row.wake_at, why if isinstance(why, dict) else None


async def send_back(work: Work, person: Person, case_id: int, *, reason: str, queue_id: int | None) -> None:
    """Give a case back to its queue, or to another one, with a reason that the entry keeps."""
    await stop_timer(case_id, "lease")
    await casework.send_back(
        work, by=Actor.of(person), case_id=case_id, because="released", reason=reason, queue_id=queue_id
    )


async def assign(work: Work, case_id: int, *, not_to: int | None = None) -> bool:
    """Give a case that nobody has to whom its queue says; answers whether there was somebody."""
    case = await Case.get(id=case_id)
    queue = await Queue.get(id=case.queue_id)
    if queue.assigning == "manual" or case.owner_id is not None or case.category not in queries.PULLED or case.shelf:
        return False
    if (opens := await opening(queue, work.now)) is not None:
        await set_timer(case_id, "assign", opens)
        work.record(CaseTimersMoved())
        return False
    place = queries.place_of(queue)
    agents = await queries.agents(work.now, locked=True)
    chosen = next_agent(agents, place, case.language, not_to=() if not_to is None else (not_to,))
    if chosen is None:
        return False
    how: casework.GivenBy = "round_robin" if place.assigning == "round_robin" else "least_loaded"
    why = {"queue": queue.name, "open_cases": chosen.open_cases}
    await casework.give(work, by=SYSTEM, case_id=case_id, owner_id=chosen.user_id, how=how, why=why)
    await AgentState.filter(user_id=chosen.user_id).update(given_at=work.now)
    return True


async def opening(queue: Queue, now: datetime) -> datetime | None:
    """When the queue's hours begin; None where they have begun, or there are none."""
    row = None if queue.calendar_id is None else await Calendar.get_or_none(id=queue.calendar_id)
    if row is None:
        return None
    hours = calendar_from_json(row.definition)
    if hours.never_opens or hours.is_open(now):
        return None
    return hours.add(now, 1)


async def watch_silence(case: CaseState, since: datetime) -> bool:
    """Set when a case goes back to its queue if its owner stays silent; answers whether the queue asks for it."""
    queue = await Queue.get(id=case.queue_id)
    if queue.silent_minutes is None:
        return False
    row = None if queue.calendar_id is None else await Calendar.get_or_none(id=queue.calendar_id)
    hours = calendar_from_json(row.definition) if row is not None else None
    seconds = queue.silent_minutes * 60
    until = since + timedelta(seconds=seconds)
    if hours is not None and not hours.never_opens:
        until = hours.add(since, seconds)
    await set_timer(case.case_id, "silence", until, user_id=case.owner_id)
    return True


async def waiting_for(user_id: int, now: datetime) -> list[int]:
    """Cases that wait for somebody to come, in their order, and that this agent may now be given."""
    agent = next(iter(await queries.agents(now, user_ids=[user_id])), None)
    if agent is None or not (agent.on_duty and agent.present):
        return []
    found = [
        case
        for place in await queries.places(assigning=True)
        if works_in(agent, place)
        for case in await queries.free_cases(place, agent, limit=FILLED_AT_ONCE)
    ]
    return [case_id for _, case_id in sorted(found)[:FILLED_AT_ONCE]]


async def state_of(user_id: int) -> AgentState:
    row, _ = await AgentState.get_or_create(user_id=user_id)
    return row


async def change_state(work: Work, user_id: int, **columns: Any) -> AgentState:
    """Duty, languages, skills, capacity. Who comes on duty may be given what has waited. Raises NotFound."""
    state = await state_of(user_id)
    if columns:
        await AgentState.filter(id=state.id).update(**columns)
        work.record(AgentReady(user_id))
    found = await AgentState.get_or_none(id=state.id)
    if found is None:
        raise NotFound("There is no such agent.")
    return found
