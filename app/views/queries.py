"""Looking through views: pages in the order of work, and counts that stop where a number says no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tortoise.expressions import Q

from app.cases.condition_sql import where
from app.cases.conditions import Look, case_condition
from app.cases.order import Shelf
from app.cases.queries import Filter, shelf_page
from app.cases.schemas import CaseRow
from app.database import fetch_rows
from app.views.models import SavedView
from sla.conditions import Condition, questions_of

MOST_COUNTED = 1000


async def views_of(user_id: int | None) -> list[SavedView]:
    """One's own views and those that are shared, in their order."""
    return await SavedView.filter(Q(owner_id=user_id) | Q(shared=True)).order_by("sort", "name", "id")


def shelves(condition: Condition) -> tuple[Shelf, ...]:
    """Where to look: done and snoozed cases only where the condition asks about what makes them so."""
    asked = {test.fact for test in questions_of(condition)}
    found = [Shelf.WORK]
    if asked & {"snoozed", "category", "status"}:
        found.append(Shelf.SNOOZED)
    if asked & {"category", "status"}:
        found.append(Shelf.DONE)
    return tuple(found)


async def view_page(
    condition: Condition, look: Look, *, after: Sequence[int] | None, limit: int
) -> tuple[list[CaseRow], list[Any] | None]:
    chosen = Filter()
    chosen.add(where(condition, chosen, look, case="d"))
    return await shelf_page(chosen, shelves(condition), reader_id=look.user_id, after=after, limit=limit)


async def count(condition: Condition, look: Look) -> int:
    """How many cases there are, up to MOST_COUNTED."""
    chosen = Filter()
    chosen.add(where(condition, chosen, look))
    places = ", ".join(str(int(shelf)) for shelf in shelves(condition))
    query = (
        f"SELECT COUNT(*) AS n FROM (SELECT 1 FROM desk_case c WHERE c.shelf IN ({places}) AND {chosen} "
        f"LIMIT {MOST_COUNTED}) found"
    )
    return int((await fetch_rows(query, *chosen.values))[0]["n"])


async def counts(rows: Sequence[SavedView], look: Look) -> dict[int, int]:
    return {row.id: await count(case_condition(row.condition), look) for row in rows}
