"""The three clocks of one subject together, moved by events one at a time, or all at once from the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sla.calendar import Calendar
from sla.clock import Clock, advance, meet, pause, reopen, resume, retarget, settle, start, stop
from sla.events import (
    DONE,
    MEANING,
    WHEN_DONE,
    WHEN_NOT_DONE,
    CustomerWrote,
    Event,
    Opened,
    Retargeted,
    StatusChanged,
)
from sla.states import Kind, State, Verb

PAUSING = frozenset({"waiting", "on_hold"})
"""Status categories in which time does not count unless a policy says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for one subject: whose hours, how many open seconds for each kind, and which statuses pause."""

    calendar: Calendar
    targets: Mapping[Kind, int] = field(default_factory=dict)
    pausing: frozenset[str] = PAUSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The clocks of one subject under their terms. Store each clock as a row; build this again to go on."""

    terms: Terms
    first_response: Clock = field(default_factory=lambda: Clock(kind=Kind.FIRST_RESPONSE))
    next_response: Clock = field(default_factory=lambda: Clock(kind=Kind.NEXT_RESPONSE))
    resolution: Clock = field(default_factory=lambda: Clock(kind=Kind.RESOLUTION))

    def __iter__(self) -> Iterator[Clock]:
        return iter((self.first_response, self.next_response, self.resolution))

    def of(self, kind: Kind) -> Clock:
        """Return the clock of this kind."""
        return {clock.kind: clock for clock in self}[kind]

    @property
    def next_due(self) -> Clock | None:
        """Return the running clock that is due first, if any."""
        due = [clock for clock in self if clock.due_at is not None and clock.state is State.RUNNING]
        return min(due, key=lambda clock: (clock.due_at, clock.kind)) if due else None

    def advance(self, now: datetime) -> Clocks:
        """Return the clocks as a timer sees them at `now`; only breaches can change."""
        return self._with(advance(clock, now) for clock in self)

    def apply(self, event: Event) -> Clocks:
        """Return the clocks after `event`. Events come in order of time; one from earlier counts as happening now."""
        at = max([event.at, *(moment for clock in self for moment in _moments(clock))])
        settled = self._with(settle(clock, at) for clock in self)
        if isinstance(event, Retargeted):
            return settled._retarget(at, event.terms)
        if isinstance(event, StatusChanged):
            return settled._status(at, event.category)
        moved = settled._verbs(at, settled._meaning(event))
        return moved._status(at, event.category) if isinstance(event, Opened) else moved

    def _meaning(self, event: Event) -> Mapping[Kind, Verb]:
        meaning = MEANING.get(type(event), {})
        if isinstance(event, Opened) and not event.awaits_answer:
            return {Kind.RESOLUTION: Verb.START}
        # The first answer is promised once: the next-response clock starts only for what the first one does not cover.
        first = self.first_response
        covered = first.is_owed and first.target_seconds is not None
        if isinstance(event, Opened):
            covered = Kind.FIRST_RESPONSE in self.terms.targets
        if covered and isinstance(event, CustomerWrote | Opened):
            return {kind: verb for kind, verb in meaning.items() if kind is not Kind.NEXT_RESPONSE}
        return meaning

    def _status(self, at: datetime, category: str) -> Clocks:
        calendar = self.terms.calendar
        if category in DONE:
            done = self._verbs(at, WHEN_DONE)
            return done._with(replace(clock, paused_since=None) for clock in done)
        if category in self.terms.pausing:
            reopened = self._verbs(at, WHEN_NOT_DONE)
            return reopened._with(pause(clock, at, calendar) for clock in reopened)
        awake = self._with(resume(clock, at, calendar) for clock in self)
        return awake._verbs(at, WHEN_NOT_DONE)

    def _retarget(self, at: datetime, terms: Terms) -> Clocks:
        before = self.terms.calendar
        clocks = [retarget(clock, at, terms.targets.get(clock.kind), before, terms.calendar) for clock in self]
        return replace(self, terms=terms)._with(clocks)

    def _verbs(self, at: datetime, verbs: Mapping[Kind, Verb]) -> Clocks:
        return self._with(self._do(clock, verbs.get(clock.kind), at) for clock in self)

    def _do(self, clock: Clock, verb: Verb | None, at: datetime) -> Clock:
        calendar, target = self.terms.calendar, self.terms.targets.get(clock.kind)
        match verb:
            case Verb.START:
                return start(clock, at, target, calendar)
            case Verb.MEET:
                return meet(clock, at, calendar)
            case Verb.STOP:
                return stop(clock, at, calendar)
            case Verb.REOPEN | Verb.RESTORE:
                return reopen(clock, verb, at, target, calendar)
            case _:
                return clock

    def _with(self, clocks: Iterable[Clock]) -> Clocks:
        first_response, next_response, resolution = clocks
        return replace(self, first_response=first_response, next_response=next_response, resolution=resolution)


def _moments(clock: Clock) -> list[datetime]:
    known = (clock.started_at, clock.counting_since, clock.paused_since, clock.met_at, clock.ended_at)
    return [moment for moment in known if moment is not None]


def replay(events: Iterable[Event], terms: Terms, now: datetime | None = None) -> Clocks:
    """Return the clocks that `events` lead to under `terms`, seen at `now` if given.

    The result equals that of applying them one by one as they happened, however often a timer looked in between.
    """
    clocks = Clocks(terms=terms)
    for event in events:
        clocks = clocks.apply(event)
    return clocks if now is None else clocks.advance(now)
