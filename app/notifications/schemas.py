"""Notifications on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct


class NotificationView(Struct, frozen=True, kw_only=True):
    position: int
    kind: str
    case_id: int | None
    data: dict[str, Any]
    at: datetime
    read: bool = False


class NotificationList(Struct, kw_only=True):
    items: list[NotificationView]
    unread: int
    head: int
