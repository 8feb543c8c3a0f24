"""Calendars, their feeds and their years for those who may administer them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from app.database import Work
from app.errors import Invalid, NotFound
from app.people.authentication import ThePerson
from app.people.rights import Actor, may_administer, require
from app.service_levels import actions, queries
from app.service_levels.actions import Holidays
from app.service_levels.feeds import fetch_feed, read_feed
from app.service_levels.models import Calendar, CalendarFeed
from app.service_levels.public_holidays import countries
from app.service_levels.schemas.calendars import (
    CalendarOut,
    ChangeCalendar,
    CountryOut,
    NewCalendar,
    NewFeed,
    Preview,
    PreviewDay,
    PreviewWanted,
    Shown,
    Year,
    YearDay,
    YearWanted,
)
from app.service_levels.schemas.policies import VersionOut
from app.service_levels.year import days_of_year
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from sla import Calendar as Hours

TAGS = ["Administration"]


@get("/api/admin/calendars", summary="All calendars", tags=TAGS)
async def list_calendars(staff: ThePerson) -> list[CalendarOut]:
    require(may_administer(staff, "service_levels"))
    feeds = await CalendarFeed.all().order_by("id")
    return [
        CalendarOut.of(row, [one for one in feeds if one.calendar_id == row.id])
        for row in await Calendar.all().order_by("id")
    ]


@post("/api/admin/calendars", status_code=201, summary="Add a calendar", tags=TAGS)
async def add_calendar(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewCalendar]
) -> Response[CalendarOut]:
    require(may_administer(staff, "service_levels"))

    async def add(work: Work) -> CalendarOut:
        row = await actions.create_calendar(
            work,
            name=data.name,
            definition=data.definition,
            holidays=_holidays(data.country, data.subdivision, data.holiday_language),
            by=Actor.of(staff),
        )
        return CalendarOut.of(row, [])

    return await write(request, desk, add, status=201)


@patch("/api/admin/calendars/{calendar_id:int}", summary="Change a calendar", tags=TAGS)
async def change_calendar(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    calendar_id: FromPath[int],
    data: JSONBody[ChangeCalendar],
) -> Response[CalendarOut]:
    """Promises that are made already go on by the hours that they were made by."""
    require(may_administer(staff, "service_levels"))
    chosen: Holidays | UnsetType = UNSET
    if not isinstance(data.country, UnsetType):
        chosen = _holidays(data.country, data.subdivision, data.holiday_language)

    async def change(work: Work) -> CalendarOut:
        row = await actions.change_calendar(
            work,
            calendar_id=calendar_id,
            name=data.name,
            definition=data.definition,
            holidays=chosen,
            by=Actor.of(staff),
        )
        return await _shown(row)

    return await write(request, desk, change)


@post("/api/admin/calendars/preview", status_code=200, summary="The next days of a calendar", tags=TAGS)
async def preview_calendar(desk: TheDesk, staff: ThePerson, data: JSONBody[PreviewWanted]) -> Preview:
    """Today and the days after it, closed ones included, in the calendar's own zone."""
    require(may_administer(staff, "service_levels"))
    days = queries.coming_days(await _hours(desk, data), desk.now(), data.days)
    return Preview(days=[PreviewDay(date=day, periods=periods, holiday=name) for day, periods, name in days])


@post("/api/admin/calendars/year", status_code=200, summary="A calendar's year, date by date", tags=TAGS)
async def year_of_calendar(desk: TheDesk, staff: ThePerson, data: JSONBody[YearWanted]) -> Year:
    """Every date with its hours, holiday, special hours, breaks, and where the clock is set, in the calendar's zone."""
    require(may_administer(staff, "service_levels"))
    found = days_of_year(await _hours(desk, data), data.year)
    return Year(
        days=[
            YearDay(
                date=one.date,
                periods=one.periods,
                open_seconds=one.open_seconds,
                holiday=one.holiday,
                shift=one.shift,
                broken=one.broken,
                clock_change=one.clock_change,
            )
            for one in found
        ]
    )


@get("/api/admin/calendars/countries", summary="Countries whose public holidays are known", tags=TAGS)
async def list_countries(staff: ThePerson) -> list[CountryOut]:
    require(may_administer(staff, "service_levels"))
    return [CountryOut(code=one.code, subdivisions=one.subdivisions, languages=one.languages) for one in countries()]


@get("/api/admin/calendars/{calendar_id:int}/versions", summary="Who changed a calendar, when and what", tags=TAGS)
async def calendar_versions(staff: ThePerson, calendar_id: FromPath[int]) -> list[VersionOut]:
    """The latest first."""
    require(may_administer(staff, "service_levels"))
    return [VersionOut(**one) for one in await queries.calendar_versions(calendar_id)]


@post("/api/admin/calendars/{calendar_id:int}/feeds", status_code=201, summary="Take in another calendar", tags=TAGS)
async def add_feed(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    calendar_id: FromPath[int],
    data: JSONBody[NewFeed],
) -> Response[CalendarOut]:
    """An iCalendar file, or an address that is read at once and then daily. All its events close this calendar."""
    require(may_administer(staff, "service_levels"))
    if not await Calendar.exists(id=calendar_id):
        raise NotFound("There is no such calendar.")
    if bool(data.url) == bool(data.text):
        raise Invalid("Give the address of a feed or the text of a file.", field="url")
    text = await fetch_feed(desk, data.url) if data.url else data.text

    async def add(work: Work) -> CalendarOut:
        await actions.add_feed(
            work, calendar_id=calendar_id, name=data.name, url=data.url, text=text, by=Actor.of(staff)
        )
        return await _shown(await Calendar.get(id=calendar_id))

    return await write(request, desk, add, status=201)


@delete("/api/admin/calendars/feeds/{feed_id:int}", status_code=204, summary="Take a feed out again", tags=TAGS)
async def remove_feed(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, feed_id: FromPath[int]
) -> Response[None]:
    require(may_administer(staff, "service_levels"))

    async def remove(work: Work) -> None:
        await actions.remove_feed(work, feed_id=feed_id, by=Actor.of(staff))

    return await write(request, desk, remove, status=204)


@post("/api/admin/calendars/feeds/{feed_id:int}/read", status_code=200, summary="Read a feed now", tags=TAGS)
async def read_feed_now(desk: TheDesk, staff: ThePerson, feed_id: FromPath[int]) -> CalendarOut:
    """What goes wrong is said in the feed's `problem`; what was read before still holds."""
    require(may_administer(staff, "service_levels"))
    feed = await CalendarFeed.get_or_none(id=feed_id)
    if feed is None:
        raise NotFound("There is no such feed.")
    if feed.url:
        await read_feed(desk, feed)
    return await _shown(await Calendar.get(id=feed.calendar_id))


def _holidays(country: str, subdivision: str, language: str) -> Holidays:
    return Holidays(country=country, subdivision=subdivision, language=language)


async def _hours(desk: TheDesk, data: Shown) -> Hours:
    chosen = _holidays(data.country, data.subdivision, data.holiday_language)
    return await actions.whole_hours(data.definition, chosen, data.calendar_id, desk.now())


async def _shown(row: Calendar) -> CalendarOut:
    return CalendarOut.of(row, await CalendarFeed.filter(calendar_id=row.id).order_by("id"))


ROUTES = [
    list_calendars,
    add_calendar,
    change_calendar,
    preview_calendar,
    year_of_calendar,
    list_countries,
    calendar_versions,
    add_feed,
    remove_feed,
    read_feed_now,
]
