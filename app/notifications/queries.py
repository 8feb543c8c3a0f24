"""Reading a user's notifications."""

from __future__ import annotations

from app.notifications.models import Notification
from app.notifications.schemas import NotificationList, NotificationView

SHOWN = 50  # notifications in one list: more than anybody reads at once


def view(row: Notification) -> NotificationView:
    return NotificationView(
        position=row.position,
        kind=row.kind,
        case_id=row.case_id,
        data=row.data,
        at=row.created_at,
        read=row.read_at is not None,
    )


async def latest(user_id: int) -> NotificationList:
    """The newest notifications, newest first."""
    rows = await Notification.filter(user_id=user_id).order_by("-position").limit(SHOWN)
    unread = await Notification.filter(user_id=user_id, read_at=None).count()
    return NotificationList(items=[view(row) for row in rows], unread=unread, head=rows[0].position if rows else 0)


async def after(user_id: int, position: int, limit: int) -> list[NotificationView]:
    """In the order in which they came."""
    rows = await Notification.filter(user_id=user_id, position__gt=position).order_by("position").limit(limit)
    return [view(row) for row in rows]


async def head(user_id: int) -> int:
    row = await Notification.filter(user_id=user_id).order_by("-position").first()
    return 0 if row is None else row.position
