"""What the clocks of a case look like on the wire."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from app.service_levels.queries import Version
from sla import Explanation, Kind, Sort


class SegmentView(Struct, frozen=True, kw_only=True):
    """One stretch of time; `planned` is still to come, if nothing happens.

    Of a pause: `why` is the status, `by` whom.
    """

    sort: Sort
    start: datetime
    end: datetime
    seconds: float
    note: str
    why: str
    by: str
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
                    why=part.why,
                    by=part.by,
                    planned=part.planned,
                )
                for part in explanation.parts
            ],
            totals={str(sort): explanation.total(sort) for sort in Sort},
        )
