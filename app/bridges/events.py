"""What the bridges tell each other."""

from __future__ import annotations

from dataclasses import dataclass

from app.events import Event


@dataclass(frozen=True, slots=True)
class OutboxGrew(Event):
    """There is something to send."""
