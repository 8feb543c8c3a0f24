"""The three clocks of a case follow its history, and follow it to the same place however often one looks."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla import (
    Clock,
    Clocks,
    CustomerWrote,
    Event,
    Kind,
    Opened,
    Reopened,
    Resolved,
    Retargeted,
    StaffReplied,
    State,
    StatusChanged,
    Stopped,
    Terms,
    replay,
)
from tests.sla.desk import HOUR, OFFICE, TERMS, at, histories
from tests.sla.desk import terms as any_terms

THURSDAY = "2026-03-26T{}+02:00"


def thursday(clock_time: str) -> datetime:
    return at(THURSDAY.format(clock_time))


OPENED = Opened(at=thursday("10:00"))
REPLIED = StaffReplied(at=thursday("10:30"))
WAITING = StatusChanged(at=thursday("10:30"), category="waiting")


def states(clocks: Clocks) -> tuple[str, ...]:
    return tuple(str(clock.state) for clock in clocks)


def test_a_case_from_question_to_answer_to_question() -> None:
    clocks = replay([OPENED], TERMS)
    assert states(clocks) == ("running", "idle", "running")
    assert (clocks.first_response.due_at, clocks.resolution.due_at) == (thursday("11:00"), at("2026-03-27T10:00+02:00"))
    assert clocks.next_due == clocks.first_response

    clocks = clocks.apply(CustomerWrote(at=thursday("10:10")))
    assert states(clocks) == ("running", "idle", "running"), "the first answer covers it"

    clocks = clocks.apply(REPLIED).apply(WAITING)
    assert states(clocks) == ("met", "idle", "paused")
    assert clocks.next_due is None

    clocks = clocks.apply(CustomerWrote(at=thursday("14:00")))
    assert states(clocks) == ("met", "paused", "paused")
    clocks = clocks.apply(StatusChanged(at=thursday("14:00"), category="open"))
    assert states(clocks) == ("met", "running", "running")
    assert clocks.next_response.due_at == thursday("16:00")

    clocks = clocks.apply(CustomerWrote(at=thursday("15:00")))
    assert clocks.next_response.due_at == thursday("16:00"), "the first unanswered question counts"

    clocks = clocks.apply(StaffReplied(at=thursday("16:30"))).apply(Resolved(at=thursday("16:30")))
    assert states(clocks) == ("met", "missed", "met")
    assert clocks.resolution.counted_seconds == 3 * HOUR
    assert clocks.resolution.paused_seconds == 3.5 * HOUR


def test_reopening_owes_the_solution_again_but_not_the_first_answer() -> None:
    clocks = replay([OPENED, REPLIED, Resolved(at=thursday("12:00")), Reopened(at=thursday("16:00"))], TERMS)
    assert states(clocks) == ("met", "idle", "running")
    assert clocks.resolution.due_at == at("2026-03-27T14:00+02:00")


def test_reopening_straight_into_a_pause() -> None:
    clocks = replay(
        [OPENED, Resolved(at=thursday("12:00")), StatusChanged(at=thursday("13:00"), category="on_hold")], TERMS
    )
    assert states(clocks) == ("missed", "idle", "paused")
    assert clocks.resolution.counted_seconds == 2 * HOUR


def test_who_solves_it_at_once_has_also_answered_it() -> None:
    assert states(replay([OPENED, Resolved(at=thursday("10:20"))], TERMS)) == ("met", "idle", "met")


def test_spam_owes_nothing_until_it_turns_out_to_be_none() -> None:
    clocks = replay([OPENED, Stopped(at=thursday("10:20"))], TERMS)
    assert states(clocks) == ("ended", "idle", "ended")
    clocks = clocks.apply(Reopened(at=thursday("11:00")))
    assert states(clocks) == ("running", "idle", "running")
    assert clocks.first_response.due_at == thursday("11:40")


def test_a_case_opened_by_staff_owes_an_answer_only_to_a_question() -> None:
    clocks = replay([Opened(at=thursday("10:00"), awaits_answer=False)], TERMS)
    assert states(clocks) == ("idle", "idle", "running")
    clocks = clocks.apply(CustomerWrote(at=thursday("11:00")))
    assert states(clocks) == ("idle", "running", "running")


def test_without_a_first_response_target_the_next_response_covers_the_first_question() -> None:
    terms = Terms(calendar=OFFICE, targets={Kind.NEXT_RESPONSE: HOUR})
    clocks = replay([OPENED, CustomerWrote(at=thursday("10:20"))], terms)
    assert clocks.next_response.due_at == thursday("11:00")


def test_a_case_can_be_opened_waiting_or_already_done() -> None:
    assert states(replay([Opened(at=thursday("10:00"), category="on_hold")], TERMS)) == ("paused", "idle", "paused")
    assert states(replay([Opened(at=thursday("10:00"), category="closed")], TERMS)) == ("met", "idle", "met")


def test_a_higher_priority_midway_shortens_what_is_left() -> None:
    urgent = Terms(calendar=OFFICE, targets={Kind.FIRST_RESPONSE: HOUR // 2, Kind.RESOLUTION: 4 * HOUR})
    clocks = replay([OPENED, Retargeted(at=thursday("10:20"), terms=urgent)], TERMS)
    assert (clocks.first_response.due_at, clocks.resolution.due_at) == (thursday("10:30"), thursday("14:00"))
    assert clocks.apply(Retargeted(at=thursday("10:25"), terms=TERMS)).first_response.due_at == thursday("11:00")


def test_which_statuses_pause_is_a_term() -> None:
    strict = replace(TERMS, pausing=frozenset({"on_hold"}))
    assert states(replay([OPENED, REPLIED, WAITING], strict)) == ("met", "idle", "running")


def test_an_event_from_earlier_counts_as_happening_now() -> None:
    late = StatusChanged(at=thursday("09:00"), category="waiting")
    clocks = replay([OPENED, late], TERMS)
    assert clocks.resolution.counted_seconds == 0
    assert clocks.resolution.paused_since == thursday("10:00")


SAMPLES: dict[str, list[Event]] = {
    "idle": [],
    "running": [OPENED],
    "paused": [OPENED, WAITING],
    "breached": [OPENED, CustomerWrote(at=at("2026-03-30T12:00+03:00"))],
    "met": [OPENED, Resolved(at=thursday("10:20"))],
    "missed": [OPENED, Resolved(at=at("2026-03-30T12:00+03:00"))],
    "ended": [OPENED, Stopped(at=thursday("10:20"))],
}
LATE = at("2026-03-30T12:00+03:00")
EVENTS: dict[str, Event] = {
    "opened": Opened(at=LATE),
    "customer wrote": CustomerWrote(at=LATE),
    "staff replied": StaffReplied(at=LATE),
    "waiting": StatusChanged(at=LATE, category="waiting"),
    "open": StatusChanged(at=LATE, category="open"),
    "resolved": Resolved(at=LATE),
    "stopped": Stopped(at=LATE),
    "retargeted": Retargeted(at=LATE, terms=replace(TERMS, targets={Kind.RESOLUTION: 800 * HOUR})),
}
#                    idle     running   paused    breached  met       missed    ended
RESOLUTION = {
    "opened":         "running  breached  running   breached  running   running   running",
    "customer wrote": "idle     breached  paused    breached  met       missed    ended",
    "staff replied":  "idle     breached  paused    breached  met       missed    ended",
    "waiting":        "idle     breached  paused    breached  paused    breached  paused",
    "open":           "idle     breached  running   breached  running   breached  running",
    "resolved":       "idle     missed    met       missed    met       missed    ended",
    "stopped":        "idle     ended     ended     ended     met       missed    ended",
    "retargeted":     "idle     running   paused    running   met       missed    ended",
}  # fmt: skip


@pytest.mark.parametrize("event", EVENTS)
def test_the_resolution_clock_in_every_state_under_every_event(event: str) -> None:
    after = [replay([*events, EVENTS[event]], TERMS).resolution.state for events in SAMPLES.values()]
    assert [str(state) for state in after] == RESOLUTION[event].split()
    assert [str(replay(events, TERMS).resolution.state) for events in SAMPLES.values()] == list(SAMPLES)


def stored(clocks: Clocks) -> Clocks:
    """Write the clocks to rows and read them back."""
    rows = [asdict(clock) for clock in clocks]
    first_response, next_response, resolution = (Clock(**row) for row in rows)
    return Clocks(terms=clocks.terms, first_response=first_response, next_response=next_response, resolution=resolution)


@given(any_terms, histories(), st.data())
def test_living_through_it_gives_what_replaying_gives(terms: Terms, events: list[Event], data: st.DataObject) -> None:
    lived = Clocks(terms=terms)
    for event, following in zip(events, [*events[1:], None], strict=True):
        lived = stored(lived.apply(event))
        until = following.at if following else event.at + timedelta(days=9)
        looks = data.draw(st.lists(st.floats(0, 1), max_size=3).map(sorted))
        for look in looks:
            lived = stored(lived.advance(event.at + (until - event.at) * look))
        if data.draw(st.booleans()):
            lived = lived.advance(until)
    end = events[-1].at + timedelta(days=9)
    assert lived.advance(end) == replay(events, terms, end)


@given(any_terms, histories())
def test_what_is_true_after_every_event(terms: Terms, events: list[Event]) -> None:
    clocks = Clocks(terms=terms)
    for event in events:
        clocks = clocks.apply(event)
        calendar = clocks.terms.calendar
        for clock in clocks:
            assert (clock.state is State.PAUSED) <= (clock.due_at is None and clock.paused_since is not None)
            assert (clock.counting_since is not None) <= (clock.state in {State.RUNNING, State.BREACHED})
            assert clock.counted_seconds >= 0
            assert clock.paused_seconds >= 0
            if clock.state is State.RUNNING and clock.target_seconds is not None and not calendar.never_opens:
                assert clock.due_at is not None
                assert clock.due_at >= event.at
                left = max(0.0, clock.target_seconds - clock.counted_seconds)
                assert calendar.between(clock.counting_since or event.at, clock.due_at) == pytest.approx(left)
            if clock.state is State.MISSED:
                assert clock.met_at is not None
                assert clock.breached_at is not None
                assert clock.met_at > clock.breached_at
