"""Periods of reports: days in somebody's zone, cut into days or weeks, as exact moments. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.errors import Invalid

LONGEST = 1_100  # days: three years
CUT_INTO_WEEKS = 63  # days; a longer period is drawn by weeks


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` up to, not with, `until`; `name` is its first day."""

    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """The days `first` to `last`, both with, in `zone`."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def whole(self) -> Span:
        return self._span(self.first, self.days)

    @property
    def before(self) -> Period:
        """As many days, just before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone)

    def by_day(self) -> list[Span]:
        return [self._span(self.first + timedelta(days=n), 1) for n in range(self.days)]

    def by_week(self) -> list[Span]:
        """Weeks begin on Monday (ISO 8601); the first and the last are as long as the period leaves them."""
        spans, day = [], self.first
        while day <= self.last:
            length = min(7 - day.weekday(), (self.last - day).days + 1)
            spans.append(self._span(day, length))
            day += timedelta(days=length)
        return spans

    def steps(self) -> list[Span]:
        """The pieces of a curve: days, or weeks where those would be too many."""
        return self.by_day() if self.days <= CUT_INTO_WEEKS else self.by_week()

    def _span(self, day: date, length: int) -> Span:
        return Span(day.isoformat(), self._midnight(day), self._midnight(day + timedelta(days=length)))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def period(first: date, last: date, zone: str) -> Period:
    """Raises Invalid for days in the wrong order, too many of them, or an unknown zone."""
    if last < first:
        raise Invalid("The last day is before the first one.", field="last")
    if (last - first).days >= LONGEST:
        raise Invalid(f"A report covers at most {LONGEST} days.", field="first")
    try:
        return Period(first, last, ZoneInfo(zone))
    except (KeyError, ValueError, OSError) as error:
        raise Invalid("There is no such time zone.", field="zone") from error
