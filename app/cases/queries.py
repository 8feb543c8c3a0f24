"""Reading cases: lists for staff, one case with its surroundings, entries, counters. Hot lists use SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from app.cases import rules
from app.cases.entries import Recorded
from app.cases.feed import recorded_entry
from app.cases.models import Case, Entry, File, Participant
from app.cases.order import Shelf
from app.cases.schemas import CaseRow, Named, StatusView
from app.cases.visibility import Sight, place, visible
from app.database import fetch_rows, moment, plain
from app.errors import Invalid, NotFound
from app.people.rights import CaseFacts, Person

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Sorts cases without a due moment behind all others."""

SHELVES: dict[str, tuple[Shelf, ...]] = {
    "active": (Shelf.WORK,),
    "waiting": (Shelf.WORK,),
    "snoozed": (Shelf.SNOOZED,),
    "done": (Shelf.DONE,),
    "all": (Shelf.WORK, Shelf.SNOOZED, Shelf.DONE),
}
STATES: dict[str, tuple[rules.Category, ...]] = {
    "active": rules.ACTIVE,
    "waiting": ("waiting", "on_hold"),
    "snoozed": rules.ACTIVE,
    "done": rules.DONE,
    "all": rules.CATEGORIES,
}

_COLUMNS = """
c.id, c.number, c.subject, s.key AS status_key, c.category, s.names AS status_names, c.priority, c.queue_id,
c.owner_id, u.name AS owner_name, c.contact_id, k.name AS contact_name, c.account_id, a.name AS account_name,
c.channel, c.tags, c.preview, c.opened_at, c.updated_at, c.waiting_since, c.next_due_at, c.escalated_at,
c.snoozed_until, c.work_rank, c.last_position, c.last_public_position"""
_JOINS = """
JOIN status s ON s.id = c.status_id JOIN contact k ON k.id = c.contact_id
LEFT JOIN app_user u ON u.id = c.owner_id LEFT JOIN account a ON a.id = c.account_id"""


class Filter:
    """Conditions of a list, collected as SQL with numbered placeholders."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: list[Any] = []

    def value(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str) -> None:
        self.conditions.append(condition)

    def among(self, column: str, values: Sequence[Any]) -> None:
        self.add(f"{column} IN ({', '.join(self.value(one) for one in values)})")

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "TRUE"


async def case_rows(
    chosen: Filter, *, reader_id: int | None, order: str, limit: int, source: str = "desk_case"
) -> list[tuple[CaseRow, dict[str, Any]]]:
    """Rows for staff with the raw columns beside them (for cursors). `order` and `source` are our own SQL fragments."""
    reader = chosen.value(reader_id if reader_id is not None else 0)
    query = (
        f"SELECT {_COLUMNS}, r.position AS read_position FROM {source} c {_JOINS} "
        f"LEFT JOIN read_position r ON r.case_id = c.id AND r.user_id = {reader} "
        f"WHERE {chosen} ORDER BY {order} LIMIT {int(limit)}"
    )
    return [(case_row(row), row) for row in await fetch_rows(query, *chosen.values)]


@lru_cache(maxsize=256)
def _status(key: str, category: rules.Category, names: str) -> StatusView:
    """Shared by all rows of a page; nobody changes a view."""
    return StatusView(key, category, plain(names))


def case_row(row: dict[str, Any]) -> CaseRow:
    return CaseRow(
        id=row["id"],
        number=rules.display_number(row["number"]),
        number_int=row["number"],
        subject=row["subject"],
        status=_status(row["status_key"], row["category"], row["status_names"]),
        priority=rules.PRIORITY_NAMES[row["priority"]],
        queue_id=row["queue_id"],
        owner=None if row["owner_id"] is None else Named(row["owner_id"], row["owner_name"]),
        contact=Named(row["contact_id"], row["contact_name"]),
        account=None if row["account_id"] is None else Named(row["account_id"], row["account_name"]),
        channel=row["channel"],
        tags=plain(row["tags"]),
        preview=row["preview"],
        opened_at=moment(row["opened_at"]) or NEVER,
        updated_at=moment(row["updated_at"]) or NEVER,
        waiting_since=moment(row["waiting_since"]),
        next_due_at=moment(row["next_due_at"]),
        escalated_at=moment(row["escalated_at"]),
        snoozed_until=moment(row["snoozed_until"]),
        rank=row["work_rank"],
        head=row["last_position"],
        version=row["last_position"],
        read_position=row.get("read_position"),
    )


async def rows_of(case_ids: Sequence[int], *, reader_id: int | None = None) -> list[CaseRow]:
    """The rows of these cases as they are now, in no particular order."""
    if not case_ids:
        return []
    chosen = Filter()
    chosen.among("c.id", case_ids)
    return [row for row, _ in await case_rows(chosen, reader_id=reader_id, order="c.id", limit=len(case_ids))]


async def queue_page(
    queue_id: int, *, state: str, reader_id: int | None, after: Sequence[int] | None, limit: int
) -> tuple[list[CaseRow], list[Any] | None]:
    """Cases of a queue in the order of work; see app.cases.order."""
    chosen = Filter()
    chosen.add(f"d.queue_id = {chosen.value(queue_id)}")
    if state == "waiting":
        chosen.among("d.category", STATES[state])
    return await shelf_page(chosen, SHELVES[state], reader_id=reader_id, after=after, limit=limit)


async def shelf_page(
    chosen: Filter, shelves: Sequence[Shelf], *, reader_id: int | None, after: Sequence[int] | None, limit: int
) -> tuple[list[CaseRow], list[Any] | None]:
    """Cases of these shelves in the order of work; `chosen` speaks of the case as `d`.

    Each shelf is read along its index up to the limit, before anything is joined: the last page costs what the first
    one does, and no case is looked up twice.
    """
    if after is not None:
        chosen.add(f"(d.work_rank, d.id) > ({chosen.value(after[0])}, {chosen.value(after[1])})")
    parts = [
        f"SELECT * FROM (SELECT d.* FROM desk_case d WHERE d.shelf = {int(shelf)} AND {chosen} "
        f"ORDER BY d.work_rank, d.id LIMIT {limit + 1}) s{int(shelf)}"
        for shelf in shelves
    ]
    joined = Filter()
    joined.values = chosen.values
    source = f"({' UNION ALL '.join(parts)})"
    order = "c.work_rank, c.id"
    found = await case_rows(joined, reader_id=reader_id, order=order, limit=limit + 1, source=source)
    return _page(found, limit, lambda row: [row["work_rank"], row["id"]])


async def search_page(
    chosen: Filter, *, reader_id: int | None, before: int | None, limit: int
) -> tuple[list[CaseRow], list[Any] | None]:
    """Cases that match, the newest first."""
    if before is not None:
        chosen.add(f"c.id < {chosen.value(before)}")
    found = await case_rows(chosen, reader_id=reader_id, order="c.id DESC", limit=limit + 1)
    return _page(found, limit, lambda row: [row["id"]])


def _page(found: list[tuple[CaseRow, dict[str, Any]]], limit: int, key: Any) -> tuple[list[CaseRow], list[Any] | None]:
    rows = [row for row, _ in found[:limit]]
    return rows, (key(found[limit - 1][1]) if len(found) > limit else None)


def number_in(words: str) -> int | None:
    """The case number, where nothing but a number was typed ("1042", "#1042")."""
    bare = words.strip().lstrip("#")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 9 else None


def escaped(words: str) -> str:
    """For LIKE … ESCAPE '!'."""
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


async def entries(
    case_id: int,
    *,
    seen_by: Sight,
    after: int = 0,
    before: int | None = None,
    limit: int = 200,
) -> list[Recorded]:
    """Entries in the order of their positions, as `seen_by` counts them; with `before`, the last ones before it."""
    column = place(seen_by=seen_by)
    chosen = visible(Entry.filter(case_id=case_id, **{f"{column}__gt": after}), seen_by=seen_by)
    if before is None:
        rows = await chosen.order_by(column).limit(limit)
    else:
        rows = list(reversed(await chosen.filter(**{f"{column}__lt": before}).order_by(f"-{column}").limit(limit)))
    found = await with_files(rows)
    return found if seen_by is Sight.STAFF else await _without_moved(case_id, found)


async def _without_moved(case_id: int, found: list[Recorded]) -> list[Recorded]:
    """Of a message that was taken to another case customers see only that there was one: it may be a stranger's."""
    marks = Entry.filter(case_id=case_id, kind="moved_out").values_list("amends", flat=True)
    moved = {int(str(one)) for one in await marks}
    return [
        replace(one, text="", html=None, files=(), data={"withdrawn": True}) if one.position in moved else one
        for one in found
    ]


