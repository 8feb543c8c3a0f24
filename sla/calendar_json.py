"""Calendars as plain JSON: what administration stores and edits, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from sla.calendar import Calendar
from sla.errors import CalendarError, json_name
from sla.hours import SECONDS_PER_DAY, WEEKDAYS, Period, period

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)
_KNOWN = frozenset({"tz", "hours", "holidays", "shifts", "breaks"})


def calendar_from_json(value: Any) -> Calendar:
    """Build a calendar from `{"tz", "hours", "holidays", "shifts", "breaks"}`.

    `hours` maps mon … sun to lists of `["09:00", "17:00"]` (24:00 is the end of the day; an end before the start is on
    the next day; several a day are allowed). `holidays` lists dates, or objects with `date` and `name`. `shifts` and
    `breaks` map dates to lists of periods. Raises CalendarError that names the field and what to do.
    """
    table = _mapping(value, "", "an object with tz and hours")
    unknown = sorted(str(key) for key in table if key not in _KNOWN)
    if unknown:
        message = f"no calendar has this field; known are {', '.join(sorted(_KNOWN))}."
        raise CalendarError("unknown_field", message, field=unknown[0])
    zone = table.get("tz")
    if not isinstance(zone, str) or not zone:
        raise CalendarError("missing_zone", "name the time zone of the hours, like Europe/Helsinki.", field="tz")
    hours = _mapping(table.get("hours") or {}, "hours", "an object with mon … sun")
    for key in hours:
        if key not in WEEKDAYS:
            raise CalendarError("unknown_weekday", f"use one of {', '.join(WEEKDAYS)}.", field=f"hours.{key}")
    return Calendar(
        zone=zone,
        hours=tuple(_periods(hours.get(day) or (), f"hours.{day}") for day in WEEKDAYS),
        holidays=dict(sorted(_holidays(table.get("holidays") or ()))),
        shifts=_dated(table.get("shifts") or {}, "shifts"),
        breaks=_dated(table.get("breaks") or {}, "breaks"),
    )


def calendar_to_json(calendar: Calendar) -> dict[str, Any]:
    """Return the JSON that `calendar_from_json` reads back as an equal calendar."""
    return {
        "tz": calendar.zone,
        "hours": {
            day: _period_texts(periods) for day, periods in zip(WEEKDAYS, calendar.hours, strict=True) if periods
        },
        "holidays": [
            {"date": day.isoformat(), "name": name} if name else day.isoformat()
            for day, name in sorted(calendar.holidays.items())
        ],
        "shifts": {day.isoformat(): _period_texts(periods) for day, periods in sorted(calendar.shifts.items())},
        "breaks": {day.isoformat(): _period_texts(periods) for day, periods in sorted(calendar.breaks.items())},
    }


def _mapping(value: Any, field: str, what: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise CalendarError("wrong_type", f"expected {what}, got {json_name(value)}.", field=field)
    return value


def _items(value: Any, field: str, what: str) -> Iterable[Any]:
    if isinstance(value, list | tuple):
        return value
    raise CalendarError("wrong_type", f"expected {what}, got {json_name(value)}.", field=field)


def _periods(value: Any, field: str) -> tuple[Period, ...]:
    return tuple(
        _period(pair, f"{field}[{index}]")
        for index, pair in enumerate(_items(value, field, 'a list of periods like ["09:00", "17:00"]'))
    )


def _period(pair: Any, field: str) -> Period:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise CalendarError("bad_period", 'a period is two times, like ["09:00", "17:00"].', field=field)
    return period(_time(pair[0], f"{field}[0]"), _time(pair[1], f"{field}[1]"))


def _time(value: Any, field: str) -> int:
    seconds = _seconds(value) if isinstance(value, str) else None
    if seconds is not None:
        return seconds
    raise CalendarError("bad_time", f"{value!r} is not a time of day; write 00:00 to 24:00.", field=field)


@lru_cache(maxsize=2048)
def _seconds(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    seconds = hour * 3600 + minute * 60 + second
    return seconds if minute < 60 and second < 60 and seconds <= SECONDS_PER_DAY else None


def _date(value: Any, field: str) -> date:
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise CalendarError("bad_date", f"{value!r} is not a date; write it like 2026-12-24.", field=field)


def _holidays(value: Any) -> Iterable[tuple[date, str]]:
    for index, item in enumerate(_items(value, "holidays", "a list of dates")):
        field = f"holidays[{index}]"
        if isinstance(item, Mapping):
            name = item.get("name", "")
            if not isinstance(name, str):
                raise CalendarError("wrong_type", "the name of a holiday is text.", field=f"{field}.name")
            yield _date(item.get("date"), f"{field}.date"), name
        else:
            yield _date(item, field), ""


def _dated(value: Any, field: str) -> dict[date, tuple[Period, ...]]:
    table = _mapping(value, field, "an object with dates as keys")
    return dict(sorted((_date(key, f"{field}.{key}"), _periods(item, f"{field}.{key}")) for key, item in table.items()))


def _period_texts(periods: tuple[Period, ...]) -> list[list[str]]:
    return [[_text(item.start), _text(item.end)] for item in periods]


def _text(seconds: int) -> str:
    """Write a time of day; an end on the next day is written without the day, as it is read."""
    if seconds > SECONDS_PER_DAY:
        seconds -= SECONDS_PER_DAY
    hour, rest = divmod(seconds, 3600)
    minute, second = divmod(rest, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}" if second else f"{hour:02d}:{minute:02d}"
