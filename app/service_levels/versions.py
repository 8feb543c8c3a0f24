"""What one version of a calendar or a policy changed against the one before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

IDENTITY = frozenset({"key", "version"})
"""Parts that differ in every version and say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`what` is where, such as hours.mon or holidays.2026-12-24; `before` and `after` are null where it was not."""

    what: str
    before: Any
    after: Any


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Each part that differs, in the order of their names."""
    was, now = dict(_parts(before)), dict(_parts(after))
    return [
        Change(what=what, before=was.get(what), after=now.get(what))
        for what in sorted({*was, *now})
        if was.get(what) != now.get(what)
    ]


def _parts(definition: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in definition.items():
        if name in IDENTITY:
            continue
        if name == "holidays":
            for item in value:
                yield (f"holidays.{item}", "") if isinstance(item, str) else (f"holidays.{item['date']}", item["name"])
        elif name in {"hours", "shifts", "breaks"}:
            yield from ((f"{name}.{key}", part) for key, part in value.items())
        elif name == "steps":
            yield from ((f"steps.{part['id']}", part) for part in value)
        elif name == "targets":
            yield from ((f"targets.{index + 1}", part) for index, part in enumerate(value))
        else:
            yield name, value
