"""Telling people what they should know, remembering what they have read, and who wants to be told of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.bulk import insert_rows
from app.cases.models import Case
from app.database import Work, stored_json
from app.errors import NotFound
from app.notifications import rules
from app.notifications.events import NotificationsRead, Notified
from app.notifications.models import NoticeChoice, Notification, Watch
from app.notifications.queries import choices_of
from app.notifications.schemas import NotificationView
from app.people.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One notification for one user."""

    user_id: int
    kind: str
    case_id: int | None
    data: Mapping[str, Any]


def notify(
    work: Work, *, users: Iterable[int], kind: str, case_id: int | None = None, data: Mapping[str, Any] | None = None
) -> None:
    """Append one notification to the list of each of these users who is active and wants this kind."""
    notify_together(
        work, [Told(user_id=user, kind=kind, case_id=case_id, data=data or {}) for user in sorted(set(users))]
    )


def notify_together(work: Work, told: Iterable[Told]) -> None:
    """Many notifications at once, each user's in the order given, for those who are active and want that kind."""
    for one in told:
        work.later(_append, one)


async def _append(work: Work, told: Sequence[Told]) -> None:
    """Everything that a transaction tells, at its end.

    It holds its users in the order of their ids, so that two transactions never wait for each other in a circle; and
    without their keys: what users write themselves refers to them, in other transactions under way, which may be about
    to tell users that this one refers to. With the keys both would wait for one another.
    """
    users = sorted({one.user_id for one in told})
    active = await User.filter(id__in=users, active=True).order_by("id").select_for_update(no_key=True)
    positions = dict.fromkeys((user.id for user in active), 0)
    chosen: dict[int, Mapping[str, Sequence[str]]] = {}
    for user_id in positions:
        chosen[user_id] = await choices_of(user_id)
        last = await Notification.filter(user_id=user_id).order_by("-position").first()
        positions[user_id] = last.position if last else 0
    rows: list[list[Any]] = []
    for one in told:
        if one.user_id not in positions:
            continue
        channels = rules.chosen(chosen[one.user_id], one.kind)
        if not channels:
            continue
        position = positions[one.user_id] = positions[one.user_id] + 1
        rows.append([one.user_id, position, one.kind, one.case_id, stored_json(one.data), work.now])
        shown = NotificationView(
            position=position,
            kind=one.kind,
            case_id=one.case_id,
            data=dict(one.data),
            at=work.now,
            read=False,
            channels=tuple(channels),
        )
        work.record(Notified(user_id=one.user_id, notification=shown))
    await insert_rows(Notification, ("user_id", "position", "kind", "case_id", "data", "created_at"), rows)


async def mark_read(work: Work, *, user_id: int, position: int) -> None:
    """Everything up to `position` is read."""
    if await Notification.filter(user_id=user_id, position__lte=position, read_at=None).update(read_at=work.now):
        work.record(NotificationsRead(user_id=user_id))


async def mark_one_read(work: Work, *, user_id: int, position: int) -> None:
    """The one at `position` is read. Raises NotFound."""
    if not await Notification.exists(user_id=user_id, position=position):
        raise NotFound("There is no such notification.")
    if await Notification.filter(user_id=user_id, position=position, read_at=None).update(read_at=work.now):
        work.record(NotificationsRead(user_id=user_id))


async def case_was_read(work: Work, *, user_id: int, case_id: int, position: int) -> None:
    """Who has read a case up to `position` needs no more to be told what is new there."""
    unread = await Notification.filter(user_id=user_id, read_at=None, case_id=case_id)
    ids = [row.id for row in unread if rules.concerns(row.data, position)]
    if ids:
        await Notification.filter(id__in=ids).update(read_at=work.now)
        work.record(NotificationsRead(user_id=user_id))


async def choose(work: Work, *, user_id: int, channels: Mapping[str, Sequence[str]]) -> None:
    """Set the channels of the named kinds; the others stay as they were."""
    row, _ = await NoticeChoice.get_or_create(defaults={"channels": {}}, user_id=user_id)
    row.channels = {**row.channels, **{kind: list(wanted) for kind, wanted in channels.items()}}
    await row.save(update_fields=["channels"])


async def watch(work: Work, *, user_id: int, case_id: int) -> None:
    """Tell this user of new entries of the case. Raises NotFound."""
    if not await Case.exists(id=case_id):
        raise NotFound("There is no such case.")
    await Watch.get_or_create(defaults={"created_at": work.now}, user_id=user_id, case_id=case_id)


async def unwatch(work: Work, *, user_id: int, case_id: int) -> None:
    if not await Case.exists(id=case_id):
        raise NotFound("There is no such case.")
    await Watch.filter(user_id=user_id, case_id=case_id).delete()
