"""Periods: days and weeks of somebody's zone as exact moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from app.errors import Invalid
from app.reports.periods import CUT_INTO_WEEKS, period


def test_a_day_on_which_the_clock_changes_is_as_long_as_it_is() -> None:
    days = period(date(2026, 3, 28), date(2026, 3, 30), "Europe/Helsinki").by_day()
    assert [day.until - day.since for day in days] == [timedelta(hours=hours) for hours in (24, 23, 24)]
    assert days[0].since == datetime(2026, 3, 27, 22, tzinfo=UTC)
    assert all(one.until == following.since for one, following in pairwise(days))


def test_weeks_begin_on_monday_and_fill_the_period() -> None:
    chosen = period(date(2026, 11, 5), date(2026, 11, 24), "UTC")
    assert [week.name for week in chosen.by_week()] == ["2026-11-05", "2026-11-09", "2026-11-16", "2026-11-23"]
    assert (chosen.by_week()[0].since, chosen.by_week()[-1].until) == (chosen.whole.since, chosen.whole.until)


def test_the_period_before_is_as_long_and_ends_where_this_one_begins() -> None:
    chosen = period(date(2026, 11, 1), date(2026, 11, 30), "UTC")
    assert (chosen.before.first, chosen.before.last) == (date(2026, 10, 2), date(2026, 10, 31))


def test_a_long_period_is_drawn_by_weeks() -> None:
    first = date(2026, 1, 1)
    assert len(period(first, first + timedelta(days=CUT_INTO_WEEKS - 1), "UTC").steps()) == CUT_INTO_WEEKS
    assert len(period(first, first + timedelta(days=CUT_INTO_WEEKS), "UTC").steps()) == 10


@pytest.mark.parametrize(
    ("first", "last", "zone", "field"),
    [
        (date(2026, 2, 2), date(2026, 2, 1), "UTC", "last"),
        (date(2020, 1, 1), date(2026, 1, 1), "UTC", "first"),
        (date(2026, 2, 1), date(2026, 2, 2), "Mars/Olympus", "zone"),
        (date(2026, 2, 1), date(2026, 2, 2), "../etc/passwd", "zone"),
    ],
)
def test_what_is_no_period_is_refused(first: date, last: date, zone: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        period(first, last, zone)
    assert refused.value.field == field
