"""The line format of `casefeed sla compute`: one JSON question about a calendar in, one JSON answer out."""

from __future__ import annotations

import json
import marshal
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sla.calendar import Calendar
from sla.calendar_json import calendar_from_json
from sla.clocks import Clocks, Terms
from sla.errors import CalendarError, ComputeError, SlaError
from sla.events import (
    CustomerWrote,
    Event,
    Opened,
    Reopened,
    Resolved,
    Retargeted,
    StaffReplied,
    StatusChanged,
    Stopped,
)
from sla.states import Kind
from sla.zones import zone_named

# Calendars kept compiled: a stream of questions is about few of them, and one takes some ten kilobytes.
KEPT_CALENDARS = 1024
# Two million years in minutes: beyond that a number is no amount of time, and neither are infinity and NaN.
LARGEST_AMOUNT = 1e12
CALENDAR_EXAMPLE = 'one like {"tz": "Europe/Helsinki", "hours": {"mon": [["09:00", "17:00"]]}}'
# The words for events in the line format; several where desks differ.
EVENTS: Mapping[str, type[Event] | None] = {
    "created": Opened,
    "opened": Opened,
    "customer_message": CustomerWrote,
    "customer_reply": CustomerWrote,
    "agent_reply": StaffReplied,
    "agent_message": StaffReplied,
    "resolved": Resolved,
    "solved": Resolved,
    "closed": Resolved,
    "reopened": Reopened,
    "reopen": Reopened,
    "stopped": Stopped,
    "spam": Stopped,
    "merged": Stopped,
    "note": None,
    "agent_note": None,
    "internal_note": None,
}
STATUSES: Mapping[str, str] = {"pause": "waiting", "paused": "waiting", "resume": "open", "resumed": "open"}

_encode = json.JSONEncoder(ensure_ascii=False).encode


def run(lines: Iterable[str]) -> Iterator[str]:
    """Answer each line of JSON with a line of JSON; a bad line gets `{"id", "error", "code"}` and the next goes on."""
    for line in lines:
        if line.strip():
            yield compute_text(line)


def compute_text(line: str) -> str:
    """Answer one line."""
    identity = None
    try:
        question = json.loads(line)
        if isinstance(question, dict):
            identity = question.get("id")
        return _encode(compute_line(question))
    except SlaError as error:
        answer = {"id": identity, "error": str(error), "code": error.code}
    except (ValueError, RecursionError) as error:
        answer = {"id": identity, "error": f"not a line of JSON: {error}", "code": "bad_json"}
    return _encode(answer)


def compute_line(question: Any) -> dict[str, Any]:
    """Answer one question.

    `add` (start, minutes or seconds) gives `due`; `between` (start, end) gives `seconds`, rounded to whole ones;
    `timeline` (targets in minutes, events) gives for each kind `_due`, `_minutes` (counted, without pauses) and
    `_breached`, and `paused_minutes`, as they are at `now` or else at the last event. Times are ISO 8601 with offset.
    Raises SlaError with the field and what to do.
    """
    if not isinstance(question, Mapping):
        raise ComputeError("wrong_type", "a question is a JSON object.")
    operation = question.get("op")
    answer: dict[str, Any] = {"id": question["id"]} if "id" in question else {}
    calendar = _calendar_in(question)
    if operation == "add":
        due = calendar.add(_moment(question, "start", calendar), _amount(question))
        answer["due"] = _text(due, calendar)
    elif operation == "between":
        seconds = calendar.between(_moment(question, "start", calendar), _moment(question, "end", calendar))
        answer["seconds"] = whole_seconds(seconds)
    elif operation == "timeline":
        answer |= _timeline(question, calendar)
    else:
        raise ComputeError("unknown_operation", "use add, between or timeline.", field="op")
    return answer


def _calendar_in(question: Mapping[str, Any]) -> Calendar:
    """Return the calendar of a question; errors name their field from the question on, like calendar.hours.mon."""
    definition = question.get("calendar")
    if definition is None:
        raise ComputeError("wrong_type", f"is missing; give {CALENDAR_EXAMPLE}.", field="calendar")
    try:
        return calendar_of(definition)
    except CalendarError as error:
        field = f"calendar.{error.field}" if error.field else "calendar"
        raise CalendarError(error.code, error.message, field=field) from None


def whole_seconds(seconds: float) -> int:
    """Round to whole seconds, halves away from nothing."""
    return int(seconds + 0.5) if seconds >= 0 else -int(0.5 - seconds)


def calendar_of(definition: Any) -> Calendar:
    """Return the calendar for its JSON, compiled once."""
    # A serial form of plain JSON values tells them apart, and is far cheaper to make than a calendar; version 2 of
    # marshal writes equal values equally (later ones write shared objects only once).
    try:
        return _calendar(_Definition(marshal.dumps(definition, 2), definition))
    except ValueError:  # not plain values
        return calendar_from_json(definition)


