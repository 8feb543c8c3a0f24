"""Timers of cases as the timer loop's store: claimed by conditional updates, fenced by a growing token."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from app.database import fetch_rows, is_sqlite, moment
from app.dispatch.models import CaseTimer
from sla import Claim


class CaseTimers:
    """Implements sla.ports.TimerStore on the table of case timers; a timer's payload is the id of its case."""

    async def next_due(self) -> datetime | None:
        rows = await fetch_rows("SELECT MIN(claim_at) AS claim_at FROM case_timer")
        return moment(rows[0]["claim_at"])

    async def claim(self, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
        until = now + lease
        skip = "" if is_sqlite() else "FOR UPDATE SKIP LOCKED"  # SQLite has one writer
        query = (
            "UPDATE case_timer SET claim_at = $1, claim_token = claim_token + 1 WHERE id IN ("  # noqa: S608
            f"SELECT id FROM case_timer WHERE claim_at <= $2 ORDER BY wake_at, id LIMIT {int(limit)} {skip}"
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

    async def done(self, claim: Claim) -> None:
        await CaseTimer.filter(id=int(claim.timer_id), claim_token=claim.token).delete()

    async def release(self, claim: Claim, retry_at: datetime) -> None:
        await CaseTimer.filter(id=int(claim.timer_id), claim_token=claim.token).update(claim_at=retry_at)


async def set_timer(case_id: int, kind: str, wake_at: datetime, *, user_id: int | None = None) -> None:
    """Wake at that moment, whatever this timer was set to before."""
    changed = await CaseTimer.filter(case_id=case_id, kind=kind).update(
        wake_at=wake_at, claim_at=wake_at, user_id=user_id, claim_token=F("claim_token") + 1
    )
    if not changed:
        await CaseTimer.create(case_id=case_id, kind=kind, wake_at=wake_at, claim_at=wake_at, user_id=user_id)


async def stop_timer(case_id: int, kind: str) -> int:
    return await CaseTimer.filter(case_id=case_id, kind=kind).delete()
