"""Reading for dispatch: agents as they are now, and the first case of each queue that may be pulled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.cases.queries import Filter
from app.database import fetch_rows, is_sqlite
from app.dispatch.models import AgentState
from app.dispatch.rules import PRESENT, Agent, Place
from app.people.models import TeamMember, User
from app.people.rights import STAFF_ROLES
from app.queues.models import Queue

PULLED = ("new", "open")
"""Categories in which a case waits for somebody of the desk."""


async def agents(now: datetime, *, user_ids: Sequence[int] | None = None, locked: bool = False) -> list[Agent]:
    """Active staff as they are now. `locked` holds their states, so that two assignments see each other's."""
    users = User.filter(active=True, role__in=STAFF_ROLES)
    if user_ids is not None:
        users = users.filter(id__in=list(user_ids))
    found = await users.order_by("id")
    asked = AgentState.filter(user_id__in=[user.id for user in found]).order_by("user_id")
    states = {row.user_id: row for row in await (asked.select_for_update() if locked else asked)}
    teams: dict[int, set[int]] = {}
    for member in await TeamMember.filter(user_id__in=[user.id for user in found]):
        teams.setdefault(member.user_id, set()).add(member.team_id)
    held = await _open_cases([user.id for user in found])
    return [
        _agent(user, states.get(user.id), frozenset(teams.get(user.id, ())), held.get(user.id, 0), now)
        for user in found
    ]


def _agent(user: User, state: AgentState | None, teams: frozenset[int], open_cases: int, now: datetime) -> Agent:
    seen = state.present_at if state else None
    return Agent(
        user_id=user.id,
        name=user.name,
        teams=teams,
        on_duty=state is None or state.on_duty,
        present=seen is not None and now - seen <= PRESENT,
        languages=frozenset(state.languages if state else ()),
        skills=frozenset(state.skills if state else ()),
        capacity=state.capacity if state else None,
        open_cases=open_cases,
        given_at=state.given_at if state else None,
    )


async def _open_cases(user_ids: Sequence[int]) -> dict[int, int]:
    if not user_ids:
        return {}
    chosen = Filter()
    chosen.among("owner_id", list(user_ids))
    chosen.among("category", PULLED)
    query = f"SELECT owner_id, COUNT(*) AS n FROM desk_case WHERE shelf = 0 AND {chosen} GROUP BY owner_id"
    return {row["owner_id"]: row["n"] for row in await fetch_rows(query, *chosen.values)}


def place_of(queue: Queue) -> Place:
    return Place(
        queue_id=queue.id,
        name=queue.name,
        team_id=queue.team_id,
        skills=frozenset(queue.skills or ()),
        capacity=queue.capacity,
        assigning=queue.assigning,
    )


async def places(*, assigning: bool = False) -> list[Place]:
    """Queues in which people work; with `assigning` those that give cases by themselves."""
    queues = Queue.filter(archived=False).exclude(purpose="spam")
    if assigning:
        queues = queues.exclude(assigning="manual")
    return [place_of(queue) for queue in await queues.order_by("sort", "id")]


async def first_free(place: Place, agent: Agent | None, *, lock: bool = False) -> tuple[int, int] | None:
    """(rank, id) of the first case of a queue that nobody has and this agent (None: anybody) may be offered.

    With `lock` it is held until the transaction ends, and cases that others hold are passed over.
    """
    found = await free_cases(place, agent, limit=1, lock=lock)
    return found[0] if found else None


async def free_cases(place: Place, agent: Agent | None, *, limit: int, lock: bool = False) -> list[tuple[int, int]]:
    chosen = Filter()
    chosen.add(f"queue_id = {chosen.value(place.queue_id)} AND shelf = 0 AND owner_id IS NULL")
    chosen.among("category", PULLED)
    if agent is not None and agent.languages:
        chosen.among("language", sorted(agent.languages))
    held = "FOR UPDATE SKIP LOCKED" if lock and not is_sqlite() else ""
    query = f"SELECT work_rank, id FROM desk_case WHERE {chosen} ORDER BY work_rank, id LIMIT {int(limit)} {held}"
    return [(row["work_rank"], row["id"]) for row in await fetch_rows(query, *chosen.values)]
