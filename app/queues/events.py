"""What happens to queues and must be told to others."""

from __future__ import annotations

from dataclasses import dataclass

from app.events import Event


@dataclass(frozen=True, slots=True)
class QueueChanged(Event):
    """A queue appeared, or its name, team, order or purpose changed."""

    queue_id: int
    reordered: bool = False
    """Its weights changed, and with them the places of its cases."""
