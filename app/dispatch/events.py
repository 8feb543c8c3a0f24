"""What dispatch tells the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass

from app.events import Event


@dataclass(frozen=True, slots=True)
class CaseTimersMoved(Event):
    """Something may be due earlier than the timer loop knows."""


@dataclass(frozen=True, slots=True)
class AgentReady(Event):
    """Somebody came on duty, or has room again: waiting cases may be theirs."""

    user_id: int
