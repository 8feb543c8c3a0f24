"""Asking for a simulation, and calling it off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.database import Work
from app.errors import Conflict, Invalid, NotFound
from app.people.rights import Actor
from app.service_levels.actions.calendars import Holidays, effective, hours_of
from app.service_levels.actions.policies import terms_of
from app.service_levels.models import Calendar, CalendarFeed, Policy, Simulation
from sla import calendar_to_json

MOST_WAITING = 5  # simulations that are asked for and not done


async def ask_for_simulation(
    work: Work,
    *,
    days: int,
    name: str,
    policy_id: int | None,
    policy: Mapping[str, Any] | None,
    calendar_id: int,
    calendar: Mapping[str, Any] | None,
    holidays: Holidays,
    by: Actor,
) -> Simulation:
    """Check the draft and put it into the line; a worker takes it from there. Raises Invalid, Conflict."""
    if policy is None and calendar is None:
        raise Invalid("Give a draft of a policy or of a calendar.", field="policy")
    stored = await Calendar.get_or_none(id=calendar_id)
    if stored is None:
        raise Invalid("There is no such calendar.", field="calendar_id")
    if policy_id is not None and not await Policy.exists(id=policy_id):
        raise Invalid("There is no such policy.", field="policy_id")
    hours: dict[str, Any] | None = stored.whole if policy is not None else None
    if calendar is not None:
        plain = calendar_to_json(hours_of(calendar))
        feeds = await CalendarFeed.filter(calendar_id=calendar_id).order_by("id")
        hours = await effective(plain, holidays, [feed.text for feed in feeds], work.now) or plain
    if await Simulation.filter(state__in=("waiting", "running")).count() >= MOST_WAITING:
        raise Conflict(f"There are {MOST_WAITING} simulations under way already; wait for one or cancel it.")
    draft = {
        "name": name or stored.name,
        "policy_id": policy_id,
        "policy": None if policy is None else terms_of(policy),
        "calendar_id": calendar_id,
        "calendar": hours,
    }
    return await Simulation.create(draft=draft, days=days, created_at=work.now, seen_at=work.now, by_name=by.name)


async def cancel_simulation(work: Work, *, simulation_id: int) -> Simulation:
    """The worker finds out at its next batch. What is finished stays as it is."""
    if not await Simulation.exists(id=simulation_id):
        raise NotFound("There is no such simulation.")
    await Simulation.filter(id=simulation_id, state__in=("waiting", "running")).update(
        state="cancelled", finished_at=work.now
    )
    return await Simulation.get(id=simulation_id)
