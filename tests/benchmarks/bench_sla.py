"""Questions to calendars per second and core, against walking day by day with datetime and zoneinfo, the usual way.

The questions are `casefeed sla compute` lines over calendars in fifteen zones, half of them around a change of clocks.
Both sides get the same questions; the answers are compared. Our side is measured as a library (calendars built, moments
handed in) like the baseline, and as the whole command reading and writing JSON. Seconds are processor time.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sla import calendar_from_json
from sla import run as compute

ZONES = (
    "Etc/UTC", "Europe/Helsinki", "Europe/London", "Europe/Berlin", "America/New_York", "America/St_Johns",
    "America/Havana", "America/Santiago", "Africa/Casablanca", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo",
    "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PERIODS = ([["09:00", "17:00"]], [["08:00", "12:00"], ["13:00", "18:00"]], [["00:00", "24:00"]], [["09:30", "17:45"]])
CHANGES = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC))
QUESTIONS = 600
ROUNDS = 5


def questions() -> list[dict[str, Any]]:
    """Return the same questions every time."""
    pick = random.Random(20260326)
    found: list[dict[str, Any]] = []
    for number in range(QUESTIONS):
        calendar = {
            "tz": pick.choice(ZONES),
            "hours": {day: pick.choice(PERIODS) for day in DAYS[: pick.choice((5, 5, 6, 7))]},
            "holidays": [(date(2026, 1, 1) + timedelta(days=pick.randrange(365))).isoformat() for _ in range(8)],
        }
        middle = pick.choice(CHANGES) if number % 2 else datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=number % 330)
        start = middle + timedelta(minutes=pick.randrange(-5_000, 5_000))
        question = {"id": number, "calendar": calendar, "start": start.isoformat()}
        if number % 3:
            found.append(
                {**question, "op": "between", "end": (start + timedelta(hours=pick.randrange(400))).isoformat()}
            )
        else:
            found.append({**question, "op": "add", "minutes": pick.choice((15, 60, 240, 480, 1_441, 2_881))})
    return found


class DayByDay:
    """The usual way: walk the dates, turn each period of each into absolute time, and sum."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self.zone = ZoneInfo(definition["tz"])
        self.hours = [[self._pair(pair) for pair in definition["hours"].get(day, [])] for day in DAYS]
        self.holidays = {date.fromisoformat(day) for day in definition["holidays"]}

    @staticmethod
    def _pair(pair: list[str]) -> tuple[clock_time, clock_time | None]:
        return clock_time.fromisoformat(pair[0]), None if pair[1] == "24:00" else clock_time.fromisoformat(pair[1])

    def of(self, day: date) -> list[tuple[datetime, datetime]]:
        if day in self.holidays:
            return []
        found = []
        for opening, closing in self.hours[day.weekday()]:
            until = (
                datetime.combine(day, closing) if closing else datetime.combine(day, clock_time()) + timedelta(days=1)
            )
            begin = datetime.combine(day, opening, tzinfo=self.zone).astimezone(UTC)
            found.append((begin, until.replace(tzinfo=self.zone).astimezone(UTC)))
        return found

    def add(self, start: datetime, seconds: float) -> datetime:
        left = timedelta(seconds=seconds)
        day = start.astimezone(self.zone).date()
        while True:
            for opening, closing in self.of(day):
                begin = max(opening, start)
                if begin < closing:
                    if left < closing - begin:
                        return begin + left
                    left -= closing - begin
            day += timedelta(days=1)

    def between(self, start: datetime, end: datetime) -> float:
        total = timedelta()
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            for opening, closing in self.of(day):
                total += max(timedelta(), min(closing, end) - max(opening, start))
            day += timedelta(days=1)
        return total.total_seconds()


def _answers(calendars: list[Any], asked: list[dict[str, Any]]) -> Callable[[], list[Any]]:
    moments = [
        (calendar, datetime.fromisoformat(item["start"]), item.get("minutes", 0) * 60,
         datetime.fromisoformat(item["end"]) if "end" in item else None)
        for calendar, item in zip(calendars, asked, strict=True)
    ]  # fmt: skip

    def answer() -> list[Any]:
        return [
            calendar.add(start, seconds) if end is None else calendar.between(start, end)
            for calendar, start, seconds, end in moments
        ]

    return answer


def _per_second(work: Callable[[], Any], count: int, rounds: int = ROUNDS) -> float:
    speeds = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        speeds.append(count / (time.process_time() - begun))
    return median(speeds)


def run() -> dict[str, Any]:
    """Measure and compare."""
    asked = questions()
    ours = _answers([calendar_from_json(item["calendar"]) for item in asked], asked)
    usual = _answers([DayByDay(item["calendar"]) for item in asked], asked)
    differing = sum(one != two for one, two in zip(ours(), usual(), strict=True))
    lines = [json.dumps(item) for item in asked]
    library = _per_second(lambda: [ours() for _ in range(20)], 20 * len(asked))
    baseline = _per_second(usual, len(asked), rounds=3)
    command = _per_second(lambda: [list(compute(lines)) for _ in range(10)], 10 * len(asked))
    return {
        "questions": len(asked),
        "answers that differ from the baseline": differing,
        "day by day, questions per second": baseline,
        "calendar, questions per second": library,
        "calendar to day by day ratio": library / baseline,
        "sla compute with JSON, lines per second": command,
        "sla compute with JSON to day by day without JSON ratio": command / baseline,
    }
