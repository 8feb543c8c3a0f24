"""What happens to macros and canned replies and must be told to others."""

from __future__ import annotations

from dataclasses import dataclass

from app.events import Event


@dataclass(frozen=True, slots=True)
class MacroChanged(Event):
    """A macro appeared, changed or went."""

    macro_id: int


@dataclass(frozen=True, slots=True)
class CannedReplyChanged(Event):
    """A canned reply appeared, changed or went."""

    reply_id: int
