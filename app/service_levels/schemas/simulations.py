"""What simulations look like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from app.people.schemas.common import Input, Line
from app.service_levels.models import Simulation


class NewSimulation(Input, kw_only=True):
    """A draft of a policy (by a stored calendar or a drafted one), or of a calendar alone.

    `policy_id` is the policy that the draft stands for, none for a new one; `calendar_id` the calendar that it counts
    by, or that `calendar` is a draft of.
    """

    name: Line = ""
    policy_id: int | None = None
    policy: dict[str, Any] | None = None
    calendar_id: int
    days: Annotated[int, Meta(ge=1, le=366)] = 30
    calendar: dict[str, Any] | None = None
    country: Annotated[str, Meta(max_length=16)] = ""
    subdivision: Annotated[str, Meta(max_length=16)] = ""
    holiday_language: Annotated[str, Meta(max_length=16)] = ""


class SimulationOut(Struct, frozen=True, kw_only=True):
    """`state` is waiting, running, done, failed or cancelled; `result` is there when it is done."""

    id: int
    name: str
    policy_id: int | None
    calendar_id: int | None
    days: int
    state: str
    done: int
    total: int
    problem: str
    created_at: datetime
    finished_at: datetime | None
    by: str
    result: dict[str, Any] | None = None

    @classmethod
    def of(cls, row: Simulation, *, whole: bool) -> SimulationOut:
        draft: dict[str, Any] = row.draft
        return cls(
            id=row.id,
            name=str(draft.get("name") or ""),
            policy_id=draft.get("policy_id"),
            calendar_id=draft.get("calendar_id"),
            days=row.days,
            state=row.state,
            done=row.done,
            total=row.total,
            problem=row.problem,
            created_at=row.created_at,
            finished_at=row.finished_at,
            by=row.by_name,
            result=row.result if whole else None,
        )
