"""The only writer of views."""

from __future__ import annotations

from typing import Any

from app.cases.conditions import case_condition
from app.database import Work
from app.errors import Forbidden, Invalid, NotFound
from app.people.rights import Person, may_administer
from app.people.rules import clean_line
from app.views.events import ViewChanged
from app.views.models import SavedView

MAX_NAME = 120
MOST_VIEWS = 100  # of one person: each is counted whenever the sidebar is


async def find_view(person: Person, view_id: int) -> SavedView:
    """A view that this person may look through. Raises NotFound."""
    row = await SavedView.get_or_none(id=view_id)
    if row is None or not (row.shared or row.owner_id == person.user_id):
        raise NotFound("There is no such view.")
    return row


async def create_view(
    work: Work, person: Person, *, name: str, condition: dict[str, Any], shared: bool, sort: int
) -> SavedView:
    """Raises Invalid."""
    if await SavedView.filter(owner_id=person.user_id).count() >= MOST_VIEWS:
        raise Invalid(f"At most {MOST_VIEWS} views each; delete one first.", field="name")
    row = await SavedView.create(
        name=clean_line(name, field="name", limit=MAX_NAME),
        owner_id=person.user_id or 0,
        condition=case_condition(condition).to_json(),
        shared=shared,
        sort=sort,
        created_at=work.now,
        updated_at=work.now,
    )
    work.record(ViewChanged(row.id))
    return row


async def change_view(work: Work, person: Person, view_id: int, **given: Any) -> SavedView:
    """Change what is given; leads change shared views of others too. Raises NotFound, Forbidden, Invalid."""
    row = await _own(person, view_id)
    if "name" in given:
        given["name"] = clean_line(given["name"], field="name", limit=MAX_NAME)
    if "condition" in given:
        given["condition"] = case_condition(given["condition"]).to_json()
    row.update_from_dict({**given, "updated_at": work.now})
    await row.save()
    work.record(ViewChanged(row.id))
    return row


async def delete_view(work: Work, person: Person, view_id: int) -> None:
    row = await _own(person, view_id)
    await row.delete()
    work.record(ViewChanged(view_id))


async def _own(person: Person, view_id: int) -> SavedView:
    row = await find_view(person, view_id)
    if row.owner_id != person.user_id and not may_administer(person, "queues"):
        raise Forbidden("This view belongs to somebody else; make one of your own.")
    return row
