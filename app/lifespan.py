"""One context manager per running part of the desk, entered when the server starts and left when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any

import structlog

from app.bridges.dispatch import Filler, Presence, dispatch_running
from app.bridges.live_door import LiveDoor
from app.bridges.mail_running import MailRunning
from app.bridges.push import PushRunning
from app.bridges.reports import catch_up
from app.bridges.timers import promises_running
from app.bridges.webhooks import Webhooks
from app.bridges.wiring import quiet_bus, subscribe_inside
from app.database import database, migrate_open_database
from app.demo.running import DemoOffice, demo_running, welcome
from app.desk import Desk
from app.first_start import has_administrator, make_ready
from app.housekeeping import keep_house
from app.service_levels.feeds import keep_calendars
from app.service_levels.simulating import keep_simulating
from app.web.secrets import unlock_keys
from channels.lasting import lasting, until_done

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(desk: Desk, live: LiveDoor, office: DemoOffice) -> AsyncIterator[None]:
    """Everything that runs beside the requests; what started last stops first."""
    settings = desk.settings
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(database(settings.database_url, pool=settings.database_pool))
        await migrate_open_database()
        await unlock_keys(desk.keys, settings)
        await make_ready(desk)
        subscribe_inside(desk)
        greeting = ""
        if settings.demo:
            opened = await stack.enter_async_context(demo_running(desk, office, lambda: quiet_bus(desk)))
            greeting = welcome(desk, opened)
        Filler(desk).subscribe()
        await stack.enter_async_context(live.running())
        if live.hub is not None and "live" in settings.roles:
            await stack.enter_async_context(
                in_background(lasting("noting who is present", Presence(desk, live.hub).run))
            )
        if "mail" in settings.roles:
            mail = MailRunning(desk)
            mail.subscribe()
            await stack.enter_async_context(mail.running())
        if "timers" in settings.roles:
            timers = promises_running(desk)
            timers.subscribe()
            await stack.enter_async_context(timers.running())
            dispatch = dispatch_running(desk)
            dispatch.subscribe()
            await stack.enter_async_context(dispatch.running())
            webhooks = Webhooks(desk)
            webhooks.subscribe()
            await stack.enter_async_context(in_background(lasting("calling webhooks", webhooks.run)))
            await stack.enter_async_context(
                in_background(lasting("refreshing calendars", partial(keep_calendars, desk)))
            )
            await stack.enter_async_context(
                in_background(until_done("completing the reports", partial(catch_up, desk)))
            )
            await stack.enter_async_context(in_background(lasting("replaying drafts", partial(keep_simulating, desk))))
        if "web" in settings.roles and settings.push_services.strip():
            push = PushRunning(desk)
            push.subscribe()
            await stack.enter_async_context(push.running())
        if "web" in settings.roles:
            await stack.enter_async_context(in_background(lasting("housekeeping", partial(keep_house, desk))))
        if greeting:
            print(greeting, flush=True)  # noqa: T201 – the demo speaks to whoever started it
        else:
            log.info("started", url=settings.public_url, listens_on=f"{settings.host}:{settings.port}")
            if not await has_administrator():
                log.warning("no_administrator", mend="run: casefeed invite-administrator you@example.com")
        yield


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` beside everything else until the end.

    Nobody looks at what comes of it before that, so it is one that cannot fail: `lasting` or `until_done`.
    """
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
