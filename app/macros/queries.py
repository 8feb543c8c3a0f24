"""Which macros and canned replies somebody may use or change, and which are offered on a case."""

from __future__ import annotations

from typing import Any

from tortoise.expressions import Q

from app.cases.conditions import Look, case_condition, facts_of, holds
from app.cases.details import read_position
from app.cases.models import Case, Status
from app.errors import NotFound
from app.macros.models import CannedReply, Macro
from app.macros.rules import may_use
from app.people.rights import Person, may_administer


async def canned_replies(person: Person) -> list[CannedReply]:
    """All that this person may use or change, by name."""
    return await CannedReply.filter(_known_to(person)).order_by("name", "id")


async def macros(person: Person) -> list[Macro]:
    """All that this person may use or change, in their order."""
    return await Macro.filter(_known_to(person)).order_by("sort", "name", "id")


async def find_reply(person: Person, reply_id: int) -> CannedReply:
    """Raises NotFound, also for what is somebody else's own."""
    row = await CannedReply.filter(_known_to(person), id=reply_id).first()
    if row is None:
        raise NotFound("There is no such canned reply.")
    return row


async def find_macro(person: Person, macro_id: int) -> Macro:
    """Raises NotFound, also for what is somebody else's own."""
    row = await Macro.filter(_known_to(person), id=macro_id).first()
    if row is None:
        raise NotFound("There is no such macro.")
    return row


def _known_to(person: Person) -> Q:
    shared = Q(shared=True)
    if not may_administer(person, "templates"):
        shared &= Q(team_id=None) | Q(team_id__in=sorted(person.teams))
    return Q(shared=False, owner_id=person.user_id) | shared


def usable(row: CannedReply | Macro, person: Person) -> bool:
    return may_use(person, owner_id=row.owner_id, shared=row.shared, team_id=row.team_id)


async def replies_for(person: Person, case: Case) -> list[CannedReply]:
    """Those offered where somebody writes in this case."""
    return [
        row for row in await canned_replies(person) if usable(row, person) and row.queue_id in (None, case.queue_id)
    ]


async def macros_for(person: Person, case: Case, look: Look) -> list[Macro]:
    """Those offered on this case."""
    found = [row for row in await macros(person) if usable(row, person) and row.queue_id in (None, case.queue_id)]
    if not found:
        return []
    facts = await _facts(case, look)
    return [row for row in found if holds(case_condition(row.condition), facts)]


async def is_offered(condition: dict[str, Any], queue_id: int | None, case: Case, look: Look) -> bool:
    """Whether a macro with this condition and queue is meant for the case as it is now."""
    if queue_id not in (None, case.queue_id):
        return False
    return holds(case_condition(condition), await _facts(case, look))


async def _facts(case: Case, look: Look) -> dict[str, Any]:
    status = await Status.get(id=case.status_id)
    read = await read_position(case.id, look.user_id) or 0
    return facts_of(case, status.key, look, read=read)
