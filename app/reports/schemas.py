"""Reports on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from app.cases.schemas import CaseRow

By = Literal["queue", "owner", "account", "week", "day"]
Cell = Literal["opened", "resolved", "reopened", "answered", "kept", "broken", "backlog"]
"""What can be counted, and looked behind."""


class Figures(Struct, kw_only=True):
    """One line of a report. Times are medians and ninetieth percentiles in seconds around the clock."""

    key: str
    label: str
    opened: int = 0
    resolved: int = 0
    reopened: int = 0
    backlog: int = 0
    """Cases to work on at the end of the period."""
    kept: int = 0
    broken: int = 0
    answered: int = 0
    answer_median: int | None = None
    answer_p90: int | None = None
    resolution_median: int | None = None
    resolution_p90: int | None = None


class Report(Struct, kw_only=True):
    first: str
    last: str
    by: By
    rows: list[Figures]
    total: Figures
    before: Figures
    """The same for as many days just before."""
    curve: list[Figures]
    """The period in days or weeks."""


class ReportCases(Struct, kw_only=True):
    items: list[CaseRow]
    next_cursor: str | None = None


class WallQueue(Struct, kw_only=True):
    id: int
    name: str
    purpose: str
    active: int
    waiting: int
    """Cases whose customer waits for an answer."""
    oldest: datetime | None
    """Since when the one waits who has waited longest."""
    soon: int
    """Promises that end within the hour."""
    overdue: int
    unowned: int


class WallPerson(Struct, kw_only=True):
    id: int
    name: str
    seen_at: datetime
    open: int
    """Cases of theirs that are new or open."""


class Wallboard(Struct, kw_only=True):
    at: datetime
    queues: list[WallQueue]
    people: list[WallPerson]
    opened_today: int
    resolved_today: int
    kept_today: int
    broken_today: int