async def moved_out(entry: Entry) -> bool:
    """Whether the message was taken to another case."""
    return await Entry.exists(case_id=entry.case_id, kind="moved_out", amends=entry.position)


async def with_files(rows: Sequence[Entry]) -> list[Recorded]:
    files: dict[int, list[File]] = {}
    if rows:
        for file in await File.filter(entry_id__in=[row.id for row in rows]).order_by("id"):
            if file.entry_id is not None:
                files.setdefault(file.entry_id, []).append(file)
    return [recorded_entry(row, files.get(row.id, ())) for row in rows]


async def facts(case_id: int) -> CaseFacts:
    """What the permission module needs to know of a case. Raises NotFound."""
    row = await Case.filter(id=case_id).values("contact_id", "account_id", "queue_id")
    if not row:
        raise NotFound("There is no such case.")
    people = await Participant.filter(case_id=case_id).values_list("contact_id", flat=True)
    return CaseFacts(
        case_id=case_id,
        contact_id=row[0]["contact_id"],
        account_id=row[0]["account_id"],
        queue_id=row[0]["queue_id"],
        participants=frozenset(int(str(one)) for one in people),
    )


async def heads(case_id: int) -> tuple[int, int]:
    """The last position of a case, and the last public one. Raises NotFound."""
    found = await Case.filter(id=case_id).values("last_position", "last_public_position")
    if not found:
        raise NotFound("There is no such case.")
    return found[0]["last_position"], found[0]["last_public_position"]


def sight_of(person: Person) -> Sight:
    return Sight.STAFF if person.staff else Sight.CUSTOMER


async def case_by_id(case_id: int) -> Case:
    """Raises NotFound."""
    case = await Case.get_or_none(id=case_id)
    if case is None:
        raise NotFound("There is no such case.")
    return case


async def case_by_number(text: str) -> Case:
    """The case with the number that somebody wrote, as in `#1042` or `1042`. Raises Invalid."""
    number = text.strip().removeprefix("#")
    case = await Case.get_or_none(number=int(number)) if number.isdecimal() and len(number) < 10 else None
    if case is None:
        raise Invalid("There is no case with this number.", field="case_number")
    return case
