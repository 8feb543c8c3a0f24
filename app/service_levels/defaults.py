"""What a new desk promises until somebody says otherwise: office hours, and answers within hours."""

from __future__ import annotations

from typing import Any

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
MINUTE, HOUR = 60, 3600  # seconds

WORKING_HOURS: dict[str, Any] = {"tz": "UTC", "hours": {day: [["09:00", "17:00"]] for day in WORKDAYS}}
AROUND_THE_CLOCK: dict[str, list[list[str]]] = {day: [["00:00", "24:00"]] for day in (*WORKDAYS, "sat", "sun")}


def targets(answer: dict[str, int], solution: dict[str, int]) -> list[dict[str, Any]]:
    """Targets in seconds by priority, the same for the first answer and each later one."""
    kinds = (("first_response", answer), ("next_response", answer), ("resolution", solution))
    return [
        {
            "kind": kind,
            "seconds": seconds,
            "when": {"fact": "priority", "operator": "is", "value": priority},
        }
        for kind, by_priority in kinds
        for priority, seconds in by_priority.items()
    ]


def usual_steps(warning: int) -> list[dict[str, Any]]:
    """A word `warning` seconds before, and at the breach the escalation queue, a higher priority and a word to all."""
    return [
        {
            "id": "warning",
            "offset_seconds": -warning,
            "actions": [{"what": "notify", "whom": ["owner", "team"]}],
        },
        {
            "id": "escalation",
            "offset_seconds": 0,
            "actions": [
                {"what": "move_to_queue", "queue": "escalation"},
                {"what": "raise_priority", "levels": 1},
                {"what": "notify", "whom": ["owner", "team", "lead"]},
            ],
        },
    ]


STANDARD: dict[str, Any] = {
    "targets": targets(
        {"urgent": HOUR, "high": 2 * HOUR, "normal": 4 * HOUR, "low": 8 * HOUR},
        {"urgent": 4 * HOUR, "high": 8 * HOUR, "normal": 16 * HOUR, "low": 40 * HOUR},
    ),
    "steps": usual_steps(30 * MINUTE),
}
