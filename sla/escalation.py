"""Escalation: what happens before and after a due moment, step by step, each step once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sla.calendar import Calendar
from sla.clock import Clock
from sla.errors import CalendarError, PolicyError
from sla.states import Kind, State

# Seconds: a year either side of the due moment; beyond that a step is a typing error.
FARTHEST_OFFSET = 366 * 86_400


class What(StrEnum):
    """What a step can do; a bridge carries it out."""

    BREACH = "breach"  # write down that the promise is broken
    RAISE_PRIORITY = "raise_priority"  # by {"levels": 1}, or to {"to": "urgent"}
    MOVE_TO_QUEUE = "move_to_queue"  # {"queue": key}, or {"queue": "escalation"}: the escalation queue of its queue
    NOTIFY = "notify"  # {"whom": ["owner", "team", "lead", "user:…"]}
    ASSIGN = "assign"
    TAG = "tag"
    WEBHOOK = "webhook"


REQUIRED = MappingProxyType(
    {
        What.MOVE_TO_QUEUE: "queue",
        What.NOTIFY: "whom",
        What.ASSIGN: "to",
        What.TAG: "tag",
        What.WEBHOOK: "url",
    }
)
"""The argument without which an action means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do, with its arguments as data."""

    what: What
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Actions at a distance from the due moment: negative seconds before it, positive after.

    `wall` counts every second of the clock on the wall; otherwise only open, unpaused time counts. `kind` None means
    every kind of promise.
    """

    id: str
    offset_seconds: int
    actions: tuple[Action, ...] = ()
    kind: Kind | None = None
    wall: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what `step_from_json` reads back."""
        return {
            "id": self.id,
            "offset_seconds": self.offset_seconds,
            "actions": [{"what": str(action.what), **action.arguments} for action in self.actions],
            "kind": None if self.kind is None else str(self.kind),
            "wall": self.wall,
        }


BREACH = Step(id="breach", offset_seconds=0, actions=(Action(what=What.BREACH, arguments={}),))
"""The step that every promise has: at the due moment it is broken. Further steps at that moment come after it."""


def step_key(clock: Clock, step: Step) -> str:
    """Return what to remember so that the step fires once: it may fire again only when the promise is made anew."""
    return f"{clock.kind}:{clock.generation}:{step.id}"


def moment_of(clock: Clock, step: Step, calendar: Calendar) -> datetime | None:
    """Return when the step is due, or None while that is not known (paused, nothing promised, no longer owed).

    A moment that lies before the clock's last start, pause or change of terms is that moment: late, but in order.
    """
    if clock.target_seconds is None or clock.due_at is None or not clock.is_owed:
        return None
    if step.offset_seconds == 0:
        return clock.due_at
    if step.wall:
        moment = clock.due_at + timedelta(seconds=step.offset_seconds)
        return moment if clock.started_at is None else max(moment, clock.started_at)
    if clock.counting_since is None:
        return None
    missing = clock.target_seconds + step.offset_seconds - clock.counted_seconds
    if missing <= 0:
        return clock.counting_since
    try:
        return calendar.add(clock.counting_since, missing)
    except CalendarError as error:
        if error.code in {"never_opens", "too_far"}:
            return None
        raise


def pending_steps(
    clock: Clock, steps: Iterable[Step], fired: Collection[str], calendar: Calendar
) -> list[tuple[datetime, Step]]:
    """Return the steps still to come with their moments, in the order in which they are to fire.

    The breach is always among them. `fired` holds the keys (`step_key`) of those that have.
    """
    if clock.due_at is None:
        return []  # no step has a moment, see moment_of: as for most promises of a case just opened
    found: list[tuple[datetime, int, int, Step]] = []
    for order, step in enumerate((BREACH, *steps)):
        if step.kind not in (None, clock.kind) or (fired and step_key(clock, step) in fired):
            continue
        if step is BREACH and clock.state is not State.RUNNING and clock.state is not State.BREACHED:
            continue
        moment = moment_of(clock, step, calendar)
        if moment is not None:
            found.append((moment, step.offset_seconds, order, step))
    found.sort(key=lambda item: item[:3])
    return [(moment, step) for moment, _, _, step in found]


def next_step(
    clock: Clock, steps: Iterable[Step], fired: Collection[str], calendar: Calendar
) -> tuple[datetime, Step] | None:
    """Return the moment and step a timer should be set for, or None when nothing is left to do."""
    return next(iter(pending_steps(clock, steps, fired, calendar)), None)


def step_from_json(value: Any, field: str = "step") -> Step:
    """Build a step from its JSON; raises PolicyError with the field and what to do."""
    if not isinstance(value, Mapping):
        raise PolicyError("wrong_type", f"expected a step object, got {type(value).__name__}.", field=field)
    for name in value:
        if name not in {"id", "offset_seconds", "actions", "kind", "wall"}:
            raise PolicyError("unknown_field", "no step has this field.", field=f"{field}.{name}")
    name, offset, kind, wall = value.get("id"), value.get("offset_seconds"), value.get("kind"), value.get("wall", False)
    if not isinstance(name, str) or not name or name == BREACH.id:
        raise PolicyError("bad_id", f"give the step a name of its own, not {BREACH.id!r}.", field=f"{field}.id")
    if isinstance(offset, bool) or not isinstance(offset, int) or abs(offset) > FARTHEST_OFFSET:
        message = "give whole seconds, negative for before the due moment, a year at most."
        raise PolicyError("bad_offset", message, field=f"{field}.offset_seconds")
    if kind is not None and kind not in list(Kind):
        raise PolicyError("unknown_kind", f"use one of {', '.join(Kind)}, or none for all.", field=f"{field}.kind")
    if not isinstance(wall, bool):
        raise PolicyError("wrong_type", "say true or false.", field=f"{field}.wall")
    actions = value.get("actions", [])
    if not isinstance(actions, list | tuple):
        raise PolicyError("wrong_type", "expected a list of actions.", field=f"{field}.actions")
    return Step(
        id=name,
        offset_seconds=offset,
        actions=tuple(_action(item, f"{field}.actions[{i}]") for i, item in enumerate(actions)),
        kind=None if kind is None else Kind(kind),
        wall=wall,
    )


def _action(value: Any, field: str) -> Action:
    if not isinstance(value, Mapping) or value.get("what") not in list(What):
        raise PolicyError("unknown_action", f"say what: {', '.join(What)}.", field=f"{field}.what")
    what = What(value["what"])
    arguments = {key: item for key, item in value.items() if key != "what"}
    required = REQUIRED.get(what)
    if required is not None and not arguments.get(required):
        raise PolicyError("missing", f"{what} needs {required}.", field=f"{field}.{required}")
    return Action(what=what, arguments=MappingProxyType(arguments))
