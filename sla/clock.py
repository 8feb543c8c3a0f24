"""The running state of one promise: a value that is one row in a table, and the few ways in which it may change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sla.calendar import Calendar
from sla.errors import CalendarError
from sla.states import OWED, TRANSITIONS, Kind, State, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One promise about one subject. All moments are aware UTC, all amounts are open seconds of the calendar.

    `target_seconds` is None where nothing is promised: time is counted all the same, for the reports.
    `counted_seconds` is complete up to `counting_since` (or up to the end when that is None).
    `paused_since` is kept in every state, so that a promise which starts during a pause starts paused.
    `generation` grows whenever the promise is made anew (started, retargeted, reopened): steps fire once for each.
    """

    kind: Kind
    state: State = State.IDLE
    target_seconds: int | None = None
    generation: int = 0
    started_at: datetime | None = None
    counting_since: datetime | None = None
    counted_seconds: float = 0.0
    due_at: datetime | None = None
    paused_since: datetime | None = None
    paused_seconds: float = 0.0
    breached_at: datetime | None = None
    met_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_owed(self) -> bool:
        """Say whether somebody still has to do something."""
        return self.state in OWED

    @property
    def was_breached(self) -> bool:
        """Say whether the promise is broken, met later or not."""
        return self.breached_at is not None

    def counted_at(self, now: datetime, calendar: Calendar) -> float:
        """Return the open seconds counted by `now`, without the pauses."""
        if self.counting_since is None or now <= self.counting_since:
            return self.counted_seconds
        return round(self.counted_seconds + calendar.between(self.counting_since, now), 6)

    def paused_at(self, now: datetime, calendar: Calendar) -> float:
        """Return the open seconds that passed in pauses by `now` while the promise was owed."""
        if self.paused_since is None or not self.is_owed or now <= self.paused_since:
            return self.paused_seconds
        return round(self.paused_seconds + calendar.between(self.paused_since, now), 6)

    def remaining_at(self, now: datetime, calendar: Calendar) -> float | None:
        """Return the open seconds left at `now`, negative when overdue, None where nothing is promised."""
        return None if self.target_seconds is None else self.target_seconds - self.counted_at(now, calendar)


def advance(clock: Clock, now: datetime) -> Clock:
    """Return the clock as a timer sees it at `now`: breached once the due moment has come."""
    if clock.state is State.RUNNING and clock.due_at is not None and clock.due_at <= now:
        return _move(clock, Verb.BREACH, breached_at=clock.due_at)
    return clock


def settle(clock: Clock, at: datetime) -> Clock:
    """Return the clock just before something happens at `at`: who acts at the due moment itself is in time.

    That is so whether or not a timer has looked meanwhile, so replaying events gives what living through them gave.
    """
    if clock.state is State.BREACHED and clock.due_at is not None and clock.due_at >= at:
        return _move(clock, Verb.RENEW, breached_at=None)
    if clock.due_at is not None and clock.due_at < at:
        return advance(clock, at)
    return clock


def start(clock: Clock, at: datetime, target: int | None, calendar: Calendar) -> Clock:
    """Make the promise at `at`. Changes nothing where it is owed already: the first question unanswered counts."""
    if Verb.START not in TRANSITIONS[clock.state]:
        return clock
    fresh = Clock(
        kind=clock.kind,
        state=clock.state,
        target_seconds=target,
        generation=clock.generation + 1,
        started_at=at,
        paused_since=at if clock.paused_since is not None else None,
    )
    return _run(_move(fresh, Verb.START), at, calendar)


