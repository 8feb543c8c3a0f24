"""Reading service levels: versions of policies, compiled once, and what stands behind the clocks of a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.cases.queries import entries
from app.cases.visibility import Sight
from app.database import fetch_rows
from app.service_levels import rules
from app.service_levels.models import CalendarVersion, CaseClock, PolicyVersion
from app.service_levels.rules import Pin
from app.service_levels.versions import changes_between
from sla import (
    Calendar,
    Event,
    Explanation,
    Kind,
    Policy,
    Step,
    Terms,
    calendar_from_json,
    explain,
)

KEPT_VERSIONS = 500
"""Compiled versions kept by one process: a calendar takes some ten kilobytes, and old versions die out."""
WHOLE_FEED = 1_000_000
"""Entries of one case: more than any case has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a policy, ready to use."""

    id: int
    policy_id: int
    policy: Policy
    calendar: Calendar
    steps: tuple[Step, ...]
    used: frozenset[str]

    def terms(self, pin: Pin) -> Terms:
        return Terms(calendar=self.calendar, targets=pin.targets, pausing=self.policy.pausing)


class Versions:
    """Versions by their id. They never change, so each is read and compiled once per process."""

    def __init__(self) -> None:
        self._kept: dict[int, Version] = {}

    async def get(self, version_id: int) -> Version:
        return (await self.many([version_id]))[version_id]

    async def many(self, ids: Iterable[int]) -> dict[int, Version]:
        wanted = set(ids)
        missing = wanted - self._kept.keys()
        if missing:
            if len(self._kept) + len(missing) > KEPT_VERSIONS:
                self._kept = {key: value for key, value in self._kept.items() if key in wanted}
            for row in await PolicyVersion.filter(id__in=sorted(missing)):
                self._kept[row.id] = _compiled(row)
        return {version_id: self._kept[version_id] for version_id in wanted}

    async def current(self) -> list[Version]:
        """The versions that new promises are made by, in the order in which they are tried."""
        query = (
            "SELECT v.id FROM policy p JOIN policy_version v ON v.policy_id = p.id AND v.version = p.version "
            "WHERE p.active ORDER BY p.sort, p.id"
        )
        ids = [row["id"] for row in await fetch_rows(query)]
        found = await self.many(ids)
        return [found[one] for one in ids]


def _compiled(row: PolicyVersion) -> Version:
    policy = rules.read_policy(row.definition)
    return Version(
        id=row.id,
        policy_id=row.policy_id,
        policy=policy,
        calendar=calendar_from_json(row.calendar),
        steps=rules.steps_of(policy),
        used=rules.facts_used(policy),
    )


def pins_of(rows: Sequence[CaseClock]) -> list[Pin]:
    """The pins of a case; its clocks all carry the same."""
    return [Pin.from_json(table) for table in rows[0].pinned] if rows else []


async def history_of(case_id: int, pins: Sequence[Pin], versions: Versions) -> list[Event]:
    """What happened to the case, from its feed."""
    known = await versions.many(pin.version_id for pin in pins)
    terms = {pin.position: known[pin.version_id].terms(pin) for pin in pins}
    feed = await entries(case_id, seen_by=Sight.STAFF, limit=WHOLE_FEED)
    return rules.history(feed, pins, terms)


async def zone_of_case(case_id: int) -> ZoneInfo | None:
    """The zone in which the case's promises are counted, None where nothing is promised."""
    row = await CaseClock.filter(case_id=case_id).first()
    if row is None:
        return None
    version = await PolicyVersion.get(id=Pin.from_json(row.pinned[-1]).version_id)
    return ZoneInfo(str(version.calendar["tz"]))


async def zones_of_cases(case_ids: Sequence[int]) -> dict[int, ZoneInfo]:
    """The same for many cases; those that nothing is promised are left out."""
    rows = await CaseClock.filter(case_id__in=list(case_ids)).values_list("case_id", "pinned")
    pins = {int(case_id): Pin.from_json(pinned[-1]).version_id for case_id, pinned in rows}
    versions = await PolicyVersion.filter(id__in=sorted(set(pins.values())))
    zones = {version.id: ZoneInfo(str(version.calendar["tz"])) for version in versions}
    return {case_id: zones[version] for case_id, version in pins.items()}


async def explanations(case_id: int, now: datetime) -> list[tuple[Explanation, Version]]:
    """Each clock that ever started, explained from the feed, with the version that holds now."""
    rows = await CaseClock.filter(case_id=case_id).order_by("id")
    pins = pins_of(rows)
    if not pins:
        return []
    versions = Versions()
    events = await history_of(case_id, pins, versions)
    first, last = await versions.get(pins[0].version_id), await versions.get(pins[-1].version_id)
    found = (explain(events, first.terms(pins[0]), kind, now) for kind in Kind)
    return [(explanation, last) for explanation in found if explanation.clock.started_at is not None]


Day = tuple[date, list[tuple[datetime, datetime]], str | None]


def coming_days(calendar: Calendar, now: datetime, count: int) -> list[Day]:
    """Dates from today on, with their open periods cut at midnight, and the name of the holiday ("" unnamed)."""
    zone = ZoneInfo(calendar.zone)
    today = now.astimezone(zone).date()
    days: list[Day] = []
    for ahead in range(count):
        day = today + timedelta(days=ahead)
        begin = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
        periods = [(segment.start, segment.end) for segment in calendar.open_segments(begin, end)]
        days.append((day, periods, calendar.holidays.get(day)))
    return days


async def calendar_versions(calendar_id: int) -> list[dict[str, Any]]:
    """Versions of a calendar, the latest first, each with what it changed."""
    rows = await CalendarVersion.filter(calendar_id=calendar_id).order_by("version")
    return _told([(row.version, row.created_at, row.by_name, row.definition) for row in rows])


async def policy_versions(policy_id: int) -> list[dict[str, Any]]:
    """Versions of a policy, the latest first, each with what it changed, in its calendar too."""
    rows = await PolicyVersion.filter(policy_id=policy_id).order_by("version")
    return _told(
        [(row.version, row.created_at, row.by_name, {**row.definition, **_hours_of(row.calendar)}) for row in rows]
    )


def _hours_of(calendar: Mapping[str, Any]) -> dict[str, Any]:
    return {name: calendar.get(name) or {} for name in ("tz", "hours", "holidays", "shifts", "breaks")}


def _told(rows: list[tuple[int, datetime, str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    before: Mapping[str, Any] | None = None
    for version, at, by, definition in rows:
        changes = [] if before is None else changes_between(before, definition)
        found.append({"version": version, "created_at": at, "by": by, "changes": changes})
        before = definition
    return found[::-1]
