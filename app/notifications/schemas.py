"""Notifications on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from app.notifications.rules import Channel, Kind


class NotificationView(Struct, frozen=True, kw_only=True):
    """`channels` are those that the person has chosen for this kind, `data.position` the entry that it is about."""

    position: int
    kind: str
    case_id: int | None
    data: dict[str, Any]
    at: datetime
    read: bool = False
    channels: tuple[Channel, ...] = ("list",)


class NotificationList(Struct, kw_only=True):
    items: list[NotificationView]
    unread: int
    head: int


class ReadNotifications(Struct, forbid_unknown_fields=True):
    position: int


class Choices(Struct, forbid_unknown_fields=True):
    """Channels by kind of notification."""

    channels: dict[Kind, tuple[Channel, ...]]


class Watcher(Struct, frozen=True):
    id: int
    name: str


class Watchers(Struct, kw_only=True):
    watching: bool
    """Whether you watch the case."""
    people: list[Watcher]


class CaseReadUpTo(Struct, frozen=True):
    case_id: int
    position: int


class UnreadCounts(Struct, frozen=True):
    """`cases`: own cases with something unread; of staff those they own, of customers those they take part in."""

    cases: int
    notifications: int


class Unread(UnreadCounts, frozen=True):
    """`read` are the cases that were read last, newest first, and how far."""

    read: list[CaseReadUpTo]


class PushKeys(Struct, forbid_unknown_fields=True):
    p256dh: Annotated[str, Meta(min_length=80, max_length=120)]
    auth: Annotated[str, Meta(min_length=16, max_length=40)]


class NewPushSubscription(Struct, forbid_unknown_fields=True):
    """What PushManager.subscribe answered."""

    endpoint: Annotated[str, Meta(min_length=10, max_length=2000)]
    keys: PushKeys


class PushKey(Struct, frozen=True):
    """`key`: the applicationServerKey of this desk, base64url."""

    key: str


class PushEnd(Struct, forbid_unknown_fields=True):
    endpoint: Annotated[str, Meta(min_length=10, max_length=2000)]
