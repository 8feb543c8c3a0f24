"""What docs/service-levels.md says is what the engine does: the state table, the example, the calendar."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sla import (
    Kind,
    Opened,
    State,
    StatusChanged,
    Terms,
    Verb,
    calendar_from_json,
    explain,
    replay,
)
from sla.states import TRANSITIONS
from tests.sla.desk import HOUR, OFFICE

PAGE = (Path(__file__).parents[2] / "docs" / "service-levels.md").read_text(encoding="utf-8")
HELSINKI = ZoneInfo("Europe/Helsinki")


def table(*, starting: str) -> list[list[str]]:
    """Return the body of the table whose heading starts so, as cells."""
    lines = PAGE[PAGE.index(f"| {starting} |") :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def test_the_state_table() -> None:
    heading = re.search(r"^\| state \|(.*)\|$", PAGE, re.MULTILINE)
    assert heading is not None
    verbs = [Verb(cell.strip()) for cell in heading[1].split("|")]
    assert set(verbs) == set(Verb)
    said = {
        State(row[0]): {verb: State(cell) for verb, cell in zip(verbs, row[1:], strict=True) if cell}
        for row in table(starting="state")
    }
    assert said == {state: dict(row) for state, row in TRANSITIONS.items()}


def test_the_worked_example() -> None:
    opened, asked, arrived = (local(row[0]) for row in table(starting="when"))
    promised = re.search(r"a resolution within (\d+) hours", PAGE)
    due, due_without_pause = re.findall(r"due on\s+\*\*([^*]+)\*\*", PAGE)
    assert promised is not None
    target = int(promised[1]) * HOUR
    terms = Terms(calendar=OFFICE, targets={Kind.RESOLUTION: target})
    events = [
        Opened(at=opened),
        StatusChanged(at=asked, category="waiting"),
        StatusChanged(at=arrived, category="open"),
    ]

    found = explain(events, terms, Kind.RESOLUTION, arrived)
    told = [
        (local(row[0]), local(row[1]), float(row[2].removesuffix(" h")) * HOUR, row[3])
        for row in table(starting="from")
    ]
    assert [(part.start, part.end, part.seconds, str(part.sort)) for part in found.parts] == told
    assert found.clock.due_at == local(due)
    assert sum(seconds for _, _, seconds, sort in told if sort == "counted") == target
    assert replay(events[:1], terms).resolution.due_at == local(due_without_pause)


def test_the_calendar_in_json() -> None:
    code = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    desk = calendar_from_json(json.loads(code[1]))
    assert desk.between(local("2026-12-06 00:00"), local("2026-12-07 00:00")) == 0
    assert desk.between(local("2026-12-24 00:00"), local("2026-12-25 00:00")) == 4 * HOUR
    assert desk.between(local("2026-11-20 00:00"), local("2026-11-22 00:00")) == 8 * HOUR
