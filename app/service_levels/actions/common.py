"""What writers of calendars and of policies share."""

from __future__ import annotations

from app.database import Work
from app.errors import Invalid
from app.people.rules import clean_line
from app.service_levels.models import Calendar, Policy, PolicyVersion
from sla import SlaError

MAX_NAME = 120  # characters; the width of the column


def told(error: SlaError) -> Invalid:
    """The engine's complaint about a definition as ours."""
    field = "definition" if not error.field else f"definition.{error.field}"
    return Invalid(error.message[:1].upper() + error.message[1:], field=field, data={"reason": error.code})


async def free_name(table: type[Calendar] | type[Policy], name: str, own: int | None) -> str:
    name = clean_line(name, field="name", limit=MAX_NAME)
    other = await table.get_or_none(name=name)
    if other is not None and other.id != own:
        raise Invalid("There is another one of this name.", field="name")
    return name


async def keep_version(work: Work, policy: Policy, calendar: Calendar, by_name: str) -> None:
    """Store what the policy and its calendar are now, for the promises that are made by them."""
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
        calendar=calendar.whole,
        created_at=work.now,
        by_name=by_name,
    )
