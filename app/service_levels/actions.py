"""The only writer of calendars and policies: each change makes a new version, and promises keep theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from app.cases.rules import PRIORITIES
from app.database import Work
from app.errors import Invalid, NotFound
from app.people.rules import clean_line
from app.service_levels.models import Calendar, Policy, PolicyVersion
from app.service_levels.rules import CANNOT_YET
from sla import Calendar as Hours
from sla import (
    CalendarError,
    PolicyError,
    SlaError,
    calendar_from_json,
    calendar_to_json,
    policy_from_json,
    policy_to_json,
)

MAX_NAME = 120  # characters; the width of the column
MAX_SORT = 1_000_000
MAX_PARTS = 200  # targets or steps of one policy; beyond that nobody can say what was promised
MAX_DAYS = 4000  # holidays, shifts or breaks: each day is looked at when the calendar is compiled
OWN = ("key", "name", "calendar", "version")
"""Parts of a policy that have columns of their own."""


async def create_calendar(work: Work, *, name: str, definition: Mapping[str, Any]) -> Calendar:
    """Raises Invalid that names the field of the definition which is wrong."""
    return await Calendar.create(
        name=await _free_name(Calendar, name, None),
        definition=calendar_to_json(hours_of(definition)),
        updated_at=work.now,
    )


async def change_calendar(
    work: Work,
    *,
    calendar_id: int,
    name: str | UnsetType = UNSET,
    definition: Mapping[str, Any] | UnsetType = UNSET,
) -> Calendar:
    """Change what is given. Other hours are another version of the calendar and of each policy that counts by it."""
    calendar = await Calendar.filter(id=calendar_id).select_for_update().first()
    if calendar is None:
        raise NotFound("There is no such calendar.")
    if not isinstance(name, UnsetType):
        calendar.name = await _free_name(Calendar, name, calendar.id)
    changed = False
    if not isinstance(definition, UnsetType):
        plain = calendar_to_json(hours_of(definition))
        changed = plain != calendar.definition
        calendar.definition = plain
    if changed:
        calendar.version += 1
    calendar.updated_at = work.now
    await calendar.save()
    if changed:
        for policy in await Policy.filter(calendar_id=calendar.id).order_by("id").select_for_update():
            policy.version += 1
            await policy.save()
            await _keep_version(work, policy, calendar)
    return calendar


async def create_policy(
    work: Work, *, name: str, calendar_id: int, definition: Mapping[str, Any], sort: int = 0, active: bool = True
) -> Policy:
    """Raises Invalid that names the field of the definition which is wrong."""
    calendar = await _calendar(calendar_id)
    policy = Policy(
        name=await _free_name(Policy, name, None),
        calendar_id=calendar.id,
        definition=terms_of(definition),
        sort=_sort(sort),
        active=active,
        updated_at=work.now,
    )
    await policy.save()
    await _keep_version(work, policy, calendar)
    return policy


async def change_policy(
    work: Work,
    *,
    policy_id: int,
    name: str | UnsetType = UNSET,
    calendar_id: int | UnsetType = UNSET,
    definition: Mapping[str, Any] | UnsetType = UNSET,
    sort: int | UnsetType = UNSET,
    active: bool | UnsetType = UNSET,
) -> Policy:
    """Change what is given. What alters a promise makes a new version; cases that are open keep theirs."""
    policy = await Policy.filter(id=policy_id).select_for_update().first()
    if policy is None:
        raise NotFound("There is no such policy.")
    before = (policy.name, policy.calendar_id, policy.definition)
    if not isinstance(name, UnsetType):
        policy.name = await _free_name(Policy, name, policy.id)
    if not isinstance(calendar_id, UnsetType):
        policy.calendar_id = (await _calendar(calendar_id)).id
    if not isinstance(definition, UnsetType):
        policy.definition = terms_of(definition)
    if not isinstance(sort, UnsetType):
        policy.sort = _sort(sort)
    if not isinstance(active, UnsetType):
        policy.active = active
    changed = before != (policy.name, policy.calendar_id, policy.definition)
    if changed:
        policy.version += 1
    policy.updated_at = work.now
    await policy.save()
    if changed:
        await _keep_version(work, policy, await _calendar(policy.calendar_id))
    return policy


def hours_of(definition: Mapping[str, Any]) -> Hours:
    """A calendar from what was sent. Raises Invalid with the field as `definition.…`."""
    for name in ("holidays", "shifts", "breaks"):
        if isinstance(definition.get(name), list | dict) and len(definition[name]) > MAX_DAYS:
            raise Invalid(f"At most {MAX_DAYS} days, please.", field=f"definition.{name}")
    try:
        return calendar_from_json(definition)
    except CalendarError as error:
        raise _told(error) from error


def terms_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A policy's definition in its uniform shape. Raises Invalid with the field as `definition.…`."""
    for name in ("targets", "steps"):
        if isinstance(definition.get(name), list) and len(definition[name]) > MAX_PARTS:
            raise Invalid(f"At most {MAX_PARTS}, please.", field=f"definition.{name}")
    for name in OWN:
        if name in definition:
            raise Invalid("This stands beside the definition, not in it.", field=f"definition.{name}")
    try:
        policy = policy_from_json({**definition, "key": "new", "name": "new", "calendar": "new"})
        for index, step in enumerate(policy.steps):
            _check_actions(step.actions, f"definition.steps[{index}].actions")
    except PolicyError as error:
        raise _told(error) from error
    return {name: value for name, value in policy_to_json(policy).items() if name not in OWN}


