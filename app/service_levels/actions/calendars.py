"""Calendars: their own hours, the holidays of a country and other people's feeds, in versions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET, UnsetType

from app.database import Work
from app.errors import Invalid, NotFound
from app.people.rights import SYSTEM, Actor
from app.people.rules import clean_line
from app.service_levels.actions.common import MAX_NAME, free_name, keep_version, told
from app.service_levels.closings import Closings, FeedUnreadable, closings, taken_in
from app.service_levels.models import Calendar, CalendarFeed, CalendarVersion, Policy
from app.service_levels.public_holidays import days_of, wrong_choice
from sla import Calendar as Hours
from sla import CalendarError, calendar_from_json, calendar_to_json

MAX_DAYS = 4000  # holidays, shifts or breaks: each day is looked at when the calendar is compiled
MAX_FEEDS = 20  # of one calendar
YEARS_BEFORE, YEARS_AFTER = 1, 2
"""Holidays and feeds are worked out from the last year to the one after the next, and go on with the years."""
FEED_EVERY = timedelta(days=1)
FEED_AGAIN = timedelta(hours=1)
"""After a reading that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """Whose public holidays are taken in, and in which language their names are kept."""

    country: str = ""
    subdivision: str = ""
    language: str = ""

    @classmethod
    def of(cls, row: Calendar) -> Holidays:
        return cls(country=row.country, subdivision=row.subdivision, language=row.holiday_language)


async def create_calendar(
    work: Work, *, name: str, definition: Mapping[str, Any], holidays: Holidays | None = None, by: Actor = SYSTEM
) -> Calendar:
    """Raises Invalid that names the field of the definition which is wrong."""
    chosen = holidays or Holidays()
    plain = calendar_to_json(hours_of(definition))
    calendar = await Calendar.create(
        name=await free_name(Calendar, name, None),
        definition=plain,
        country=chosen.country,
        subdivision=chosen.subdivision,
        holiday_language=chosen.language,
        effective=await effective(plain, chosen, (), work.now),
        updated_at=work.now,
    )
    await _keep(work, calendar, by)
    return calendar


async def change_calendar(
    work: Work,
    *,
    calendar_id: int,
    name: str | UnsetType = UNSET,
    definition: Mapping[str, Any] | UnsetType = UNSET,
    holidays: Holidays | UnsetType = UNSET,
    by: Actor = SYSTEM,
) -> Calendar:
    """Change what is given. Other hours are another version of the calendar and of each policy that counts by it."""
    calendar = await _locked(calendar_id)
    if not isinstance(name, UnsetType):
        calendar.name = await free_name(Calendar, name, calendar.id)
    if not isinstance(definition, UnsetType):
        calendar.definition = calendar_to_json(hours_of(definition))
    if not isinstance(holidays, UnsetType):
        calendar.country, calendar.subdivision = holidays.country, holidays.subdivision
        calendar.holiday_language = holidays.language
    calendar.updated_at = work.now
    await freshen(work, calendar, by=by)
    return calendar


async def freshen(work: Work, calendar: Calendar, *, by: Actor = SYSTEM) -> bool:
    """Work out what the calendar comes to today; where that differs it is another version. Answers whether it did.

    The caller holds the row, or has just changed it.
    """
    stored = await Calendar.get(id=calendar.id)
    before = stored.whole
    feeds = await CalendarFeed.filter(calendar_id=calendar.id).order_by("id")
    calendar.effective = await effective(
        calendar.definition, Holidays.of(calendar), [one.text for one in feeds], work.now
    )
    changed = calendar.whole != before
    if changed:
        calendar.version += 1
    await calendar.save()
    if changed:
        if not await CalendarVersion.exists(calendar_id=calendar.id):  # it is older than the table of versions
            await CalendarVersion.create(
                calendar_id=calendar.id,
                version=stored.version,
                definition=before,
                created_at=stored.updated_at,
                by_name="",
            )
        await _keep(work, calendar, by)
        for policy in await Policy.filter(calendar_id=calendar.id).order_by("id").select_for_update():
            policy.version += 1
            await policy.save()
            await keep_version(work, policy, calendar, by.name)
    return changed


