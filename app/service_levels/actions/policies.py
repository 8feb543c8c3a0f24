"""Policies: what is promised to whom, in versions; cases that are open keep the version of their promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from app.cases.conditions import FIELDS, check_questions
from app.cases.rules import PRIORITIES
from app.database import Work
from app.errors import Invalid, NotFound
from app.outside import wrong_address
from app.people.rights import SYSTEM, Actor
from app.service_levels.actions.common import free_name, keep_version, told
from app.service_levels.models import Calendar, Policy
from app.service_levels.rules import ASKED, read_policy
from sla import Policy as Terms
from sla import PolicyError, policy_to_json
from sla.conditions import questions_of

MAX_SORT = 1_000_000
MAX_PARTS = 200  # targets or steps of one policy; beyond that nobody can say what was promised
OWN = ("key", "name", "calendar", "version")
"""Parts of a policy that have columns of their own."""


async def create_policy(
    work: Work,
    *,
    name: str,
    calendar_id: int,
    definition: Mapping[str, Any],
    sort: int = 0,
    active: bool = True,
    by: Actor = SYSTEM,
) -> Policy:
    """Raises Invalid that names the field of the definition which is wrong."""
    calendar = await _calendar(calendar_id)
    policy = Policy(
        name=await free_name(Policy, name, None),
        calendar_id=calendar.id,
        definition=terms_of(definition),
        sort=_sort(sort),
        active=active,
        updated_at=work.now,
    )
    await policy.save()
    await keep_version(work, policy, calendar, by.name)
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
    by: Actor = SYSTEM,
) -> Policy:
    """Change what is given. What alters a promise makes a new version; cases that are open keep theirs."""
    policy = await Policy.filter(id=policy_id).select_for_update().first()
    if policy is None:
        raise NotFound("There is no such policy.")
    before = (policy.name, policy.calendar_id, policy.definition)
    if not isinstance(name, UnsetType):
        policy.name = await free_name(Policy, name, policy.id)
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
        await keep_version(work, policy, await _calendar(policy.calendar_id), by.name)
    return policy


def terms_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A policy's definition in its uniform shape. Raises Invalid with the field as `definition.…`."""
    for name in ("targets", "steps"):
        if isinstance(definition.get(name), list) and len(definition[name]) > MAX_PARTS:
            raise Invalid(f"At most {MAX_PARTS}, please.", field=f"definition.{name}")
    for name in OWN:
        if name in definition:
            raise Invalid("This stands beside the definition, not in it.", field=f"definition.{name}")
    try:
        policy = read_policy({**definition, "key": "new", "name": "new", "calendar": "new"})
        for index, step in enumerate(policy.steps):
            _check_actions(step.actions, f"definition.steps[{index}].actions")
    except PolicyError as error:
        raise told(error) from error
    _check_conditions(policy)
    return {name: value for name, value in policy_to_json(policy).items() if name not in OWN}


def _check_conditions(policy: Terms) -> None:
    conditions = {"when": policy.when}
    conditions |= {f"targets[{index}].when": target.when for index, target in enumerate(policy.targets)}
    for place, condition in conditions.items():
        for test in questions_of(condition):
            if test.fact not in ASKED and not test.fact.startswith(FIELDS):
                known = f"{', '.join(sorted(ASKED))} or {FIELDS}<key>"
                raise Invalid(f"No promise depends on {test.fact!r}; ask about {known}.", field=f"definition.{place}")
        check_questions(condition, field=f"definition.{place}")


def _check_actions(actions: Any, field: str) -> None:
    for index, action in enumerate(actions):
        if action.what == "webhook" and (wrong := wrong_address(str(action.arguments["url"]))):
            raise Invalid(wrong, field=f"{field}[{index}].url")
        if action.what == "notify" and not isinstance(action.arguments["whom"], list):
            raise Invalid("Give a list, such as owner, team, lead.", field=f"{field}[{index}].whom")
        if action.what == "raise_priority" and action.arguments.get("to", "urgent") not in list(PRIORITIES):
            raise Invalid(f"Use one of {', '.join(PRIORITIES)}.", field=f"{field}[{index}].to")
        levels = action.arguments.get("levels", 1)
        if action.what == "raise_priority" and (isinstance(levels, bool) or not isinstance(levels, int)):
            raise Invalid("Say by how many levels, as a number.", field=f"{field}[{index}].levels")


async def _calendar(calendar_id: int) -> Calendar:
    calendar = await Calendar.get_or_none(id=calendar_id)
    if calendar is None:
        raise Invalid("There is no such calendar.", field="calendar_id")
    return calendar


def _sort(sort: int) -> int:
    if abs(sort) > MAX_SORT:
        raise Invalid(f"The place in the list is a number up to {MAX_SORT}.", field="sort")
    return sort