def _check_actions(actions: Any, field: str) -> None:
    for index, action in enumerate(actions):
        if action.what in CANNOT_YET:
            raise Invalid(f"This desk cannot do that yet: {action.what}.", field=f"{field}[{index}].what")
        if action.what == "notify" and not isinstance(action.arguments["whom"], list):
            raise Invalid("Give a list, such as owner, team, lead.", field=f"{field}[{index}].whom")
        if action.what == "raise_priority" and action.arguments.get("to", "urgent") not in list(PRIORITIES):
            raise Invalid(f"Use one of {', '.join(PRIORITIES)}.", field=f"{field}[{index}].to")
        levels = action.arguments.get("levels", 1)
        if action.what == "raise_priority" and (isinstance(levels, bool) or not isinstance(levels, int)):
            raise Invalid("Say by how many levels, as a number.", field=f"{field}[{index}].levels")


def _told(error: SlaError) -> Invalid:
    field = "definition" if not error.field else f"definition.{error.field}"
    return Invalid(error.message[:1].upper() + error.message[1:], field=field, data={"reason": error.code})


async def _keep_version(work: Work, policy: Policy, calendar: Calendar) -> None:
    whole = {
        **policy.definition,
        "key": str(policy.id),
        "name": policy.name,
        "calendar": str(calendar.id),
        "version": policy.version,
    }
    await PolicyVersion.create(
        policy_id=policy.id,
        version=policy.version,
        definition=whole,
        calendar=calendar.definition,
        created_at=work.now,
    )


async def _calendar(calendar_id: int) -> Calendar:
    calendar = await Calendar.get_or_none(id=calendar_id)
    if calendar is None:
        raise Invalid("There is no such calendar.", field="calendar_id")
    return calendar


async def _free_name(table: type[Calendar] | type[Policy], name: str, own: int | None) -> str:
    name = clean_line(name, field="name", limit=MAX_NAME)
    other = await table.get_or_none(name=name)
    if other is not None and other.id != own:
        raise Invalid("There is another one of this name.", field="name")
    return name


def _sort(sort: int) -> int:
    if abs(sort) > MAX_SORT:
        raise Invalid(f"The place in the list is a number up to {MAX_SORT}.", field="sort")
    return sort
