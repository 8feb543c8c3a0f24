"""How many cases each queue holds, with a version by which two counts can be put in order.

The database keeps a tally (`queue_tally`, migration 0014), so that a million cases are counted as quickly as ten. On
PostgreSQL every change appends its difference, so that writers never wait for each other; `fold` sums them up. Cases
past their due moment are counted from an index, up to OVERDUE_SHOWN: beyond that, how many more is no longer news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.cases.order import Shelf
from app.cases.queries import Filter
from app.cases.schemas import QueueCounters
from app.database import connection, fetch_rows, is_sqlite


@dataclass(frozen=True, slots=True)
class Counted:
    """Counters of one moment. Of two, that with the larger `version` saw all that the other one saw."""

    version: int
    queues: dict[int, QueueCounters]


# The state of the data that a statement sees, as a number that grows with every commit it sees. No clock is asked: it
# may be wrong, or differ between processes. PostgreSQL: where the snapshot ends, and how few before that are still
# under way (1,023 less their number). SQLite: the last mark of a change (app.cases.changes).
_VERSION_POSTGRES = (
    "pg_snapshot_xmax(pg_current_snapshot())::text::bigint * 1024 + 1023 "
    "- LEAST(1023, (SELECT COUNT(*) FROM pg_snapshot_xip(pg_current_snapshot())))"
)
_VERSION_SQLITE = "(SELECT COALESCE(MAX(change_mark), 0) FROM desk_case)"


OVERDUE_SHOWN = 1000
FOLD_AT = 400  # rows of differences; summing them takes well under a millisecond


async def counted(now: datetime, *, queue_id: int | None = None) -> Counted:
    """The counters (of one queue, or all that have any) with the version of what was counted, in one statement."""
    chosen, queue = Filter(), Filter()
    overdue = chosen.value(now)
    chosen.add(f"shelf <= {int(Shelf.SNOOZED)}")
    if queue_id is not None:
        only = chosen.value(queue_id)
        chosen.add(f"queue_id = {only}")
        queue.add(f"q.id = {only}")
    query = (
        f"SELECT v.version, t.*, o.overdue FROM (SELECT {_VERSION_SQLITE if is_sqlite() else _VERSION_POSTGRES} "
        "AS version) v LEFT JOIN (SELECT queue_id, category, shelf, SUM(cases) AS cases, SUM(unowned) AS unowned "
        f"FROM queue_tally WHERE {chosen} GROUP BY queue_id, category, shelf) t ON TRUE "
        "LEFT JOIN (SELECT q.id, (SELECT COUNT(*) FROM (SELECT 1 FROM desk_case c WHERE c.queue_id = q.id "
        f"AND c.shelf = 0 AND c.next_due_at <= {overdue} LIMIT {OVERDUE_SHOWN}) past) AS overdue "
        f"FROM queue q WHERE {queue}) o ON o.id = t.queue_id"
    )
    rows = await fetch_rows(query, *chosen.values)
    queues: dict[int, QueueCounters] = {}
    for row in rows:
        if row["cases"]:
            _add(queues.setdefault(row["queue_id"], QueueCounters()), row)
    return Counted(int(rows[0]["version"]), queues)


def _add(queue: QueueCounters, row: dict[str, Any]) -> None:
    queue.overdue = row["overdue"] or 0
    if row["shelf"] == Shelf.SNOOZED:
        queue.snoozed += int(row["cases"])
        return
    setattr(queue, row["category"], getattr(queue, row["category"]) + int(row["cases"]))
    queue.unowned += int(row["unowned"])


async def counters(now: datetime, *, queue_id: int | None = None) -> dict[int, QueueCounters]:
    """Cases at work per queue, by category, without owner, and past their due moment; and how many are put off."""
    return (await counted(now, queue_id=queue_id)).queues


async def fold() -> int:
    """Sum up the differences where there are many; answers how many rows that removed.

    Each row is removed by one caller only, who adds its sum in the same statement: no reader sees another number.
    """
    if is_sqlite():
        return 0
    rows = await connection().execute_query_dict(f"SELECT COUNT(*) AS n FROM queue_tally HAVING COUNT(*) > {FOLD_AT}")
    if not rows:
        return 0
    folded, _ = await connection().execute_query(
        "WITH gone AS (DELETE FROM queue_tally RETURNING queue_id, category, shelf, cases, unowned) "
        "INSERT INTO queue_tally (queue_id, category, shelf, cases, unowned) "
        "SELECT queue_id, category, shelf, SUM(cases), SUM(unowned) FROM gone GROUP BY queue_id, category, shelf"
    )
    return int(rows[0]["n"]) - int(folded)
