"""What another policy changes, counted: due moments and broken promises by queue, account and week. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.service_levels.replaying import PastCase
from sla import Made

EXAMPLES = 100  # changed promises that are shown one by one
NOBODY = (0, "")
"""Cases without an account are counted under this one."""


@dataclass(slots=True)
class Count:
    """Promises of one group: how many there are, whose due moment moves, and that are broken before and after."""

    promises: int = 0
    moved: int = 0
    broken_before: int = 0
    broken_after: int = 0

    def add(self, before: Made | None, after: Made | None) -> None:
        self.promises += 1
        self.moved += _due(before) != _due(after)
        self.broken_before += before is not None and before.broken
        self.broken_after += after is not None and after.broken

    def to_json(self) -> dict[str, int]:
        return {
            "promises": self.promises,
            "moved": self.moved,
            "broken_before": self.broken_before,
            "broken_after": self.broken_after,
        }


@dataclass(slots=True)
class Comparison:
    """Grows case by case; `to_json` at any time."""

    cases: int = 0
    whole: Count = field(default_factory=Count)
    queues: dict[tuple[int, str], Count] = field(default_factory=dict)
    accounts: dict[tuple[int, str], Count] = field(default_factory=dict)
    weeks: dict[str, Count] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, case: PastCase, before: Sequence[Made], after: Sequence[Made], since: datetime) -> None:
        """Count the promises of one case that began since then; the same kind from the same moment is the same one."""
        self.cases += 1
        was = {(one.kind, one.started_at): one for one in before}
        now = {(one.kind, one.started_at): one for one in after}
        for kind, started_at in sorted({*was, *now}, key=lambda key: (key[1], key[0])):
            if started_at < since:
                continue
            pair = was.get((kind, started_at)), now.get((kind, started_at))
            week = (started_at - timedelta(days=started_at.weekday())).date().isoformat()
            for count in (
                self.whole,
                self.queues.setdefault(case.queue, Count()),
                self.accounts.setdefault(case.account or NOBODY, Count()),
                self.weeks.setdefault(week, Count()),
            ):
                count.add(*pair)
            if _due(pair[0]) != _due(pair[1]) or _broken(pair[0]) != _broken(pair[1]):
                self._example(case, str(kind), *pair)

    def _example(self, case: PastCase, kind: str, before: Made | None, after: Made | None) -> None:
        # Promises whose outcome changes say more than those that only move.
        telling = _broken(before) != _broken(after)
        if len(self.examples) >= EXAMPLES:
            if not telling:
                return
            quiet = next((at for at, one in enumerate(self.examples) if not one["telling"]), None)
            if quiet is None:
                return
            del self.examples[quiet]
        self.examples.append(
            {
                "telling": telling,
                "case_id": case.case_id,
                "number": case.number,
                "subject": case.subject,
                "kind": kind,
                "due_before": _text(_due(before)),
                "due_after": _text(_due(after)),
                "broken_before": _broken(before),
                "broken_after": _broken(after),
            }
        )

    def to_json(self) -> dict[str, Any]:
        def named(groups: dict[tuple[int, str], Count]) -> list[dict[str, Any]]:
            ordered = sorted(groups.items(), key=lambda one: (-one[1].moved, one[0][1], one[0][0]))
            return [{"id": key[0], "name": key[1], **count.to_json()} for key, count in ordered]

        return {
            "cases": self.cases,
            **self.whole.to_json(),
            "queues": named(self.queues),
            "accounts": named(self.accounts),
            "weeks": [{"week": week, **count.to_json()} for week, count in sorted(self.weeks.items())],
            "examples": sorted(self.examples, key=lambda one: (not one["telling"], one["case_id"])),
        }


def _due(one: Made | None) -> datetime | None:
    return None if one is None else one.due_at


def _broken(one: Made | None) -> bool:
    return one is not None and one.broken


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
