"""What the notifications feature tells the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass

from app.events import Event
from app.notifications.schemas import NotificationView


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified(Event):
    """A user got one more notification."""

    user_id: int
    notification: NotificationView


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsRead(Event):
    """A user has read some of their notifications: on other screens of theirs they are read too."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PushesGrew(Event):
    """There is something to push."""
