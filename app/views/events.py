"""What happens to views and must be told to others."""

from __future__ import annotations

from dataclasses import dataclass

from app.events import Event


@dataclass(frozen=True, slots=True)
class ViewChanged(Event):
    """A view appeared, changed or went."""

    view_id: int
