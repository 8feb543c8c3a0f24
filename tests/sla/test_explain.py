"""An explanation has no gaps, its sums add up to what the clock says, and it names the reasons."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla import (
    CustomerWrote,
    Event,
    Kind,
    Opened,
    Part,
    Reopened,
    Resolved,
    Sort,
    StaffReplied,
    State,
    StatusChanged,
    Terms,
    explain,
    render_text,
)
from sla.explain import duration_text
from tests.sla.desk import HOUR, OFFICE, TERMS, at, histories
from tests.sla.desk import terms as any_terms

BEFORE_EASTER: list[Event] = [
    Opened(at=at("2026-04-01T15:00+03:00")),
    StaffReplied(at=at("2026-04-01T16:00+03:00"), by="Maria Keller"),
    StatusChanged(at=at("2026-04-01T16:00+03:00"), category="waiting", by="Maria Keller", why="photo of the oven"),
    CustomerWrote(at=at("2026-04-02T12:00+03:00"), by="Aino Virtanen"),
    StatusChanged(at=at("2026-04-02T12:00+03:00"), category="open"),
]


def part(sort: Sort, start: str, end: str, note: str = "", planned: bool = False) -> Part:
    return Part(sort=sort, start=at(start), end=at(end), note=note, planned=planned)


def test_over_easter() -> None:
    found = explain(BEFORE_EASTER, TERMS, Kind.RESOLUTION, at("2026-04-02T18:00+03:00"))
    assert found.parts == (
        part(Sort.COUNTED, "2026-04-01T15:00+03:00", "2026-04-01T16:00+03:00"),
        part(Sort.PAUSED, "2026-04-01T16:00+03:00", "2026-04-02T12:00+03:00", "photo of the oven, Maria Keller"),
        part(Sort.COUNTED, "2026-04-02T12:00+03:00", "2026-04-02T17:00+03:00"),
        part(Sort.CLOSED, "2026-04-02T17:00+03:00", "2026-04-02T18:00+03:00"),
        part(Sort.CLOSED, "2026-04-02T18:00+03:00", "2026-04-03T00:00+03:00", planned=True),
        part(Sort.HOLIDAY, "2026-04-03T00:00+03:00", "2026-04-04T00:00+03:00", "Good Friday", planned=True),
        part(Sort.CLOSED, "2026-04-04T00:00+03:00", "2026-04-06T00:00+03:00", planned=True),
        part(Sort.HOLIDAY, "2026-04-06T00:00+03:00", "2026-04-07T00:00+03:00", "Easter Monday", planned=True),
        part(Sort.CLOSED, "2026-04-07T00:00+03:00", "2026-04-07T09:00+03:00", planned=True),
        part(Sort.COUNTED, "2026-04-07T09:00+03:00", "2026-04-07T11:00+03:00", planned=True),
    )
    assert found.total(Sort.COUNTED, planned=False) == found.clock.counted_at(at("2026-04-02T18:00+03:00"), OFFICE)
    assert found.total(Sort.COUNTED) == 8 * HOUR


def test_as_text() -> None:
    text = render_text(explain(BEFORE_EASTER, TERMS, Kind.RESOLUTION, at("2026-04-02T18:00+03:00")))
    lines = text.splitlines()
    assert lines[0] == "resolution: running, target 8 h 00 min, due Tue 2026-04-07 11:00 (Europe/Helsinki)"
    assert lines[2].split("  ")[-1] == "paused (photo of the oven, Maria Keller)"
    assert lines[-1] == "  sum: counted 8 h 00 min, closed 64 h 00 min, holiday 48 h 00 min, paused 20 h 00 min"
    assert render_text(explain([], TERMS, Kind.RESOLUTION, at("2026-04-02T18:00+03:00"))) == "resolution: idle"


def test_a_promise_that_is_kept_says_when_and_after_how_much() -> None:
    events = [*BEFORE_EASTER[:2]]
    text = render_text(explain(events, TERMS, Kind.FIRST_RESPONSE, at("2026-04-02T18:00+03:00")))
    assert text.startswith("first_response: met on Wed 2026-04-01 16:00 after 1 h 00 min counted, target ")


def test_time_between_resolving_and_reopening_is_nobodys() -> None:
    events: list[Event] = [
        Opened(at=at("2026-03-26T10:00+02:00")),
        Resolved(at=at("2026-03-26T11:00+02:00")),
        Reopened(at=at("2026-03-26T13:00+02:00")),
        Resolved(at=at("2026-03-26T14:00+02:00")),
    ]
    found = explain(events, TERMS, Kind.RESOLUTION, at("2026-03-27T14:00+02:00"))
    assert [(str(item.sort), item.seconds) for item in found.parts] == [
        ("counted", HOUR),
        ("finished", 2 * HOUR),
        ("counted", HOUR),
    ]


def test_only_the_last_question_is_explained() -> None:
    events: list[Event] = [
        Opened(at=at("2026-03-26T10:00+02:00")),
        StaffReplied(at=at("2026-03-26T10:10+02:00")),
        CustomerWrote(at=at("2026-03-26T11:00+02:00")),
        StaffReplied(at=at("2026-03-26T11:10+02:00")),
        CustomerWrote(at=at("2026-03-26T12:00+02:00")),
    ]
    found = explain(events, TERMS, Kind.NEXT_RESPONSE, at("2026-03-26T12:30+02:00"))
    assert [(item.start, item.planned) for item in found.parts] == [
        (at("2026-03-26T12:00+02:00"), False),
        (at("2026-03-26T12:30+02:00"), True),
    ]


@given(any_terms, histories(), st.sampled_from(Kind), st.integers(0, 14 * 24 * 4))
def test_no_gaps_and_sums_that_add_up(terms: Terms, events: list[Event], kind: Kind, quarters: int) -> None:
    now = events[0].at + timedelta(minutes=15 * quarters)
    found = explain(events, terms, kind, now)
    clock = found.clock
    assert all(one.end == two.start for one, two in pairwise(found.parts))
    assert all(item.start < item.end for item in found.parts)
    assert all(item.planned == (item.start >= now) for item in found.parts)
    if found.parts:
        assert found.parts[0].start == clock.started_at
    assert found.total(Sort.COUNTED, planned=False) == pytest.approx(clock.counted_at(now, found.calendar))
    if clock.state is State.RUNNING and clock.due_at is not None and clock.due_at > now:
        assert found.parts[-1].end == clock.due_at
        left = max(0.0, (clock.target_seconds or 0) - clock.counted_at(now, found.calendar))
        assert found.total(Sort.COUNTED, planned=True) == pytest.approx(left)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 min"), (45, "45 s"), (60, "1 min"), (3_900, "1 h 05 min"), (-1_200, "-20 min"), (3_661, "1 h 01 min 1 s")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
