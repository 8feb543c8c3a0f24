"""Reading cases for customers: only what may be seen, in the positions that customers count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cases import rules
from app.cases.models import Case, Entry, ReadPosition
from app.cases.queries import NEVER, Filter
from app.cases.search import found_cases
from app.cases.visibility import Sight
from app.database import fetch_rows, moment, plain
from app.errors import NotFound
from app.people.rights import Person, may_see_company
from app.portal.schemas import Expectation, PersonName, PortalCase, PortalCaseRow, PublicStatus

PORTAL_STATES: dict[str, tuple[rules.Category, ...]] = {
    "open": rules.ACTIVE,
    "done": rules.DONE,
    "all": rules.CATEGORIES,
}

_COLUMNS = """
c.id, c.number, c.subject, s.key AS status_key, c.category, s.names AS status_names, k.name AS contact_name,
c.opened_at, c.public_at, c.preview, c.last_public_position,
(SELECT MIN(w.due_at) FROM case_clock w WHERE w.case_id = c.id AND w.kind IN ('first_response', 'next_response')
 AND w.phase IN ('running', 'breached')) AS answer_due"""


async def portal_rows(
    chosen: Filter, *, reader_id: int | None, limit: int, order: str = "c.id DESC"
) -> list[PortalCaseRow]:
    reader = chosen.value(reader_id if reader_id is not None else 0)
    query = (
        f"SELECT {_COLUMNS}, r.position AS read_position FROM desk_case c "
        "JOIN status s ON s.id = c.status_id JOIN contact k ON k.id = c.contact_id "
        "LEFT JOIN account a ON a.id = c.account_id "
        f"LEFT JOIN read_position r ON r.case_id = c.id AND r.user_id = {reader} "
        f"WHERE {chosen} ORDER BY {order} LIMIT {int(limit)}"
    )
    return [_row(row) for row in await fetch_rows(query, *chosen.values)]


def _row(row: dict[str, Any]) -> PortalCaseRow:
    return PortalCaseRow(
        id=row["id"],
        number=rules.display_number(row["number"]),
        subject=row["subject"],
        status=PublicStatus(row["status_key"], row["category"], plain(row["status_names"])),
        contact=PersonName(row["contact_name"]),
        opened_at=moment(row["opened_at"]) or NEVER,
        updated_at=moment(row["public_at"]) or NEVER,
        preview=row["preview"],
        head=row["last_public_position"],
        # A count of all entries would let customers infer the internal ones; all that this row shows changes with a
        # public entry (but the due moment, which is as of now).
        version=row["last_public_position"],
        read_position=row["read_position"],
        due=_expectation(row),
    )


def _expectation(row: dict[str, Any]) -> Expectation | None:
    if row["category"] in rules.DONE:
        return None
    if row["category"] in ("waiting", "on_hold"):
        return Expectation(answer_by=None, paused=True)
    due = moment(row["answer_due"])
    return None if due is None else Expectation(answer_by=due, paused=False)


def own_cases(person: Person, *, company: bool) -> Filter:
    """The cases that this customer may list: own and taking part, or the whole company's. Raises NotFound."""
    chosen = Filter()
    if company:
        if not may_see_company(person):
            raise NotFound("You may not see your company's cases.")
        chosen.add(f"c.account_id = {chosen.value(person.account_id)}")
    else:
        me = chosen.value(person.contact_id or 0)
        chosen.add(f"(c.contact_id = {me} OR c.id IN (SELECT p.case_id FROM participant p WHERE p.contact_id = {me}))")
    return chosen


async def portal_page(
    person: Person, *, company: bool, state: str, words: str, before: int | None, limit: int
) -> tuple[list[PortalCaseRow], int | None]:
    chosen = own_cases(person, company=company)
    chosen.among("c.category", PORTAL_STATES[state])
    if words.strip():
        ids, following = await found_cases(words, chosen, seen_by=Sight.CUSTOMER, before=before, limit=limit)
        found = {row.id: row for row in await rows_of(ids, reader_id=person.user_id)}
        return [found[case_id] for case_id in ids if case_id in found], following
    if before is not None:
        chosen.add(f"c.id < {chosen.value(before)}")
    rows = await portal_rows(chosen, reader_id=person.user_id, limit=limit + 1)
    return rows[:limit], (rows[limit - 1].id if len(rows) > limit else None)


async def portal_case(case_id: int, *, reader_id: int | None) -> PortalCase:
    """One case; who may see it was asked before. Raises NotFound."""
    chosen = Filter()
    chosen.add(f"c.id = {chosen.value(case_id)}")
    rows = await portal_rows(chosen, reader_id=reader_id, limit=1)
    if not rows:
        raise NotFound("There is no such case.")
    row = rows[0]
    return PortalCase(
        **{name: getattr(row, name) for name in row.__struct_fields__},
        seen_by_staff=await seen_by_staff(case_id),
        may_reply=not await Case.exists(id=case_id, merged_into_id__not_isnull=True),
    )


async def seen_by_staff(case_id: int) -> int:
    """The last public position at or before the furthest position that anybody of the staff has read."""
    furthest = await ReadPosition.filter(case_id=case_id, user__contact_id=None).order_by("-position").first()
    return 0 if furthest is None else await public_position_at(case_id, furthest.position)


async def public_position_at(case_id: int, position: int) -> int:
    """The public position of the last public entry at or before `position`."""
    entry = (
        await Entry.filter(case_id=case_id, position__lte=position, public_position__isnull=False)
        .order_by("-position")
        .first()
    )
    return 0 if entry is None else entry.public_position or 0


async def position_of_public(case_id: int, public_position: int) -> int:
    """The position, as staff count, of the public entry with this public position (0: there is none)."""
    entry = await Entry.get_or_none(case_id=case_id, public_position=public_position)
    return 0 if entry is None else entry.position


async def rows_of(case_ids: Sequence[int], *, reader_id: int | None = None) -> list[PortalCaseRow]:
    """The rows of these cases as they are now, as any customer sees them."""
    if not case_ids:
        return []
    chosen = Filter()
    chosen.among("c.id", list(case_ids))
    return await portal_rows(chosen, reader_id=reader_id, limit=len(case_ids))
