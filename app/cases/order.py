"""The order of work: one number for each case, the smallest first, made of stored moments and the queue's weights.

The database keeps it (`desk_case_place`, migration 0014) whenever one of its parts changes; here is the same rule as a
pure function, which says to people what it is made of. Time passing changes no order, so nothing is rewritten by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

YEAR = 31_536_000  # seconds after the opening that stand for a due moment, or a wait, that is not there
ABOVE_ALL = 100_000_000_000  # seconds, more than any moment: a level of priority that nothing outweighs


class Shelf(IntEnum):
    """Where a case lies: on the lists of work, put off, or done."""

    WORK = 0
    SNOOZED = 1
    DONE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What counts how much in a queue; see app.queues.models.Queue for the units."""

    priority_minutes: int | None = None
    due_weight: int = 1
    waiting_weight: int = 0
    class_minutes: int = 0
    history_minutes: int = 0


def rank(
    weights: Weights,
    *,
    priority: int,
    opened_at: datetime,
    next_due_at: datetime | None,
    waiting_since: datetime | None,
    service_class: int = 0,
    let_down: bool = False,
) -> int:
    """Seconds of a virtual deadline; `let_down` says that a case of this contact was escalated before."""
    opened = int(opened_at.timestamp())
    due = opened + YEAR if next_due_at is None else int(next_due_at.timestamp())
    waits = opened + YEAR if waiting_since is None else int(waiting_since.timestamp())
    both = weights.due_weight + weights.waiting_weight
    base = (weights.due_weight * due + weights.waiting_weight * waits) // both if both else opened
    level = ABOVE_ALL if weights.priority_minutes is None else weights.priority_minutes * 60
    kept = base - level * priority - weights.class_minutes * 60 * service_class
    return kept - (weights.history_minutes * 60 if let_down else 0)
