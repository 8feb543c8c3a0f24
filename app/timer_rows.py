"""Timers that are rows of a table, for the timer loop: claimed by a conditional update, fenced by a growing token."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from app.database import fetch_rows, is_sqlite, moment
from sla import Claim


class TimerRows:
    """The reading half of sla.ports.TimerStore on a table with case_id, wake_at, claim_at and claim_token.

    A timer's payload is the id of its case.
    """

    def __init__(self, table: str) -> None:
        self._table = table

    async def next_due(self) -> datetime | None:
        rows = await fetch_rows(f"SELECT MIN(claim_at) AS claim_at FROM {self._table}")  # noqa: S608
        return moment(rows[0]["claim_at"])

    async def claim(self, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
        until = now + lease
        # What was released for a later retry comes in the order of its retry: the index alone answers, however many
        # are overdue, and each case takes its own steps in order whichever of its timers fires first.
        # Of two workers that look at the same moment one gets each row: SQLite has one writer, and PostgreSQL skips
        # rows that another claim holds.
        skip = "" if is_sqlite() else "FOR UPDATE SKIP LOCKED"
        query = (
            f"UPDATE {self._table} SET claim_at = $1, claim_token = claim_token + 1 WHERE id IN ("  # noqa: S608
            f"SELECT id FROM {self._table} WHERE claim_at <= $2 ORDER BY claim_at LIMIT {int(limit)} {skip}"
            ") RETURNING id, case_id, wake_at, claim_token"
        )
        async with in_transaction():
            rows = await fetch_rows(query, until, now)
        claims = [
            Claim(
                timer_id=str(row["id"]),
                due_at=moment(row["wake_at"]) or now,
                token=row["claim_token"],
                lease_until=until,
                payload=row["case_id"],
            )
            for row in rows
        ]
        return sorted(claims, key=lambda claim: (claim.due_at, int(claim.timer_id)))
