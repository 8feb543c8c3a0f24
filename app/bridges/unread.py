"""What a person has read → their other tabs and devices: a state per person, with how much is still unread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from app.bridges import streams
from app.cases.entries import public_only
from app.cases.events import CaseChanged, CaseRead
from app.cases.models import Participant, ReadPosition
from app.cases.schemas import encode
from app.desk import Desk
from app.notifications.events import NotificationsRead, Notified
from app.notifications.queries import unread_counts
from app.notifications.schemas import CaseReadUpTo
from app.people.models import User
from channels.errands import Errands
from channels.frames import Counters, Row, StateFrame
from channels.hub import Hub

log = structlog.get_logger(__name__)

REST = 0.25  # seconds between two counts for the same person: counting costs, and nobody reads faster
LONGEST_REST = 5.0  # seconds until what could not be counted is tried again; doubles up to this
SLACK = timedelta(seconds=5)  # how far the clocks of two processes may differ


class UnreadFeed:
    """Publishes after each commit to `reads/me` of whom it concerns, never keeping the request waiting."""

    def __init__(self, desk: Desk, hub: Hub, errands: Errands) -> None:
        self._desk = desk
        self._hub = hub
        self._errands = errands
        self._counting: set[int] = set()
        self._again: set[int] = set()
        self._last_version = 0

    def subscribe(self) -> None:
        bus = self._desk.bus
        bus.after(CaseRead, self.case_read)
        bus.after(CaseChanged, self.case_changed)
        bus.after(Notified, self.notifications_changed)
        bus.after(NotificationsRead, self.notifications_changed)

    async def case_read(self, event: CaseRead) -> None:
        self._hub.publish_state(streams.reads(event.user_id), _mark(event.case_id, event.position))
        self._count_soon(event.user_id)

    async def case_changed(self, event: CaseChanged) -> None:
        owners = {event.after.owner_id, event.before.owner_id if event.before else None}
        for user_id in owners - {None}:
            self._count_soon(user_id or 0)
        if public_only(event.entries):
            work = partial(self._count_customers, event.case_id, event.after.contact_id)
            self._errands.spawn(self._surely(work))

    async def notifications_changed(self, event: Notified | NotificationsRead) -> None:
        self._count_soon(event.user_id)

    async def _count_customers(self, case_id: int, contact_id: int) -> None:
        copied = await Participant.filter(case_id=case_id).values_list("contact_id", flat=True)
        for user in await User.filter(contact_id__in=[contact_id, *copied], active=True).only("id"):
            self._count_soon(user.id)

    def _count_soon(self, user_id: int) -> None:
        """Count once for many changes: the first at once, the following ones together after a rest."""
        if user_id in self._counting:
            self._again.add(user_id)
        else:
            self._counting.add(user_id)
            self._errands.spawn(self._count(user_id))

    async def _count(self, user_id: int) -> None:
        try:
            await self._surely(partial(self._publish_counts, user_id))
            await asyncio.sleep(REST)
        finally:
            self._counting.discard(user_id)
        if user_id in self._again:
            self._again.discard(user_id)
            self._count_soon(user_id)

    async def _surely(self, work: Callable[[], Awaitable[None]]) -> None:
        """Counters are told only when something changes: what fails (the database was away) must be done later."""
        wait = REST
        while True:
            try:
                return await work()
            except Exception as error:
                log.warning("unread_not_counted", error=repr(error))
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_REST)

    async def _publish_counts(self, user_id: int) -> None:
        user = await User.get_or_none(id=user_id)
        if user is None:
            return
        counts = await unread_counts(user_id, user.contact_id)
        version = self._last_version = max(self._last_version + 1, time.time_ns() // 1000)
        numbers = {"cases": counts.cases, "notifications": counts.notifications}
        self._hub.publish_state(streams.reads(user_id), Counters("", version, numbers))


async def marks_since(moment: datetime) -> tuple[list[tuple[str, StateFrame]], datetime]:
    """What was read since `moment` by whichever process wrote it, and the moment to go on from."""
    rows = await ReadPosition.filter(at__gte=moment - SLACK).order_by("at")
    frames: list[tuple[str, StateFrame]] = [
        (streams.reads(row.user_id), _mark(row.case_id, row.position)) for row in rows
    ]
    return frames, max([moment, *(row.at for row in rows)])


def _mark(case_id: int, position: int) -> Row:
    """A read mark only grows, so the position is its version."""
    return Row("", str(case_id), position, streams.raw(encode(CaseReadUpTo(case_id, position))))