def pause(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """Stop counting at `at`. A breached promise stays breached, but its overtime no longer grows."""
    if clock.paused_since is not None:
        return clock
    counted = clock.counted_at(at, calendar)
    paused = replace(clock, counted_seconds=counted, counting_since=None, paused_since=at)
    if clock.state is State.RUNNING:
        return _move(paused, Verb.PAUSE, due_at=None)
    return paused


def resume(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """Count again from `at`; the due moment moves by the open time that has passed in the pause."""
    if clock.paused_since is None:
        return clock
    awake = replace(clock, paused_seconds=clock.paused_at(at, calendar), paused_since=None)
    if clock.state is State.BREACHED:
        return replace(awake, counting_since=at)
    if clock.state is State.PAUSED:
        return _run(_move(awake, Verb.RESUME), at, calendar)
    return awake


def meet(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """Do at `at` what was promised; met or missed is decided by the due moment."""
    return _close(clock, Verb.MEET, at, calendar)


def stop(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """End the promise at `at` without judging it: nothing is owed any more."""
    return _close(clock, Verb.STOP, at, calendar)


def reopen(clock: Clock, verb: Verb, at: datetime, target: int | None, calendar: Calendar) -> Clock:
    """Owe it again (`Verb.REOPEN` or `Verb.RESTORE`), going on from what was counted; time in between is nobody's."""
    if verb not in TRANSITIONS[clock.state]:
        return clock
    again = _move(
        clock,
        verb,
        target_seconds=target,
        generation=clock.generation + 1,
        met_at=None,
        ended_at=None,
        paused_since=at if clock.paused_since is not None else None,
    )
    if again.state is not State.BREACHED:
        return _run(replace(again, breached_at=None), at, calendar)
    return _renew(replace(again, counting_since=None if again.paused_since else at), at, calendar)


def retarget(clock: Clock, at: datetime, target: int | None, before: Calendar, after: Calendar) -> Clock:
    """Promise something else from `at` on: what `before` has counted stays counted, the rest runs by `after`."""
    if not clock.is_owed or (target == clock.target_seconds and before == after):
        return clock
    changed = replace(
        clock,
        target_seconds=target,
        generation=clock.generation + 1,
        counted_seconds=clock.counted_at(at, before),
        counting_since=None if clock.counting_since is None else at,
        paused_seconds=clock.paused_at(at, before),
        paused_since=None if clock.paused_since is None else at,
    )
    if clock.state is State.BREACHED:
        return _renew(changed, at, after)
    return _run(changed, at, after) if clock.state is State.RUNNING else changed


def _move(clock: Clock, verb: Verb, **changes: object) -> Clock:
    target = TRANSITIONS[clock.state].get(verb)
    return clock if target is None else replace(clock, state=target, **changes)  # type: ignore[arg-type]


def _run(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """Let a RUNNING clock count from `at`, or pause it at once."""
    if clock.paused_since is not None:
        return _move(replace(clock, counting_since=None), Verb.PAUSE, due_at=None)
    due = None
    if clock.target_seconds is not None:
        # With nothing left it is due at once or at the next opening: it cannot be broken before it was promised.
        due = _due(calendar, at, max(0.0, clock.target_seconds - clock.counted_seconds))
    return replace(clock, counting_since=at, due_at=due)


def _due(calendar: Calendar, at: datetime, seconds: float) -> datetime | None:
    """Return the due moment, or None if the calendar never gets there: opening a case must not fail for its hours."""
    try:
        return calendar.add(at, seconds)
    except CalendarError as error:
        if error.code in {"never_opens", "too_far"}:
            return None
        raise


def _renew(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """Make a BREACHED clock run again if its target now leaves time."""
    if clock.target_seconds is not None and clock.counted_seconds >= clock.target_seconds:
        return clock
    return _run(_move(clock, Verb.RENEW, breached_at=None, due_at=None), at, calendar)


def _close(clock: Clock, verb: Verb, at: datetime, calendar: Calendar) -> Clock:
    if verb not in TRANSITIONS[clock.state]:
        return clock
    return _move(
        clock,
        verb,
        counted_seconds=clock.counted_at(at, calendar),
        counting_since=None,
        paused_seconds=clock.paused_at(at, calendar),
        **{"met_at" if verb is Verb.MEET else "ended_at": at},
    )
