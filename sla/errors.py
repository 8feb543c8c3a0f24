"""The error tree of the service-level engine, so that callers can catch one class and show a stable code."""

from __future__ import annotations

from typing import Any


def json_name(value: Any) -> str:
    """Return what a value is called in JSON: whoever wrote it knows no types of Python."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list | tuple) else "an object" if isinstance(value, dict) else "something else"


class SlaError(Exception):
    """A service-level definition or question that cannot be answered.

    `code` is stable and meant for machines, `field` is the dotted path of what is wrong ("" when it is the whole),
    and `message` says in a sentence what is wrong and what to do.
    """

    def __init__(self, code: str, message: str, *, field: str = "") -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.code = code
        self.field = field
        self.message = message


class CalendarError(SlaError):
    """A calendar that cannot be built, or a moment it cannot compute."""


class PolicyError(SlaError):
    """A policy, target, condition or step that cannot be built."""


class ComputeError(SlaError):
    """A line of `casefeed sla compute` that asks for something impossible."""
