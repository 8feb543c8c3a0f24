"""What service levels look like on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from app.people.schemas.common import Input, Line
from app.service_levels.models import Calendar, Policy
from app.service_levels.queries import Version
from sla import Explanation, Kind, Sort

Moments = tuple[datetime, datetime]


class CalendarOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    version: int
    definition: dict[str, Any]

    @classmethod
    def of(cls, row: Calendar) -> CalendarOut:
        return cls(id=row.id, name=row.name, version=row.version, definition=row.definition)


class NewCalendar(Input):
    name: Line
    definition: dict[str, Any]


class ChangeCalendar(Input):
    name: Line | UnsetType = UNSET
    definition: dict[str, Any] | UnsetType = UNSET


class PreviewWanted(Input):
    definition: dict[str, Any]
    days: Annotated[int, Meta(ge=1, le=60)] = 14


class PreviewDay(Struct, frozen=True, kw_only=True):
    """One date on the calendar's wall: when it is open (moments), and the holiday's name where it is one."""

    date: date
    periods: list[Moments]
    holiday: str | None


class Preview(Struct, frozen=True, kw_only=True):
    days: list[PreviewDay]


class PolicyOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    calendar_id: int
    version: int
    definition: dict[str, Any]
    sort: int
    active: bool

    @classmethod
    def of(cls, row: Policy) -> PolicyOut:
        return cls(
            id=row.id,
            name=row.name,
            calendar_id=row.calendar_id,
            version=row.version,
            definition=row.definition,
            sort=row.sort,
            active=row.active,
        )


class NewPolicy(Input):
    name: Line
    calendar_id: int
    definition: dict[str, Any]
    sort: int = 0
    active: bool = True


class ChangePolicy(Input):
    name: Line | UnsetType = UNSET
    calendar_id: int | UnsetType = UNSET
    definition: dict[str, Any] | UnsetType = UNSET
    sort: int | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class SegmentView(Struct, frozen=True, kw_only=True):
    """One stretch of time; `planned` is still to come, if nothing happens."""

    sort: Sort
    start: datetime
    end: datetime
    seconds: float
    note: str
    planned: bool


class PolicyName(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    version: int


class ClockExplained(Struct, frozen=True, kw_only=True):
    """Why a clock stands where it stands. Its segments have no gaps, and `totals` (seconds) are their sums."""

    kind: Kind
    phase: str
    policy: PolicyName
    zone: str
    target_seconds: int | None
    counted_seconds: float
    remaining_seconds: float | None
    started_at: datetime | None
    due_at: datetime | None
    breached_at: datetime | None
    met_at: datetime | None
    segments: list[SegmentView]
    totals: dict[str, float]

    @classmethod
    def of(cls, explanation: Explanation, version: Version, now: datetime) -> ClockExplained:
        clock, calendar = explanation.clock, explanation.calendar
        return cls(
            kind=clock.kind,
            phase=str(clock.state),
            policy=PolicyName(id=version.policy_id, name=version.policy.name, version=version.policy.version),
            zone=calendar.zone,
            target_seconds=clock.target_seconds,
            counted_seconds=clock.counted_at(now, calendar),
            remaining_seconds=clock.remaining_at(now, calendar),
            started_at=clock.started_at,
            due_at=clock.due_at,
            breached_at=clock.breached_at,
            met_at=clock.met_at,
            segments=[
                SegmentView(
                    sort=part.sort,
                    start=part.start,
                    end=part.end,
                    seconds=part.seconds,
                    note=part.note,
                    planned=part.planned,
                )
                for part in explanation.parts
            ],
            totals={str(sort): explanation.total(sort) for sort in Sort},
        )
