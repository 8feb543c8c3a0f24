"""What a screen on the wall shows: queues as they stand, who is on, and the day so far."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.reports.facts import Narrowed
from app.reports.periods import period
from app.reports.queries import figures, wall_people, wall_queues
from app.reports.schemas import Wallboard

SOON = timedelta(hours=1)
SEEN_WITHIN = timedelta(minutes=10)  # sessions note once in five minutes that they are used


async def wallboard(now: datetime, zone: str) -> Wallboard:
    """`zone` says when today began. Raises Invalid for an unknown one."""
    local = now.astimezone(period(now.date(), now.date(), zone).zone).date()
    (today,) = await figures(period(local, local, zone), by=None, narrowed=Narrowed())
    return Wallboard(
        at=now,
        queues=await wall_queues(now, soon=now + SOON),
        people=await wall_people(now, since=now - SEEN_WITHIN),
        opened_today=today.opened,
        resolved_today=today.resolved,
        kept_today=today.kept,
        broken_today=today.broken,
    )
