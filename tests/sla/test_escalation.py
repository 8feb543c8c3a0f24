"""Steps come at their moments, in order, once each, before and after the due moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sla import BREACH, Clock, Kind, Step, next_step, pending_steps, step_key
from sla.clock import advance, meet, pause, resume, retarget, start
from sla.escalation import moment_of
from tests.sla.desk import HOUR, OFFICE, at

OPENED = at("2026-03-26T15:00+02:00")  # a Thursday; open until 17:00
CLOCK = start(Clock(kind=Kind.RESOLUTION), OPENED, 4 * HOUR, OFFICE)
DUE = at("2026-03-27T11:00+02:00")
WARN = Step(id="warn", offset_seconds=-HOUR)
WARN_EARLY = Step(id="warn early", offset_seconds=-int(2.5 * HOUR))
LEAD = Step(id="lead", offset_seconds=8 * HOUR)
CALL = Step(id="call", offset_seconds=8 * HOUR, wall=True)
MOVE = Step(id="move", offset_seconds=0)
STEPS = (CALL, LEAD, MOVE, WARN, WARN_EARLY)


def fire_all(clock: Clock, steps: tuple[Step, ...] = STEPS) -> list[tuple[str, datetime]]:
    fired: set[str] = set()
    order: list[tuple[str, datetime]] = []
    while (found := next_step(clock, steps, fired, OFFICE)) is not None:
        moment, step = found
        order.append((step.id, moment))
        fired.add(step_key(clock, step))
    return order


def test_steps_before_and_after_in_open_and_in_wall_time() -> None:
    assert fire_all(CLOCK) == [
        ("warn early", at("2026-03-26T16:30+02:00")),
        ("warn", at("2026-03-27T10:00+02:00")),
        ("breach", DUE),
        ("move", DUE),
        ("call", at("2026-03-27T19:00+02:00")),
        ("lead", at("2026-03-30T11:00+03:00")),
    ]


def test_a_breached_clock_goes_on_with_the_steps_after() -> None:
    breached = advance(CLOCK, DUE)
    assert next_step(breached, STEPS, {step_key(CLOCK, step) for step in (WARN, WARN_EARLY)}, OFFICE) == (DUE, BREACH)
    assert fire_all(breached) == fire_all(CLOCK)


def test_nothing_is_left_to_do_when_the_promise_is_kept_or_paused_or_none() -> None:
    assert next_step(meet(CLOCK, OPENED + timedelta(minutes=5), OFFICE), STEPS, (), OFFICE) is None
    assert next_step(pause(CLOCK, OPENED, OFFICE), STEPS, (), OFFICE) is None
    assert next_step(start(Clock(kind=Kind.RESOLUTION), OPENED, None, OFFICE), STEPS, (), OFFICE) is None
    assert next_step(Clock(kind=Kind.RESOLUTION), STEPS, (), OFFICE) is None


def test_steps_are_for_their_kind_of_promise() -> None:
    only_first = replace(MOVE, kind=Kind.FIRST_RESPONSE)
    assert [name for name, _ in fire_all(CLOCK, (only_first,))] == ["breach"]


def test_a_step_whose_moment_has_gone_by_is_due_from_the_change_that_made_it_so() -> None:
    changed_at = OPENED + timedelta(minutes=30)
    shorter = retarget(CLOCK, changed_at, HOUR, OFFICE, OFFICE)
    assert moment_of(shorter, WARN, OFFICE) == changed_at
    assert next_step(shorter, STEPS, (), OFFICE) == (changed_at, WARN_EARLY)


def test_a_warning_in_wall_time_is_never_before_the_start() -> None:
    early = Step(id="early", offset_seconds=-80 * HOUR, wall=True)
    assert moment_of(CLOCK, early, OFFICE) == OPENED


def test_a_pause_moves_the_steps_but_does_not_fire_them_again() -> None:
    warned = {step_key(CLOCK, WARN_EARLY)}
    asleep = pause(CLOCK, at("2026-03-26T16:45+02:00"), OFFICE)
    awake = resume(asleep, at("2026-03-27T16:45+02:00"), OFFICE)
    assert next_step(awake, STEPS, warned, OFFICE) == (at("2026-03-30T10:00+03:00"), WARN)


def test_a_promise_made_anew_has_its_steps_again() -> None:
    fired = {step_key(CLOCK, step) for step in (*STEPS, BREACH)}
    assert next_step(CLOCK, STEPS, fired, OFFICE) is None
    assert next_step(retarget(CLOCK, OPENED, 5 * HOUR, OFFICE, OFFICE), STEPS, fired, OFFICE) is not None


def test_a_paused_breached_promise_waits_with_steps_in_open_time_only() -> None:
    asleep = pause(advance(CLOCK, DUE), DUE + timedelta(hours=1), OFFICE)
    assert [step.id for _, step in pending_steps(asleep, STEPS, (), OFFICE)] == ["breach", "move", "call"]


steps = st.lists(
    st.builds(
        Step,
        id=st.sampled_from("abcdefgh"),
        offset_seconds=st.integers(-100, 100).map(lambda minutes: minutes * 600),
        wall=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda step: step.id,
)


@given(steps, st.integers(0, 7 * 86_400))
def test_every_step_fires_once_and_in_order(chosen: list[Step], later: int) -> None:
    clock = start(Clock(kind=Kind.RESOLUTION), OPENED + timedelta(seconds=later), 4 * HOUR, OFFICE)
    order = fire_all(clock, tuple(chosen))
    assert sorted(name for name, _ in order) == sorted(["breach", *(step.id for step in chosen)])
    assert [moment for _, moment in order] == sorted(moment for _, moment in order)
    for name, moment in order:
        offset = next((step.offset_seconds for step in chosen if step.id == name), 0)
        assert (moment < clock.due_at) <= (offset < 0)
