"""A calendar's year, date by date: when it is open and what is special. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sla import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One date on the calendar's wall; `clock_change` in seconds, forward is positive."""

    date: date
    periods: list[tuple[str, str]]
    open_seconds: int
    holiday: str | None
    shift: bool
    broken: bool
    clock_change: int


def days_of_year(calendar: Calendar, year: int) -> Iterator[Day]:
    """Every date of the year, its open time cut at midnight."""
    zone = ZoneInfo(calendar.zone)
    day = date(year, 1, 1)
    while day.year == year:
        following = day + timedelta(days=1)
        begin, end = _midnight(day, zone), _midnight(following, zone)
        segments = list(calendar.open_segments(begin, end))
        offsets = [one.astimezone(zone).utcoffset() or timedelta() for one in (begin, end)]
        yield Day(
            date=day,
            periods=[(_wall(one.start, zone), _wall(one.end, zone).replace("00:00", "24:00")) for one in segments],
            open_seconds=round(sum((one.end - one.start).total_seconds() for one in segments)),
            holiday=calendar.holidays.get(day),
            shift=day in calendar.shifts,
            broken=day in calendar.breaks,
            clock_change=round((offsets[1] - offsets[0]).total_seconds()),
        )
        day = following


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _wall(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"
