"""Telling people what they should know, remembering what they have read, and who wants to be told of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.cases.models import Case
from app.database import Work
from app.errors import NotFound
from app.notifications import rules
from app.notifications.events import NotificationsRead, Notified
from app.notifications.models import NoticeChoice, Notification, Watch
from app.notifications.queries import choices_of, view
from app.people.models import User


async def notify(
    work: Work, *, users: Iterable[int], kind: str, case_id: int | None = None, data: dict[str, Any] | None = None
) -> None:
    """Append one notification to the list of each of these users who wants this kind."""
    for user_id in sorted(set(users)):  # in one order, so that two transactions never wait for each other in a circle
        if await User.filter(id=user_id, active=True).select_for_update().first() is None:
            continue
        channels = rules.chosen(await choices_of(user_id), kind)
        if not channels:
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
        work.record(Notified(user_id=user_id, notification=view(row, channels)))


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
