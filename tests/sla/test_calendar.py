"""Opening hours become exact absolute time, in every zone and on the days when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla import Calendar, CalendarError, Segment
from tests.sla.desk import DAYS, at, calendar

OFFICE = {day: [["09:00", "17:00"]] for day in DAYS[:5]}
ALWAYS = {day: [["00:00", "24:00"]] for day in DAYS}


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-03-02T10:00+02:00", 60, "2026-03-02T11:00+02:00"),
        ("2026-03-02T07:00+02:00", 60, "2026-03-02T10:00+02:00"),
        ("2026-03-02T16:30+02:00", 60, "2026-03-03T09:30+02:00"),
        ("2026-03-06T16:30+02:00", 60, "2026-03-09T09:30+02:00"),
        ("2026-03-02T09:00+02:00", 480, "2026-03-03T09:00+02:00"),  # closing time is the next opening
        ("2026-03-06T18:00+02:00", 0, "2026-03-09T09:00+02:00"),
        ("2026-03-02T10:00+02:00", 0, "2026-03-02T10:00+02:00"),
        ("2026-03-02T10:00+02:00", -120, "2026-02-27T16:00+02:00"),
        ("2026-03-02T10:00+02:00", -60, "2026-03-02T09:00+02:00"),
        ("2026-03-02T10:00:30+02:00", 0.25, "2026-03-02T10:00:45+02:00"),
    ],
)
def test_adds_open_time(start: str, minutes: float, due: str) -> None:
    assert calendar("Europe/Helsinki", OFFICE).add(at(start), minutes * 60) == at(due)


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        ("Europe/Helsinki", "2026-03-29T00:00+02:00", "2026-03-30T00:00+03:00", 23),
        ("Europe/Helsinki", "2026-10-25T00:00+03:00", "2026-10-26T00:00+02:00", 25),
        ("America/Chicago", "2026-03-08T00:00-06:00", "2026-03-09T00:00-05:00", 23),
        ("Australia/Lord_Howe", "2026-10-04T00:00+10:30", "2026-10-05T00:00+11:00", 23.5),
        ("Australia/Lord_Howe", "2026-04-05T00:00+11:00", "2026-04-06T00:00+10:30", 24.5),
        ("Pacific/Apia", "2011-12-29T00:00-10:00", "2011-12-31T00:00+14:00", 24),  # 30 December never happened
        ("Africa/Casablanca", "2026-02-15T00:00+01:00", "2026-02-16T00:00+00:00", 25),
        ("Asia/Kathmandu", "2026-01-01T00:00+05:45", "2026-01-02T00:00+05:45", 24),
    ],
)
def test_a_full_day_is_as_long_as_it_is(zone: str, start: str, end: str, hours: float) -> None:
    assert calendar(zone, ALWAYS).between(at(start), at(end)) == hours * 3600


@pytest.mark.parametrize(
    ("zone", "window", "date", "opens", "closes"),
    [
        # 03:00–04:00 is left out in Helsinki on 29 March: open from the moment the clock passes 03:30.
        ("Europe/Helsinki", ["03:30", "05:00"], "2026-03-29", "2026-03-29T04:00+03:00", "2026-03-29T05:00+03:00"),
        ("Europe/Helsinki", ["02:00", "03:30"], "2026-03-29", "2026-03-29T02:00+02:00", "2026-03-29T04:00+03:00"),
        # 03:00–04:00 is shown twice on 25 October: the first time it is reached counts.
        ("Europe/Helsinki", ["03:30", "05:00"], "2026-10-25", "2026-10-25T03:30+03:00", "2026-10-25T05:00+02:00"),
        ("Europe/Helsinki", ["02:00", "03:30"], "2026-10-25", "2026-10-25T02:00+03:00", "2026-10-25T03:30+03:00"),
        # Midnight itself is left out in Havana.
        ("America/Havana", ["00:00", "02:00"], "2026-03-08", "2026-03-08T01:00-04:00", "2026-03-08T02:00-04:00"),
    ],
)
def test_borders_in_an_hour_that_is_left_out_or_shown_twice(
    zone: str, window: list[str], date: str, opens: str, closes: str
) -> None:
    one_day = calendar(zone, {}, shifts={date: [window]})
    assert list(one_day.open_segments(at("2026-01-01T00:00Z"))) == [Segment(at(opens), at(closes))]


def test_a_window_inside_the_left_out_hour_is_closed() -> None:
    assert (
        calendar("Europe/Helsinki", {}, shifts={"2026-03-29": [["03:15", "03:45"]]}).between(
            at("2026-03-28T00:00Z"), at("2026-03-30T00:00Z")
        )
        == 0
    )


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    night = calendar("Europe/Oslo", {"fri": [["22:00", "06:00"]]})
    assert next(night.open_segments(at("2026-06-01T00:00Z"))) == Segment(
        at("2026-06-05T22:00+02:00"), at("2026-06-06T06:00+02:00")
    )
    replaced = calendar("Europe/Oslo", {"fri": [["22:00", "06:00"]]}, shifts={"2026-06-05": [["10:00", "11:00"]]})
    assert list(islice(replaced.open_segments(at("2026-06-01T00:00Z")), 2)) == [
        Segment(at("2026-06-05T10:00+02:00"), at("2026-06-05T11:00+02:00")),
        Segment(at("2026-06-12T22:00+02:00"), at("2026-06-13T06:00+02:00")),
    ]


def test_a_holiday_closes_its_date_from_midnight_to_midnight_whatever_else_is_said() -> None:
    night = calendar(
        "Europe/Oslo",
        {"thu": [["22:00", "06:00"]]},
        holidays=["2026-12-25"],
        shifts={"2026-12-25": [["10:00", "12:00"]]},
    )
    assert night.between(at("2026-12-24T00:00+01:00"), at("2026-12-27T00:00+01:00")) == 2 * 3600


def test_breaks_are_taken_out_and_shifts_replace() -> None:
    desk = calendar(
        "Asia/Tokyo",
        OFFICE,
        breaks={"2026-05-11": [["12:00", "13:00"]], "2026-05-12": [["23:00", "09:30"]]},
        shifts={"2026-05-12": [["07:00", "08:00"]]},
    )
    week = [
        desk.between(at(f"2026-05-{day}T00:00+09:00"), at(f"2026-05-{day + 1}T00:00+09:00")) / 3600
        for day in range(11, 15)
    ]
    assert week == [7, 1, 7.5, 8]


def test_periods_that_touch_or_overlap_count_once() -> None:
    desk = calendar("UTC", {"mon": [["09:00", "12:00"], ["12:00", "15:00"], ["14:00", "16:00"]]})
    assert list(islice(desk.open_segments(at("2026-03-02T00:00Z")), 1)) == [
        Segment(at("2026-03-02T09:00Z"), at("2026-03-02T16:00Z"))
    ]


def test_open_around_the_clock_is_one_endless_segment_that_can_still_be_asked() -> None:
    always = calendar("Europe/Helsinki", ALWAYS)
    assert always.is_open(at("2026-03-29T03:30+02:00"))
    assert list(always.open_segments(at("2026-01-01T00:00Z"), at("2026-06-01T00:00Z"))) == [
        Segment(at("2026-01-01T00:00Z"), at("2026-06-01T00:00Z"))
    ]
    first, second = islice(always.open_segments(at("2026-01-01T00:00Z")), 2)
    assert first.end == second.start > at("2026-12-01T00:00Z")
    assert always.add(at("2026-01-01T00:00Z"), 365 * 86_400) == at("2027-01-01T00:00Z")


def test_closing_time_is_closed_and_opening_time_is_open() -> None:
    office = calendar("Europe/Helsinki", OFFICE)
    assert office.is_open(at("2026-03-02T09:00+02:00"))
    assert not office.is_open(at("2026-03-02T17:00+02:00"))


def test_without_open_time_nothing_is_ever_due() -> None:
    never = calendar("UTC", {"mon": [["09:00", "09:00"]]})
    assert never.never_opens
    assert never.between(at("2026-01-01T00:00Z"), at("2027-01-01T00:00Z")) == 0
    assert list(never.open_segments(at("2026-01-01T00:00Z"))) == []
    for seconds in (0, 60, -60):
        with pytest.raises(CalendarError) as caught:
            never.add(at("2026-01-01T00:00Z"), seconds)
        assert caught.value.code == "never_opens"


def test_a_calendar_of_single_dates_ends_at_its_last_closing() -> None:
    fair = calendar("Europe/Oslo", {}, shifts={"2026-06-05": [["10:00", "12:00"]], "2026-09-05": [["10:00", "12:00"]]})
    assert fair.add(at("2026-06-05T11:00+02:00"), 7200) == at("2026-09-05T11:00+02:00")
    assert fair.add(at("2026-06-05T11:00+02:00"), 3 * 3600) == at("2026-09-05T12:00+02:00")
    assert fair.add(at("2026-09-05T13:00+02:00"), -5400) == at("2026-09-05T10:30+02:00")
    with pytest.raises(CalendarError) as caught:
        fair.add(at("2026-06-05T11:00+02:00"), 3 * 3600 + 1)
    assert caught.value.code == "never_opens"


@pytest.mark.parametrize(
    ("start", "seconds", "code"),
    [
        (datetime(2026, 1, 1), 60, "naive_moment"),  # noqa: DTZ001 - the point of the test
        (at("2026-01-01T00:00Z"), float("nan"), "bad_amount"),
        (at("2026-01-01T00:00Z"), float("inf"), "bad_amount"),
        (at("2026-01-01T00:00Z"), 1e12, "too_far"),
        (at("2026-01-01T00:00Z"), -1e12, "too_far"),
        (at("9999-12-31T23:00Z"), 1e9, "too_far"),
    ],
)
def test_impossible_questions_get_a_clear_error(start: datetime, seconds: float, code: str) -> None:
    with pytest.raises(CalendarError) as caught:
        calendar("Europe/Helsinki", OFFICE).add(start, seconds)
    assert caught.value.code == code


ZONES = (
    "UTC",
    "Europe/Helsinki",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Tehran",
)
clock_times = st.integers(0, 48).map(lambda half: f"{half // 2:02d}:{half % 2 * 30:02d}")
periods = st.lists(st.tuples(clock_times, clock_times).map(list), max_size=3)
dates = st.integers(0, 700).map(
    lambda days: (datetime(2021, 1, 1, tzinfo=UTC) + timedelta(days=days)).date().isoformat()
)
calendars = st.builds(
    lambda zone, hours, holidays, shifts, breaks: calendar(
        zone, hours, holidays=holidays, shifts=shifts, breaks=breaks
    ),
    st.sampled_from(ZONES),
    st.fixed_dictionaries({"mon": st.just([["09:00", "17:00"]])}, optional=dict.fromkeys(DAYS[1:], periods)),
    st.lists(dates, max_size=5),
    st.dictionaries(dates, periods, max_size=3),
    st.dictionaries(dates, periods, max_size=3),
)
moments = st.integers(0, 700 * 86_400).map(
    lambda seconds: datetime(2021, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
amounts = st.integers(0, 200 * 3600)


@given(calendars, moments, amounts)
def test_what_was_added_is_what_lies_between(desk: Calendar, start: datetime, seconds: int) -> None:
    due = desk.add(start, seconds)
    assert due >= start
    assert desk.is_open(due)
    assert desk.between(start, due) == seconds
    if seconds:
        back = desk.add(start, -seconds)
        assert back < start
        assert desk.between(back, start) == seconds


@given(calendars, moments, amounts, amounts)
def test_more_time_is_never_earlier_and_adding_twice_is_adding_once(
    desk: Calendar, start: datetime, first: int, second: int
) -> None:
    middle = desk.add(start, first)
    assert middle <= desk.add(start, first + second) == desk.add(middle, second)
    assert desk.add(start, first) <= desk.add(start + timedelta(hours=1), first)


@given(calendars, moments, moments, moments)
def test_time_between_adds_up_and_reverses(desk: Calendar, one: datetime, two: datetime, three: datetime) -> None:
    assert desk.between(one, three) == desk.between(one, two) + desk.between(two, three)
    assert desk.between(one, two) == -desk.between(two, one)


@given(calendars, moments)
def test_segments_are_apart_in_order_and_hold_all_open_time(desk: Calendar, start: datetime) -> None:
    found = list(islice(desk.open_segments(start), 40))
    assert all(segment.start < segment.end for segment in found)
    assert all(one.end < two.start for one, two in pairwise(found))
    assert sum((segment.end - segment.start).total_seconds() for segment in found) == desk.between(start, found[-1].end)
    assert desk.add(start, 0) == found[0].start


@settings(max_examples=40)
@given(calendars, moments)
def test_agrees_with_a_wall_clock_watched_every_half_hour(desk: Calendar, start: datetime) -> None:
    """All borders are on half hours, so watching whether time counts, half hour by half hour, is exact."""
    begin = start.replace(minute=0, second=0, microsecond=0)
    watched = [begin + timedelta(minutes=30 * step) for step in range(2 * 24 * 9)]
    half_hours = sum(desk.is_open(moment) for moment in watched)
    assert desk.between(begin, watched[-1] + timedelta(minutes=30)) == half_hours * 1800