class _Definition:
    """A definition that is told apart by its serial form, so that it can be looked up though it is not hashable."""

    __slots__ = ("serial", "value")

    def __init__(self, serial: bytes, value: Any) -> None:
        self.serial = serial
        self.value = value

    def __hash__(self) -> int:
        return hash(self.serial)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Definition) and self.serial == other.serial


@lru_cache(maxsize=KEPT_CALENDARS)
def _calendar(definition: _Definition) -> Calendar:
    return calendar_from_json(definition.value)


def _moment(table: Mapping[str, Any], name: str, calendar: Calendar, field: str = "") -> datetime:
    value = table.get(name)
    if value is None:
        raise ComputeError("bad_time", "is missing; write it like 2026-03-02T10:00:00+02:00.", field=field or name)
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        message = f"{value!r} is not a time; write it like 2026-03-02T10:00:00+02:00."
        raise ComputeError("bad_time", message, field=field or name) from None
    # Without an offset it is what the clock on the calendar's wall shows.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone_named(calendar.zone))


def _number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST_AMOUNT < value < LARGEST_AMOUNT:
        raise ComputeError("bad_amount", "give a number, and one that means something.", field=field)
    return value


def _amount(question: Mapping[str, Any]) -> float:
    if "seconds" in question:
        return _number(question["seconds"], "seconds")
    if question.get("minutes") is None:
        raise ComputeError("bad_amount", "is missing; give minutes or seconds.", field="minutes")
    return _number(question["minutes"], "minutes") * 60


def _text(moment: datetime | None, calendar: Calendar) -> str | None:
    return None if moment is None else calendar.local(moment).isoformat()


def _targets(value: Any, field: str = "targets") -> dict[Kind, int]:
    if not isinstance(value, Mapping):
        raise ComputeError("wrong_type", "targets are an object of kinds and minutes.", field=field)
    found: dict[Kind, int] = {}
    for name, minutes in value.items():
        if name not in set(Kind):
            raise ComputeError("unknown_kind", f"use {', '.join(Kind)}.", field=f"{field}.{name}")
        if minutes is not None:
            found[Kind(name)] = round(_number(minutes, f"{field}.{name}") * 60)
    return found


def _event(item: Any, field: str, terms: Terms) -> Event | None:
    if not isinstance(item, Mapping):
        raise ComputeError("wrong_type", "an event is an object with at and type.", field=field)
    at = _moment(item, "at", terms.calendar, f"{field}.at")
    kind = str(item.get("type"))
    if kind in STATUSES:
        return StatusChanged(at=at, category=STATUSES[kind])
    if kind in {"status", "status_changed"}:
        return StatusChanged(at=at, category=str(item.get("category", item.get("status", ""))))
    if kind in {"retargeted", "targets", "priority_changed"}:
        targets = _targets(item.get("targets"), f"{field}.targets")
        return Retargeted(at=at, terms=Terms(calendar=terms.calendar, targets=targets, pausing=terms.pausing))
    if kind not in EVENTS:
        known = ", ".join([*EVENTS, *STATUSES, "status", "retargeted"])
        raise ComputeError("unknown_event", f"there is no event {kind!r}; use one of {known}.", field=f"{field}.type")
    event = EVENTS[kind]
    return None if event is None else event(at=at)


def _timeline(question: Mapping[str, Any], calendar: Calendar) -> dict[str, Any]:
    terms = Terms(calendar=calendar, targets=_targets(question.get("targets", {})))
    items = question.get("events")
    if not isinstance(items, list):
        raise ComputeError("wrong_type", "events are a list.", field="events")
    events = [event for i, item in enumerate(items) if (event := _event(item, f"events[{i}]", terms)) is not None]
    events.sort(key=lambda event: event.at)
    clocks = Clocks(terms=terms)
    for event in events:
        clocks = clocks.apply(event)
    now = _moment(question, "now", calendar) if question.get("now") else max((e.at for e in events), default=None)
    if now is not None:
        clocks = clocks.advance(now)
    answer: dict[str, Any] = {}
    for clock in clocks:
        answer[f"{clock.kind}_due"] = _text(clock.due_at, calendar)
        answer[f"{clock.kind}_breached"] = clock.was_breached
        counted = 0.0 if now is None else clock.counted_at(now, calendar)
        answer[f"{clock.kind}_minutes"] = _minutes(counted)
    answer["paused_minutes"] = _minutes(0.0 if now is None else clocks.resolution.paused_at(now, calendar))
    return answer


def _minutes(seconds: float) -> float:
    """Return minutes, as a whole number where they are whole."""
    minutes = seconds / 60
    return int(minutes) if minutes == int(minutes) else minutes
