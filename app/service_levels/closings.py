"""iCalendar text → the days and hours on which somebody is closed (RFC 5545). Pure; costly, so call it in a thread."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rrulestr

LARGEST = 2 * 1024 * 1024  # bytes of one feed
MOST_EVENTS = 5_000
MOST_TIMES = 1_000  # of one event within the years looked at: daily for almost three
LONGEST = timedelta(days=366)  # one event; a longer one is a mistake, and would close the desk for good
DAY = 86_400  # seconds


class FeedUnreadable(ValueError):
    """The text is no calendar that can be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Closings:
    """Whole dates with their names, and parts of dates in seconds after midnight, on one calendar's wall."""

    days: dict[date, str] = field(default_factory=dict)
    hours: dict[date, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


def closings(text: str, zone: ZoneInfo, first: date, last: date) -> Closings:
    """What the events of an iCalendar text close between two dates, both included, in `zone`.

    All-day events close their dates and give them their names; timed ones close their hours. Repetitions are worked
    out, cancelled events left out. Raises FeedUnreadable.
    """
    if len(text) > LARGEST:
        raise FeedUnreadable(f"The calendar is larger than {LARGEST // 1024**2} MB.")
    try:
        parsed: Any = icalendar.Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        raise FeedUnreadable(f"This is not an iCalendar file: {str(error)[:200]}") from None
    events: list[Any] = [
        event for event in parsed.walk("VEVENT") if str(event.get("STATUS", "")).upper() != "CANCELLED"
    ]
    if parsed.name != "VCALENDAR":
        raise FeedUnreadable("This is not an iCalendar file: it has no VCALENDAR.")
    if len(events) > MOST_EVENTS:
        raise FeedUnreadable(f"The calendar has more than {MOST_EVENTS} events.")
    replaced = {
        (str(one.get("UID")), _key(one["RECURRENCE-ID"].dt)) for one in parsed.walk("VEVENT") if "RECURRENCE-ID" in one
    }
    found = Closings()
    for event in events:
        name = " ".join(str(event.get("SUMMARY", "")).split())[:120]
        try:
            for begin, end in _times(event, replaced, first, last):
                _close(found, name, begin, end, zone, first, last)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            raise FeedUnreadable(
                f"The event {name or str(event.get('UID', ''))!r} cannot be read: {str(error)[:200]}"
            ) from None
    return found


def _key(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        return (moment.astimezone(UTC) if moment.tzinfo else moment).strftime("%Y%m%dT%H%M%S")
    return moment.strftime("%Y%m%d")


def _times(event: Any, replaced: set[tuple[str, str]], first: date, last: date) -> Iterator[tuple[Any, Any]]:
    """Begin and end of each occurrence that may touch the dates; dates where it is all day, else moments."""
    if "DTSTART" not in event:
        raise FeedUnreadable("An event has no beginning (DTSTART).")
    begin = event["DTSTART"].dt
    whole = not isinstance(begin, datetime)
    length = _length(event, begin, whole)
    if not timedelta() <= length <= LONGEST:
        raise FeedUnreadable(f"An event lasts {length.days} days; at most {LONGEST.days} can be closed at once.")
    single = "RRULE" not in event and "RDATE" not in event
    if "RECURRENCE-ID" in event or single:
        yield begin, begin + length
        return
    left_out = {_key(one) for one in _dates(event.get("EXDATE"))} | {
        at for uid, at in replaced if uid == str(event.get("UID"))
    }
    zone = None if whole else begin.tzinfo
    naive = datetime.combine(begin, time()) if whole else begin.replace(tzinfo=None)
    count = 0
    for one in sorted({*_repeated(event, naive, zone, first - length, last), *_extra(event, whole)}):
        start: Any = one.date() if whole else one.replace(tzinfo=zone)
        if _key(start) in left_out:
            continue
        count += 1
        if count > MOST_TIMES:
            raise FeedUnreadable(f"An event repeats more than {MOST_TIMES} times.")
        yield start, start + length


def _length(event: Any, begin: Any, whole: bool) -> timedelta:
    if "DTEND" in event:
        end = event["DTEND"].dt
        if isinstance(end, datetime) == whole:
            raise FeedUnreadable("An event begins with a date and ends with a time, or the other way round.")
        return end - begin  # type: ignore[no-any-return]  # both dates or both moments
    if "DURATION" in event:
        return event["DURATION"].dt  # type: ignore[no-any-return]  # checked by the parser
    return timedelta(days=1) if whole else timedelta()


def _dates(value: Any) -> list[Any]:
    lists = value if isinstance(value, list) else [] if value is None else [value]
    return [one.dt for part in lists for one in part.dts if isinstance(one.dt, date)]


def _extra(event: Any, whole: bool) -> list[datetime]:
    return [
        datetime.combine(one, time()) if whole or not isinstance(one, datetime) else one.replace(tzinfo=None)
        for one in _dates(event.get("RDATE"))
    ]


def _repeated(event: Any, begin: datetime, zone: tzinfo | None, first: date, last: date) -> Iterator[datetime]:
    """Wall-clock beginnings of a repeated event up to the last date; the rule counts on the event's own wall."""
    if "RRULE" not in event:
        yield begin
        return
    rules = event["RRULE"]
    for rule in rules if isinstance(rules, list) else [rules]:
        if str(rule.get("FREQ", [""])[0]).upper() in {"SECONDLY", "MINUTELY", "HOURLY"}:
            raise FeedUnreadable("An event repeats more often than daily.")
        plain = {key: value for key, value in rule.items() if key.upper() != "UNTIL"}
        text = icalendar.vRecur(plain).to_ical().decode()  # type: ignore[no-untyped-call]
        until = datetime.combine(last, time.max)
        for given in rule.get("UNTIL", []):
            until = min(until, _wall(given, zone))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # count and until together: ours only bounds the search
            times = rrulestr(text, dtstart=begin).replace(until=until)
        yield from (one for one in times if one.date() >= first)


def _wall(moment: Any, zone: tzinfo | None) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time.max)
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo and zone else moment.replace(tzinfo=None)


def _close(found: Closings, name: str, begin: Any, end: Any, zone: ZoneInfo, first: date, last: date) -> None:
    if not isinstance(begin, datetime):
        for ahead in range((end - begin).days):
            day = begin + timedelta(days=ahead)
            if first <= day <= last:
                found.days[day] = _both(found.days.get(day), name)
        return
    opening, closing = (one.astimezone(zone) if one.tzinfo else one.replace(tzinfo=zone) for one in (begin, end))
    day = opening.date()
    while day <= closing.date():
        start = _seconds(opening) if day == opening.date() else 0
        stop = _seconds(closing) if day == closing.date() else DAY
        if start < stop and first <= day <= last:
            if (start, stop) == (0, DAY):
                found.days[day] = _both(found.days.get(day), name)
            else:
                found.hours[day].append((start, stop))
        day += timedelta(days=1)


def _seconds(moment: datetime) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _both(name: str | None, other: str) -> str:
    parts = (name or "").split("; ") if name else []
    return "; ".join(dict.fromkeys([*parts, *([other] if other else [])]))[:120]


def taken_in(
    definition: Mapping[str, Any],
    days: Iterable[Mapping[date, str]],
    hours: Iterable[Mapping[date, list[tuple[int, int]]]],
) -> dict[str, Any]:
    """The definition of a calendar with further closed days and hours.

    A day with hours of its own in the definition stays open although somebody else's list says it is closed: that is
    how one works on a public holiday.
    """
    own = definition.get("shifts") or {}
    named: dict[str, str] = {}
    for table in days:
        for closed, name in table.items():
            if closed.isoformat() not in own:
                named[closed.isoformat()] = _both(named.get(closed.isoformat()), name)
    for item in definition.get("holidays") or ():
        day, name = (item, "") if isinstance(item, str) else (item["date"], item.get("name", ""))
        named[day] = name or named.get(day, "")
    breaks: dict[str, list[list[str]]] = {
        day: list(periods) for day, periods in (definition.get("breaks") or {}).items()
    }
    for parts in hours:
        for closed, windows in parts.items():
            breaks.setdefault(closed.isoformat(), []).extend(
                [_clock(start), _clock(stop)] for start, stop in sorted(windows)
            )
    return {
        **definition,
        "holidays": [{"date": day, "name": name} if name else day for day, name in sorted(named.items())],
        "breaks": dict(sorted(breaks.items())),
    }


def _clock(seconds: int) -> str:
    hour, rest = divmod(seconds, 3600)
    minute, second = divmod(rest, 60)
    return f"{hour:02d}:{minute:02d}" + (f":{second:02d}" if second else "")
