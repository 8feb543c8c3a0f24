"""Reading calendar feeds from their addresses, daily, and the years that come; never inside a transaction."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from app.desk import Desk
from app.errors import Invalid
from app.outside import Outside, OutsideError
from app.service_levels import actions
from app.service_levels.closings import LARGEST
from app.service_levels.models import Calendar, CalendarFeed

log = structlog.get_logger(__name__)

SECONDS = 20.0  # for one feed, redirects included
EVERY = 300.0  # seconds between two looks at what is to be read
AT_ONCE = 20  # feeds in one look
CLAIM = timedelta(minutes=10)
"""For so long no other process reads a feed that one has begun to read."""


async def fetch_feed(desk: Desk, url: str) -> str:
    """The text behind an address. Raises Invalid for the field `url` with what went wrong."""
    outside = Outside(private=desk.settings.private_hosts)
    try:
        answer = await outside.ask(url, headers={"Accept": "text/calendar"}, limit=LARGEST, seconds=SECONDS)
    except OutsideError as error:
        raise Invalid(str(error), field="url") from None
    if answer.status != 200:
        raise Invalid(f"The address answers with status {answer.status}, not with a calendar.", field="url")
    return answer.body.decode("utf-8", "replace").replace("\x00", "")


async def read_feed(desk: Desk, feed: CalendarFeed) -> None:
    """Read one feed again and keep what came of it."""
    text, problem = None, ""
    try:
        text = await fetch_feed(desk, feed.url)
    except Invalid as error:
        problem = error.message
    async with desk.unit_of_work() as work:
        await actions.feed_was_read(work, feed_id=feed.id, text=text, problem=problem)


async def read_due_feeds(desk: Desk) -> int:
    """Read the feeds whose time has come; of several processes one reads each. Answers how many it was."""
    now, count = desk.now(), 0
    for feed in await CalendarFeed.filter(check_at__lte=now).order_by("check_at").limit(AT_ONCE):
        claimed = await CalendarFeed.filter(id=feed.id, check_at=feed.check_at).update(check_at=now + CLAIM)
        if claimed:
            await read_feed(desk, feed)
            count += 1
    return count


async def freshen_years(desk: Desk) -> int:
    """Take in the holidays of a year that has come into sight. Answers how many calendars have a new version."""
    changed = 0
    for row in await Calendar.all().order_by("id"):
        feeds = await CalendarFeed.filter(calendar_id=row.id).exists()
        if not row.country and not feeds:
            continue
        async with desk.unit_of_work() as work:
            calendar = await Calendar.filter(id=row.id).select_for_update().first()
            changed += calendar is not None and await actions.freshen(work, calendar)
    return changed


async def keep_calendars(desk: Desk) -> None:
    """Until cancelled: feeds daily, and on each first look of a day the years. A failure is logged and tried again."""
    day = None
    while True:
        try:
            await read_due_feeds(desk)
            if day != (today := desk.now().date()):
                await freshen_years(desk)
                day = today
        except Exception:
            log.exception("calendars_not_refreshed")
        await asyncio.sleep(EVERY)
