"""Who may be given which case, and who of several is next. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LEASE = timedelta(minutes=5)
"""How long a case that was pulled stays with its agent without a sign of life of the screen."""
PRESENT = timedelta(seconds=60)
"""How long somebody counts as present after a screen of theirs was last seen open."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What decides who may be given a case."""

    user_id: int
    name: str
    teams: frozenset[int]
    on_duty: bool
    present: bool
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    capacity: int | None = None
    open_cases: int = 0
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A queue as far as it decides who works in it."""

    queue_id: int
    name: str
    team_id: int | None
    skills: frozenset[str] = frozenset()
    capacity: int = 0
    assigning: str = "manual"


def works_in(agent: Agent, place: Place) -> bool:
    """Whether the agent's team and skills are those of the queue."""
    return (place.team_id is None or place.team_id in agent.teams) and place.skills <= agent.skills


def speaks(agent: Agent, language: str) -> bool:
    return not agent.languages or language in agent.languages


def has_room(agent: Agent, place: Place) -> bool:
    """Whether one case more is within what the agent, or else the queue, says."""
    limit = agent.capacity if agent.capacity is not None else (place.capacity or None)
    return limit is None or agent.open_cases < limit


def may_be_given(agent: Agent, place: Place, language: str) -> bool:
    """Whether this queue may give this agent a case in this language by itself, now."""
    ready = agent.on_duty and agent.present
    return ready and works_in(agent, place) and speaks(agent, language) and has_room(agent, place)


def next_agent(agents: Iterable[Agent], place: Place, language: str, *, not_to: Collection[int] = ()) -> Agent | None:
    """Who is given the next case: who has waited longest (round robin), or who has fewest cases (least loaded)."""
    ready = [one for one in agents if one.user_id not in not_to and may_be_given(one, place, language)]
    if place.assigning == "round_robin":
        return min(ready, key=lambda one: (one.given_at or LONG_AGO, one.user_id), default=None)
    if place.assigning == "least_loaded":
        return min(ready, key=lambda one: (one.open_cases, one.given_at or LONG_AGO, one.user_id), default=None)
    return None
