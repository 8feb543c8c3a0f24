"""Wall-clock hours: what is open on a date, before any zone is asked."""

from __future__ import annotations

from datetime import date

import pytest

from sla.errors import CalendarError
from sla.hours import Period, compile_week, day_number, period, weekday_of, windows
from sla.zones import SECOND

HOUR = 3600
CLOSED: tuple[tuple[Period, ...], ...] = ((),) * 7


def hours(*pairs: tuple[float, float]) -> tuple[Period, ...]:
    return tuple(period(round(start * HOUR), round(end * HOUR)) for start, end in pairs)


def in_hours(found: tuple[tuple[int, int], ...]) -> list[tuple[float, float]]:
    return [(start / SECOND / HOUR, end / SECOND / HOUR) for start, end in found]


def test_an_end_before_the_start_is_on_the_next_day() -> None:
    assert period(22 * HOUR, 6 * HOUR) == Period(22 * HOUR, 30 * HOUR)
    assert period(9 * HOUR, 9 * HOUR) == Period(9 * HOUR, 9 * HOUR)
    assert period(22 * HOUR, 0) == Period(22 * HOUR, 24 * HOUR)
    with pytest.raises(CalendarError):
        period(-1, 5)


def test_a_date_has_its_own_periods_and_the_rest_of_the_night_before() -> None:
    assert in_hours(windows(hours((9, 17)), hours((22, 6)))) == [(0, 6), (9, 17)]
    assert in_hours(windows(hours((22, 6), (5, 8)), hours((22, 6)))) == [(0, 8), (22, 24)]
    assert windows(hours((9, 9)), ()) == ()


def test_special_dates() -> None:
    thursday, friday = date(2026, 12, 24), date(2026, 12, 25)
    week = compile_week(
        (*CLOSED[:3], hours((20, 4)), hours((9, 17)), (), ()),
        {thursday: hours((8, 12))},
        {friday: hours((12, 13))},
        [date(2027, 1, 1)],
    )
    assert in_hours(week.of(day_number(thursday))) == [(8, 12)]
    assert in_hours(week.of(day_number(friday))) == [(9, 12), (13, 17)], "no night shift began on Thursday"
    assert in_hours(week.of(day_number(date(2026, 12, 18)))) == [(0, 4), (9, 17)]
    assert week.of(day_number(date(2027, 1, 1))) == ()


@pytest.mark.parametrize("day", [date(1969, 12, 31), date(1970, 1, 1), date(2026, 3, 29)])
def test_day_numbers_know_their_weekday(day: date) -> None:
    assert weekday_of(day_number(day)) == day.weekday()
