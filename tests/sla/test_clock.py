"""One clock: every state under every operation, and the amounts it keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from sla import Clock, Kind, State, Verb
from sla.clock import advance, meet, pause, reopen, resume, retarget, settle, start, stop
from tests.sla.desk import ALWAYS, HOUR, NEVER, OFFICE, at

OPENED = at("2026-03-26T10:00+02:00")
IDLE = Clock(kind=Kind.RESOLUTION)
RUNNING = start(IDLE, OPENED, 4 * HOUR, OFFICE)
NOON = at("2026-03-26T12:00+02:00")
DUE = at("2026-03-26T14:00+02:00")
LATER = at("2026-03-26T15:00+02:00")
BREACHED = advance(RUNNING, LATER)
CLOCKS = {
    State.IDLE: IDLE,
    State.RUNNING: RUNNING,
    State.PAUSED: pause(RUNNING, NOON, OFFICE),
    State.BREACHED: BREACHED,
    State.MET: meet(RUNNING, NOON, OFFICE),
    State.MISSED: meet(BREACHED, LATER, OFFICE),
    State.ENDED: stop(RUNNING, NOON, OFFICE),
}
OPERATIONS: dict[str, Callable[[Clock], Clock]] = {
    "advance": lambda clock: advance(clock, LATER),
    "start": lambda clock: start(clock, LATER, 4 * HOUR, OFFICE),
    "pause": lambda clock: pause(clock, LATER, OFFICE),
    "resume": lambda clock: resume(clock, LATER, OFFICE),
    "meet": lambda clock: meet(clock, LATER, OFFICE),
    "stop": lambda clock: stop(clock, LATER, OFFICE),
    "reopen": lambda clock: reopen(clock, Verb.REOPEN, LATER, 4 * HOUR, OFFICE),
    "restore": lambda clock: reopen(clock, Verb.RESTORE, LATER, 4 * HOUR, OFFICE),
    "retarget longer": lambda clock: retarget(clock, LATER, 9 * HOUR, OFFICE, OFFICE),
    "retarget shorter": lambda clock: retarget(clock, LATER, HOUR, OFFICE, OFFICE),
}
#                      idle      running     paused     breached    met        missed      ended
EXPECTED = {
    "advance":          "idle     breached    paused     breached    met        missed      ended",
    "start":            "running  running     paused     breached    running    running     ended",
    "pause":            "idle     paused      paused     breached    met        missed      ended",
    "resume":           "idle     running     running    breached    met        missed      ended",
    "meet":             "idle     met         met        missed      met        missed      ended",
    "stop":             "idle     ended       ended      ended       met        missed      ended",
    "reopen":           "idle     running     paused     breached    running    breached    running",
    "restore":          "idle     running     paused     breached    met        missed      running",
    "retarget longer":  "idle     running     paused     running     met        missed      ended",
    "retarget shorter": "idle     running     paused     breached    met        missed      ended",
}  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_state_under_every_operation(operation: str) -> None:
    states = [OPERATIONS[operation](CLOCKS[state]).state for state in CLOCKS]
    assert [str(state) for state in states] == EXPECTED[operation].split()


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("state", State)
def test_what_is_true_of_every_clock(operation: str, state: State) -> None:
    clock = OPERATIONS[operation](CLOCKS[state])
    assert (clock.state is State.PAUSED) <= (clock.due_at is None and clock.paused_since is not None)
    assert (clock.counting_since is not None) <= (clock.state in {State.RUNNING, State.BREACHED})
    assert (clock.state is State.RUNNING) <= (clock.due_at is not None and clock.counting_since is not None)
    assert (clock.state in {State.MET, State.MISSED}) == (clock.met_at is not None)
    assert (clock.state is State.ENDED) == (clock.ended_at is not None)
    assert (clock.state in {State.BREACHED, State.MISSED}) <= clock.was_breached
    assert (clock.state is State.MET) <= (not clock.was_breached)
    assert Clock(**asdict(clock)) == clock, "a clock is one row"


def test_a_pause_moves_the_due_moment_by_its_open_time() -> None:
    asleep = pause(RUNNING, at("2026-03-26T16:00+02:00"), OFFICE)
    assert asleep.counted_seconds == 6 * HOUR
    awake = resume(pause(RUNNING, NOON, OFFICE), at("2026-03-27T10:00+02:00"), OFFICE)
    assert (awake.counted_seconds, awake.paused_seconds) == (2 * HOUR, 6 * HOUR)
    assert awake.due_at == at("2026-03-27T12:00+02:00")


def test_a_breached_clock_does_not_grow_overtime_in_a_pause() -> None:
    asleep = pause(BREACHED, LATER, OFFICE)
    assert asleep.counted_at(at("2026-03-27T12:00+02:00"), OFFICE) == 5 * HOUR
    awake = resume(asleep, at("2026-03-27T12:00+02:00"), OFFICE)
    assert awake.counted_at(at("2026-03-27T13:00+02:00"), OFFICE) == 6 * HOUR
    assert (awake.due_at, awake.breached_at) == (DUE, DUE)


def test_who_acts_at_the_due_moment_itself_is_in_time_even_if_the_timer_was_first() -> None:
    assert meet(settle(RUNNING, DUE), DUE, OFFICE).state is State.MET
    assert meet(settle(advance(RUNNING, DUE), DUE), DUE, OFFICE) == meet(settle(RUNNING, DUE), DUE, OFFICE)
    moment_later = DUE + timedelta(microseconds=1)
    assert meet(settle(RUNNING, moment_later), moment_later, OFFICE).state is State.MISSED


def test_a_shorter_target_that_is_used_up_is_due_now_and_not_before() -> None:
    assert retarget(RUNNING, NOON, HOUR, OFFICE, OFFICE).due_at == NOON


def test_a_longer_target_renews_a_breached_promise() -> None:
    renewed = retarget(BREACHED, LATER, 6 * HOUR, OFFICE, OFFICE)
    assert (renewed.due_at, renewed.breached_at) == (at("2026-03-26T16:00+02:00"), None)
    assert renewed.generation == BREACHED.generation + 1


def test_another_calendar_keeps_what_the_first_has_counted() -> None:
    moved = retarget(RUNNING, NOON, 10 * HOUR, OFFICE, ALWAYS)
    assert (moved.counted_seconds, moved.due_at) == (2 * HOUR, at("2026-03-26T20:00+02:00"))


def test_the_same_terms_again_change_nothing() -> None:
    assert retarget(RUNNING, NOON, 4 * HOUR, OFFICE, OFFICE) is RUNNING


def test_reopening_goes_on_where_it_stood_and_counts_nothing_in_between() -> None:
    met = meet(RUNNING, NOON, OFFICE)
    again = reopen(met, Verb.REOPEN, at("2026-03-30T09:00+03:00"), 4 * HOUR, OFFICE)
    assert (again.due_at, again.met_at) == (at("2026-03-30T11:00+03:00"), None)
    assert again.generation == RUNNING.generation + 1


def test_a_promise_that_starts_during_a_pause_starts_paused() -> None:
    waiting = pause(IDLE, OPENED, OFFICE)
    started = start(waiting, NOON, HOUR, OFFICE)
    assert (started.state, started.due_at, started.paused_since) == (State.PAUSED, None, NOON)
    assert resume(started, LATER, OFFICE).due_at == at("2026-03-26T16:00+02:00")


def test_without_a_target_time_is_counted_and_nothing_is_due() -> None:
    clock = start(IDLE, OPENED, None, OFFICE)
    assert (clock.state, clock.due_at, clock.remaining_at(NOON, OFFICE)) == (State.RUNNING, None, None)
    assert advance(clock, LATER).state is State.RUNNING
    assert meet(clock, NOON, OFFICE).counted_seconds == 2 * HOUR


def test_a_calendar_that_never_opens_is_never_due_and_stops_nobody() -> None:
    clock = start(IDLE, OPENED, HOUR, NEVER)
    assert (clock.state, clock.due_at) == (State.RUNNING, None)
    assert meet(clock, LATER, NEVER).state is State.MET


def test_amounts_at_a_moment() -> None:
    assert RUNNING.remaining_at(LATER, OFFICE) == -HOUR
    assert replace(RUNNING, counting_since=None).counted_at(LATER, OFFICE) == 0
    assert pause(RUNNING, NOON, OFFICE).paused_at(LATER, OFFICE) == 3 * HOUR
