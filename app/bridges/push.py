"""Notifications → Web Push: queued in the transaction of what they tell of, sent afterwards, with retries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import structlog

from app.bridges.push_sending import Ending, send
from app.database import Work
from app.desk import Desk
from app.notifications import pushes
from app.notifications.events import Notified, PushesGrew
from app.people.events import SignedOut
from app.portal.models import Branding
from channels.lasting import lasting

log = structlog.get_logger(__name__)

LOOK_EVERY = 2.0  # seconds between two looks into the queue: for retries, and for what another process has put there
AT_ONCE = 8  # pushes under way together; push services are elsewhere and slow
ANSWER_WITHIN = 15.0  # seconds


PUSHED_USERS = "pushed users"
"""Under this name a transaction that tells many keeps the ids of those who have a browser to push to."""


class PushQueue:
    """Inside subscriber: a push is queued exactly when its notification is there."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def subscribe(self) -> None:
        self._desk.bus.inside(Notified, self.notified)
        self._desk.bus.inside(SignedOut, self.signed_out)

    async def notified(self, work: Work, event: Notified) -> None:
        reached = work.memo.get(PUSHED_USERS, (event.user_id,))
        if "push" in event.notification.channels and event.user_id in reached:
            branding = await Branding.all().first()
            await pushes.enqueue(work, event, branding.name if branding else "Casefeed")

    async def signed_out(self, _: Work, event: SignedOut) -> None:
        await pushes.forget_sessions(event.session_ids)


class PushRunning:
    """The sender of this process; others may run beside it on the same rows."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._more = asyncio.Event()

    def subscribe(self) -> None:
        self._desk.bus.after(PushesGrew, self._grew)

    async def _grew(self, _: PushesGrew) -> None:
        self._more.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(lasting("sending pushes", self._run))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as http:
            while True:
                self._more.clear()
                try:
                    full = await self.send_due(http)
                except Exception:  # the database is away, say: the next look is soon enough
                    log.exception("push_failed")
                    full = False
                if not full:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._more.wait(), LOOK_EVERY)

    async def send_due(self, http: aiohttp.ClientSession) -> bool:
        """Send what is due; whether there may be more at once."""
        claimed = await pushes.claim(self._desk.now(), AT_ONCE)
        await asyncio.gather(*(self._send(http, push) for push in claimed))
        return len(claimed) == AT_ONCE

    async def _send(self, http: aiohttp.ClientSession, push: pushes.Claimed) -> None:
        now = self._desk.now()
        if not await pushes.still_wanted(push, now):
            return await pushes.forget(push)
        outcome = await send(http, push, self._desk, now)
        if outcome.ending is Ending.TAKEN:
            await pushes.taken(push, now)
        elif outcome.ending is Ending.GONE:
            await pushes.subscription_ended(push)
        elif outcome.ending is Ending.LATER:
            await pushes.try_again(push, now, asked=outcome.asked)
        else:
            log.warning("push_refused", status=outcome.status, service=outcome.service)
            await pushes.forget(push)
        return None
