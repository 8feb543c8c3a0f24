"""What calendars look like on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from app.people.schemas.common import Input, Line
from app.service_levels.models import Calendar, CalendarFeed

Moments = tuple[datetime, datetime]
Code = Annotated[str, Meta(max_length=16)]


class FeedOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    url: str
    problem: str
    read_at: datetime | None


class CalendarOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    version: int
    definition: dict[str, Any]
    country: str
    subdivision: str
    holiday_language: str
    feeds: list[FeedOut]

    @classmethod
    def of(cls, row: Calendar, feeds: list[CalendarFeed]) -> CalendarOut:
        return cls(
            id=row.id,
            name=row.name,
            version=row.version,
            definition=row.definition,
            country=row.country,
            subdivision=row.subdivision,
            holiday_language=row.holiday_language,
            feeds=[
                FeedOut(id=one.id, name=one.name, url=one.url, problem=one.problem, read_at=one.read_at)
                for one in feeds
            ],
        )


class NewCalendar(Input):
    name: Line
    definition: dict[str, Any]
    country: Code = ""
    subdivision: Code = ""
    holiday_language: Code = ""


class ChangeCalendar(Input):
    """The three parts of the choice of holidays are changed together."""

    name: Line | UnsetType = UNSET
    definition: dict[str, Any] | UnsetType = UNSET
    country: Code | UnsetType = UNSET
    subdivision: Code = ""
    holiday_language: Code = ""


class NewFeed(Input):
    """An address to read daily, or the text of a file."""

    name: Line
    url: Annotated[str, Meta(max_length=1000)] = ""
    text: Annotated[str, Meta(max_length=2 * 1024 * 1024)] = ""


class Shown(Input):
    """A calendar as a form has it; with its id the stored feeds are taken in."""

    definition: dict[str, Any]
    country: Code = ""
    subdivision: Code = ""
    holiday_language: Code = ""
    calendar_id: int | None = None


class PreviewWanted(Shown, kw_only=True):
    days: Annotated[int, Meta(ge=1, le=60)] = 14


class YearWanted(Shown, kw_only=True):
    year: Annotated[int, Meta(ge=1971, le=2199)]


class PreviewDay(Struct, frozen=True, kw_only=True):
    """One date on the calendar's wall: when it is open (moments), and the holiday's name where it is one."""

    date: date
    periods: list[Moments]
    holiday: str | None


class Preview(Struct, frozen=True, kw_only=True):
    days: list[PreviewDay]


class YearDay(Struct, frozen=True, kw_only=True):
    """One date of a year: its open periods and seconds, and what makes it different from other days of its weekday.

    `clock_change` is by how many seconds the clock of the zone is set on that date (3600: forward).
    """

    date: date
    periods: list[tuple[str, str]]
    open_seconds: int
    holiday: str | None
    shift: bool
    broken: bool
    clock_change: int


class Year(Struct, frozen=True, kw_only=True):
    days: list[YearDay]


class CountryOut(Struct, frozen=True, kw_only=True):
    code: str
    subdivisions: dict[str, str]
    languages: tuple[str, ...]
