"""Reading a user's notifications, what is unread, and who watches a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.cases.models import ReadPosition
from app.database import fetch_rows
from app.notifications import rules
from app.notifications.models import NoticeChoice, Notification, Watch
from app.notifications.schemas import (
    CaseReadUpTo,
    NotificationList,
    NotificationView,
    Unread,
    UnreadCounts,
    Watcher,
    Watchers,
)

SHOWN = 50  # notifications in one list: more than anybody reads at once
READ_LAST = 200  # cases: more than anybody reads while a page of theirs is cut off


def view(row: Notification, channels: Sequence[rules.Channel] = ("list",)) -> NotificationView:
    return NotificationView(
        position=row.position,
        kind=row.kind,
        case_id=row.case_id,
        data=row.data,
        at=row.created_at,
        read=row.read_at is not None,
        channels=tuple(channels),
    )


async def choices_of(user_id: int) -> Mapping[str, Sequence[str]]:
    """What the user has chosen so far; see app.notifications.rules.chosen."""
    row = await NoticeChoice.get_or_none(user_id=user_id)
    return {} if row is None else row.channels


async def latest(user_id: int, *, before: int | None = None, only_unread: bool = False) -> NotificationList:
    """The newest notifications (before a position), newest first."""
    mine = Notification.filter(user_id=user_id)
    chosen = mine.filter(read_at=None) if only_unread else mine
    if before is not None:
        chosen = chosen.filter(position__lt=before)
    rows = await chosen.order_by("-position").limit(SHOWN)
    unread = await mine.filter(read_at=None).count()
    return NotificationList(items=[view(row) for row in rows], unread=unread, head=await head(user_id))


async def after(user_id: int, position: int, limit: int) -> list[NotificationView]:
    """In the order in which they came."""
    rows = await Notification.filter(user_id=user_id, position__gt=position).order_by("position").limit(limit)
    if not rows:
        return []
    stored = await choices_of(user_id)
    return [view(row, rules.chosen(stored, row.kind)) for row in rows]


async def head(user_id: int) -> int:
    row = await Notification.filter(user_id=user_id).order_by("-position").first()
    return 0 if row is None else row.position


async def watchers(case_id: int, *, user_id: int) -> Watchers:
    """Active users who watch the case, by name."""
    rows = await Watch.filter(case_id=case_id, user__active=True).order_by("user__name").values("user_id", "user__name")
    people = [Watcher(row["user_id"], row["user__name"]) for row in rows]
    return Watchers(watching=any(one.id == user_id for one in people), people=people)


_UNREAD = "LEFT JOIN read_position r ON r.case_id = c.id AND r.user_id = $1"
_OF_STAFF = (
    f"SELECT COUNT(*) AS n FROM desk_case c {_UNREAD} WHERE c.owner_id = $1 AND c.category <> 'closed' "
    "AND c.last_position > COALESCE(r.position, 0)"
)
_OF_CUSTOMER = (
    f"SELECT COUNT(*) AS n FROM desk_case c {_UNREAD} WHERE (c.contact_id = $2 OR c.id IN "
    "(SELECT p.case_id FROM participant p WHERE p.contact_id = $2)) "
    "AND c.last_public_position > COALESCE(r.position, 0)"
)


async def unread_counts(user_id: int, contact_id: int | None) -> UnreadCounts:
    """`contact_id` is that of a customer; None counts as staff do, in all entries."""
    if contact_id is None:
        rows = await fetch_rows(_OF_STAFF, user_id)
    else:
        rows = await fetch_rows(_OF_CUSTOMER, user_id, contact_id)
    notifications = await Notification.filter(user_id=user_id, read_at=None).count()
    return UnreadCounts(int(rows[0]["n"]), notifications)


async def unread(user_id: int, contact_id: int | None) -> Unread:
    counts = await unread_counts(user_id, contact_id)
    rows = await ReadPosition.filter(user_id=user_id).order_by("-at").limit(READ_LAST)
    return Unread(counts.cases, counts.notifications, [CaseReadUpTo(row.case_id, row.position) for row in rows])
