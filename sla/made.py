"""Every promise that was made to one subject, one after the other: when it was due, and whether it was kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sla.clocks import Clocks, Terms
from sla.events import Event
from sla.states import Kind, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One promise from its start: the last due moment that it had (None: paused ever since, or never due)."""

    kind: Kind
    started_at: datetime
    due_at: datetime | None
    broken: bool
    state: State


def made_promises(events: Iterable[Event], terms: Terms, now: datetime) -> list[Made]:
    """Return the promises that were made until `now`, in the order in which they began.

    A clock that starts again (the next question of a customer) is another promise; one that is paused, reopened or
    promised anew is the same.
    """
    clocks = Clocks(terms=terms)
    found: dict[tuple[Kind, datetime], Made] = {}

    def look() -> None:
        for clock in clocks:
            if clock.started_at is None or clock.target_seconds is None:
                continue
            key = (clock.kind, clock.started_at)
            before = found.get(key)
            found[key] = Made(
                kind=clock.kind,
                started_at=clock.started_at,
                due_at=clock.due_at or (None if before is None else before.due_at),
                broken=clock.was_breached,
                state=clock.state,
            )

    for event in events:
        if event.at > now:
            break
        clocks = clocks.apply(event)
        look()
    clocks = clocks.advance(now)
    look()
    return sorted(found.values(), key=lambda one: (one.started_at, one.kind))
