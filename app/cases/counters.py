"""Counting the work of queues, with a version by which two counts can be put in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.cases import rules
from app.cases.queries import Filter
from app.cases.schemas import QueueCounters
from app.database import fetch_rows, is_sqlite


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


async def counted(now: datetime, *, queue_id: int | None = None) -> Counted:
    """The counters (of one queue, or all that have any) with the version of what was counted, in one statement."""
    chosen = Filter()
    chosen.among("category", rules.ACTIVE)
    if queue_id is not None:
        chosen.add(f"queue_id = {chosen.value(queue_id)}")
    overdue = chosen.value(now)
    query = (
        f"SELECT v.version, c.* FROM (SELECT {_VERSION_SQLITE if is_sqlite() else _VERSION_POSTGRES} AS version) v "
        "LEFT JOIN (SELECT queue_id, category, COUNT(*) AS cases, "
        "SUM(CASE WHEN owner_id IS NULL THEN 1 ELSE 0 END) AS unowned, "
        f"SUM(CASE WHEN next_due_at <= {overdue} THEN 1 ELSE 0 END) AS overdue "
        f"FROM desk_case WHERE {chosen} GROUP BY queue_id, category) c ON TRUE"
    )
    rows = await fetch_rows(query, *chosen.values)
    queues: dict[int, QueueCounters] = {}
    for row in rows:
        if row["queue_id"] is not None:
            queue = queues.setdefault(row["queue_id"], QueueCounters())
            setattr(queue, row["category"], row["cases"])
            queue.unowned += row["unowned"]
            queue.overdue += row["overdue"]
    return Counted(int(rows[0]["version"]), queues)


async def counters(now: datetime, *, queue_id: int | None = None) -> dict[int, QueueCounters]:
    """Active cases per queue, by category, without owner, and past their due moment."""
    return (await counted(now, queue_id=queue_id)).queues
