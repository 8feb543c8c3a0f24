"""Service levels: calendars, clocks, policies, escalation, and the loop that wakes at the next due moment.

Knows nothing of cases, databases or the web: a *subject* is whatever the caller counts for.

>>> from datetime import datetime
>>> from sla import Kind, Opened, StatusChanged, Terms, calendar_from_json, replay
>>> calendar = calendar_from_json({"tz": "Europe/Helsinki", "hours": {"thu": [["09:00", "17:00"]],
...     "fri": [["09:00", "17:00"]], "mon": [["09:00", "17:00"]]}})
>>> terms = Terms(calendar=calendar, targets={Kind.RESOLUTION: 4 * 3600})
>>> def at(text): return datetime.fromisoformat(text)
>>> clocks = replay([
...     Opened(at=at("2026-03-26T15:00+02:00")),
...     StatusChanged(at=at("2026-03-26T16:00+02:00"), category="waiting"),
...     StatusChanged(at=at("2026-03-27T15:00+02:00"), category="open")], terms)
>>> calendar.local(clocks.resolution.due_at).isoformat()
'2026-03-30T10:00:00+03:00'
"""

from __future__ import annotations

from sla.calendar import Calendar, Segment
from sla.calendar_json import calendar_from_json, calendar_to_json
from sla.clock import Clock
from sla.clocks import Clocks, Terms, replay
from sla.errors import CalendarError, ComputeError, PolicyError, SlaError
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
from sla.states import TRANSITIONS, Kind, State, Verb

__all__ = [
    "TRANSITIONS",
    "Calendar",
    "CalendarError",
    "Clock",
    "Clocks",
    "ComputeError",
    "CustomerWrote",
    "Event",
    "Kind",
    "Opened",
    "PolicyError",
    "Reopened",
    "Resolved",
    "Retargeted",
    "Segment",
    "SlaError",
    "StaffReplied",
    "State",
    "StatusChanged",
    "Stopped",
    "Terms",
    "Verb",
    "calendar_from_json",
    "calendar_to_json",
    "replay",
]
