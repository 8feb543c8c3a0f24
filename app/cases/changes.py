"""Which cases changed since one last looked: exact, from the database alone, with any number of writers.

PostgreSQL: every change marks its case with the id of the writing transaction. One statement reads the cases marked at
or after the horizon together with the oldest transaction still running; whatever commits later has an id at or after
that one and is found next time. SQLite has one writer, whose marks grow in the order of the commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Expression, F, RawSQL, ResolveContext, ResolveResult
from tortoise.queryset import QuerySet

from app.cases.models import Case
from app.database import connection, is_sqlite

CHANGES_AT_ONCE = 5_000  # cases; more than that since the last look, and the reader is told to start over


class ThisTransaction(Expression):
    """The id of the running PostgreSQL transaction, in an UPDATE."""

    def resolve(self, resolve_context: ResolveContext) -> ResolveResult:
        return ResolveResult(term=RawSQL("pg_current_xact_id()::text::bigint"))


@dataclass(frozen=True, slots=True)
class Changed:
    case_id: int
    queue_id: int
    contact_id: int
    account_id: int | None
    head: int


@dataclass(frozen=True, slots=True)
class Changes:
    """`cases` may repeat what was seen before (a reader compares heads); `overflow` means: start over."""

    horizon: int
    cases: tuple[Changed, ...]
    overflow: bool = False


async def horizon() -> int:
    """Where to begin: everything that commits from now on is at or after it."""
    if is_sqlite():
        query = "SELECT COALESCE(MAX(change_mark), 0) + 1 AS horizon FROM desk_case"
    else:
        query = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon"
    return int((await connection().execute_query_dict(query))[0]["horizon"])


async def forget_foreign_marks() -> int:
    """Set back marks that this server's transactions have not reached; answers how many.

    A dump that was restored into another PostgreSQL server brings them, and they would count as new at every look. To
    be called at the start: what was committed before is in every snapshot.
    """
    if is_sqlite():
        return 0
    ahead = "change_mark >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    counted, _ = await connection().execute_query(f"UPDATE desk_case SET change_mark = 0 WHERE {ahead}")
    return int(counted)


async def since(start: int) -> Changes:
    """Cases whose last change is not older than `start`, and the horizon for the next call."""
    columns = "id, queue_id, contact_id, account_id, last_position, change_mark"
    limit = CHANGES_AT_ONCE + 1
    if is_sqlite():
        query = (
            f"SELECT {columns}, 0 AS horizon FROM desk_case WHERE change_mark >= ?1 ORDER BY change_mark LIMIT {limit}"
        )
        rows = await connection().execute_query_dict(query, [start])
        following = max((row["change_mark"] for row in rows), default=start - 1) + 1
    else:
        # One statement sees one snapshot; the left join keeps the horizon when no case changed.
        query = (
            "SELECT h.horizon, c.* FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon) h "
            f"LEFT JOIN (SELECT {columns} FROM desk_case WHERE change_mark >= $1 "
            f"ORDER BY change_mark LIMIT {limit}) c ON TRUE"
        )
        rows = await connection().execute_query_dict(query, [start])
        following = int(rows[0]["horizon"])
        rows = [row for row in rows if row["id"] is not None]
    cases = tuple(
        Changed(row["id"], row["queue_id"], row["contact_id"], row["account_id"], row["last_position"])
        for row in rows[:CHANGES_AT_ONCE]
    )
    return Changes(horizon=following, cases=cases, overflow=len(rows) > CHANGES_AT_ONCE)


async def rerank(cases: QuerySet[Case]) -> None:
    """Have the database give these cases their places anew (app.cases.order), and readers find them as changed.

    No entry tells of it, so on SQLite, where marks are ids of entries, one id is left out: no later mark is the same.
    """
    mark: Any = ThisTransaction()
    if is_sqlite():
        await connection().execute_query("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'entry'")
        found = await connection().execute_query_dict("SELECT seq FROM sqlite_sequence WHERE name = 'entry'")
        mark = found[0]["seq"] if found else 0
    await cases.update(priority=F("priority"), change_mark=mark)
