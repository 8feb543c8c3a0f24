"""Clocks as plain JSON, for those who keep a clock in one column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sla.clock import Clock
from sla.errors import SlaError
from sla.states import Kind, State

_NAMES = tuple(field.name for field in fields(Clock))
_MOMENTS = frozenset(field.name for field in fields(Clock) if "datetime" in str(field.type))


def clock_to_json(clock: Clock) -> dict[str, Any]:
    """Return the clock as texts and numbers; moments are ISO 8601 with offset."""
    table: dict[str, Any] = {}
    for name in _NAMES:
        value = getattr(clock, name)
        table[name] = value.isoformat() if isinstance(value, datetime) else value
    return {**table, "kind": str(clock.kind), "state": str(clock.state)}


def clock_from_json(table: Mapping[str, Any]) -> Clock:
    """Return the clock that `clock_to_json` wrote; raises SlaError `bad_clock` for anything else."""
    try:
        values: dict[str, Any] = {
            name: datetime.fromisoformat(value) if name in _MOMENTS and value is not None else value
            for name, value in table.items()
        }
        return Clock(**{**values, "kind": Kind(values["kind"]), "state": State(values["state"])})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SlaError("bad_clock", f"this is no stored clock ({error}); recompute it from the history.") from error
