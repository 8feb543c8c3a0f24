"""Telling people what they should know, and remembering what they have read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.database import Work
from app.notifications.events import Notified
from app.notifications.models import Notification
from app.notifications.queries import view
from app.people.models import User


async def notify(
    work: Work, *, users: Iterable[int], kind: str, case_id: int | None = None, data: dict[str, Any] | None = None
) -> None:
    """Append one notification to the list of each of these users."""
    for user_id in sorted(set(users)):  # in one order, so that two transactions never wait for each other in a circle
        if await User.filter(id=user_id, active=True).select_for_update().first() is None:
            continue
        last = await Notification.filter(user_id=user_id).order_by("-position").first()
        row = await Notification.create(
            user_id=user_id,
            position=(last.position if last else 0) + 1,
            kind=kind,
            case_id=case_id,
            data=data or {},
            created_at=work.now,
        )
        work.record(Notified(user_id=user_id, notification=view(row)))


async def mark_read(work: Work, *, user_id: int, position: int) -> None:
    """Everything up to `position` is read."""
    await Notification.filter(user_id=user_id, position__lte=position, read_at=None).update(read_at=work.now)
