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
