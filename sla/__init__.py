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
from sla.clock_json import clock_from_json, clock_to_json
from sla.clocks import Clocks, Terms, replay
from sla.compute import compute_line, run
from sla.conditions import condition_from_json
from sla.errors import CalendarError, ComputeError, PolicyError, SlaError
from sla.escalation import BREACH, Action, Step, What, next_step, pending_steps, step_from_json, step_key
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
from sla.explain import Explanation, Part, Sort, explain, render_text
from sla.made import Made, made_promises
from sla.memory import MemoryTimerStore
from sla.policy import Policy, Target, choose, policy_from_json, policy_to_json
from sla.ports import Claim, TimerHandler, TimersHandler, TimerStore
from sla.states import TRANSITIONS, Kind, State, Verb
from sla.timers import Timers

__all__ = [
    "BREACH",
    "TRANSITIONS",
    "Action",
    "Calendar",
    "CalendarError",
    "Claim",
    "Clock",
    "Clocks",
    "ComputeError",
    "CustomerWrote",
    "Event",
    "Explanation",
    "Kind",
    "Made",
    "MemoryTimerStore",
    "Opened",
    "Part",
    "Policy",
    "PolicyError",
    "Reopened",
    "Resolved",
    "Retargeted",
    "Segment",
    "SlaError",
    "Sort",
    "StaffReplied",
    "State",
    "StatusChanged",
    "Step",
    "Stopped",
    "Target",
    "Terms",
    "TimerHandler",
    "TimerStore",
    "Timers",
    "TimersHandler",
    "Verb",
    "What",
    "calendar_from_json",
    "calendar_to_json",
    "choose",
    "clock_from_json",
    "clock_to_json",
    "compute_line",
    "condition_from_json",
    "explain",
    "made_promises",
    "next_step",
    "pending_steps",
    "policy_from_json",
    "policy_to_json",
    "render_text",
    "replay",
    "run",
    "step_from_json",
    "step_key",
]