async def add_feed(
    work: Work, *, calendar_id: int, name: str, url: str = "", text: str, by: Actor = SYSTEM
) -> CalendarFeed:
    """Take in another calendar whose text was read already (nothing is fetched in here). Raises Invalid."""
    calendar = await _locked(calendar_id)
    if await CalendarFeed.filter(calendar_id=calendar_id).count() >= MAX_FEEDS:
        raise Invalid(f"At most {MAX_FEEDS} feeds, please.", field="name")
    feed = await CalendarFeed.create(
        calendar_id=calendar_id,
        name=clean_line(name, field="name", limit=MAX_NAME),
        url=url,
        text=text,
        read_at=work.now,
        check_at=work.now + FEED_EVERY if url else None,
    )
    await freshen(work, calendar, by=by)
    return feed


async def feed_was_read(work: Work, *, feed_id: int, text: str | None, problem: str = "") -> None:
    """Keep what a reading gave; of one that failed the problem is kept, and the days that were known still hold."""
    feed = await CalendarFeed.get_or_none(id=feed_id)
    if feed is None:
        return
    calendar = await _locked(feed.calendar_id)
    if text is not None:
        before, feed.text = feed.text, text
        feed.read_at, feed.problem, feed.check_at = work.now, "", work.now + FEED_EVERY
        await feed.save()
        try:
            await freshen(work, calendar)
            return
        except Invalid as error:
            feed.text, problem = before, error.message
    feed.problem, feed.check_at = problem[:400], work.now + FEED_AGAIN
    await feed.save()


async def remove_feed(work: Work, *, feed_id: int, by: Actor = SYSTEM) -> None:
    feed = await CalendarFeed.get_or_none(id=feed_id)
    if feed is None:
        raise NotFound("There is no such feed.")
    calendar = await _locked(feed.calendar_id)
    await feed.delete()
    await freshen(work, calendar, by=by)


def hours_of(definition: Mapping[str, Any]) -> Hours:
    """A calendar from what was sent. Raises Invalid with the field as `definition.…`."""
    for name in ("holidays", "shifts", "breaks"):
        if isinstance(definition.get(name), list | dict) and len(definition[name]) > MAX_DAYS:
            raise Invalid(f"At most {MAX_DAYS} days, please.", field=f"definition.{name}")
    try:
        return calendar_from_json(definition)
    except CalendarError as error:
        raise told(error) from error


async def whole_hours(
    definition: Mapping[str, Any], holidays: Holidays, calendar_id: int | None, now: datetime
) -> Hours:
    """A calendar as a form shows it before it is saved: with the country's days and the feeds that are stored."""
    plain = calendar_to_json(hours_of(definition))
    feeds = [] if calendar_id is None else await CalendarFeed.filter(calendar_id=calendar_id).order_by("id")
    return calendar_from_json(await effective(plain, holidays, [one.text for one in feeds], now) or plain)


async def effective(
    plain: Mapping[str, Any], holidays: Holidays, feeds: Iterable[str], now: datetime
) -> dict[str, Any] | None:
    """The definition with the country's holidays and the feeds taken in, None where there are neither.

    Raises Invalid for a choice or a feed that cannot be used.
    """
    if wrong := wrong_choice(holidays.country, holidays.subdivision, holidays.language):
        raise Invalid(wrong[1], field=wrong[0])
    texts = [text for text in feeds if text]
    if not holidays.country and not texts:
        return None
    zone = ZoneInfo(str(plain["tz"]))
    year = now.astimezone(zone).year
    years = range(year - YEARS_BEFORE, year + YEARS_AFTER + 1)
    country = days_of(holidays.country, holidays.subdivision, holidays.language, years)
    found = [await read_closings(text, zone, years) for text in texts]
    whole = taken_in(plain, [country, *(one.days for one in found)], [one.hours for one in found])
    return calendar_to_json(hours_of(whole))


async def read_closings(text: str, zone: ZoneInfo, years: range) -> Closings:
    """What a feed closes in these years, worked out in a thread. Raises Invalid."""
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    try:
        return await asyncio.to_thread(closings, text, zone, first, last)
    except FeedUnreadable as error:
        raise Invalid(str(error), field="text") from None


async def _keep(work: Work, calendar: Calendar, by: Actor) -> None:
    await CalendarVersion.create(
        calendar_id=calendar.id,
        version=calendar.version,
        definition=calendar.whole,
        created_at=work.now,
        by_name=by.name,
    )


async def _locked(calendar_id: int) -> Calendar:
    calendar = await Calendar.filter(id=calendar_id).select_for_update().first()
    if calendar is None:
        raise NotFound("There is no such calendar.")
    return calendar
