"""Opening hours on the wall clock: periods of a day, weeks, and the days that are different."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from sla.errors import CalendarError
from sla.zones import DAY, SECOND

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECONDS_PER_DAY = 86_400
_ORDINAL_1970 = date(1970, 1, 1).toordinal()


class Period(NamedTuple):
    """Open from `start` until before `end`, in seconds after local midnight; beyond 24 hours is the next day."""

    start: int
    end: int


Window = tuple[int, int]
"""Open wall-clock time [start, end) within one date, in microseconds after its midnight."""


def period(start: int, end: int) -> Period:
    """Return the period between two wall-clock times in seconds.

    An end before the start is on the next day (a night shift). Equal times are an empty period, not a whole day:
    a whole day is 0 to 86,400.
    """
    if not (0 <= start <= SECONDS_PER_DAY and 0 <= end <= SECONDS_PER_DAY):
        raise CalendarError("bad_time", "a time of day is between 00:00 and 24:00.")
    return Period(start, end + SECONDS_PER_DAY if end < start else end)


def day_number(day: date) -> int:
    """Return the days between 1970-01-01 and `day`."""
    return day.toordinal() - _ORDINAL_1970


def weekday_of(number: int) -> int:
    """Return the weekday (Monday is 0) of a day number; 1970-01-01 was a Thursday."""
    return (number + 3) % 7


def _merge(windows: Iterable[Window]) -> tuple[Window, ...]:
    merged: list[Window] = []
    for start, end in sorted(windows):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _without(windows: Iterable[Window], breaks: tuple[Window, ...]) -> tuple[Window, ...]:
    left = list(windows)
    for break_start, break_end in breaks:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, break_start)), (max(start, break_end), end))
            if piece[0] < piece[1]
        ]
    return tuple(left)


def windows(today: Iterable[Period], yesterday: Iterable[Period]) -> tuple[Window, ...]:
    """Return the open windows of a date: its own periods until midnight, and what runs over from the night before."""
    own = [(p.start * SECOND, min(p.end * SECOND, DAY)) for p in today]
    tails = [(0, p.end * SECOND - DAY) for p in yesterday if p.end > SECONDS_PER_DAY and p.end > p.start]
    return _merge(own + tails)


class Week(NamedTuple):
    """A compiled definition: the windows of each weekday, and of each day number that is different."""

    usual: tuple[tuple[Window, ...], ...]
    special: Mapping[int, tuple[Window, ...]]

    def of(self, number: int) -> tuple[Window, ...]:
        """Return the open windows of a day number."""
        found = self.special.get(number)
        return self.usual[weekday_of(number)] if found is None else found


def compile_week(
    hours: tuple[tuple[Period, ...], ...],
    shifts: Mapping[date, tuple[Period, ...]],
    breaks: Mapping[date, tuple[Period, ...]],
    holidays: Iterable[date],
) -> Week:
    """Work out every date that differs from its weekday.

    `shifts` replace the periods that *start* on their date, night shifts included; `breaks` are taken out of whatever
    is open; a holiday closes its local date from midnight to midnight, whatever else is said about it.
    """
    usual = tuple(windows(hours[day], hours[day - 1]) for day in range(7))
    one_day = timedelta(days=1)

    def starting_on(day: date) -> tuple[Period, ...]:
        found = shifts.get(day)
        return hours[day.weekday()] if found is None else found

    special: dict[int, tuple[Window, ...]] = {}
    touched = {*shifts, *breaks}
    touched |= {day + one_day for day in touched if day < date.max}
    for day in touched:
        day_before = day - one_day if day > date.min else day
        open_windows = windows(starting_on(day), starting_on(day_before))
        special[day_number(day)] = _without(open_windows, windows(breaks.get(day, ()), breaks.get(day_before, ())))
    for day in holidays:
        special[day_number(day)] = ()
    return Week(usual, special)
