"""Cases → sockets: what was committed goes to the streams of those who may see it."""

from __future__ import annotations

import asyncio

import structlog

from app.bridges import streams
from app.bridges.live_rows import LiveRows
from app.bridges.live_store import Store, counter_frames
from app.cases.counters import counted, fold
from app.cases.entries import PublicEntry
from app.cases.events import CaseChanged, CaseRead
from app.cases.schemas import CaseRow, customer_entry, encode, staff_entry
from app.desk import Desk
from app.notifications.events import Notified
from app.people.events import RightsChanged, SignedOut, TokensRevoked
from app.portal import queries as portal
from app.queues.events import QueueChanged
from app.views.events import ViewChanged
from channels.frames import Gone, Read
from channels.hub import Hub

log = structlog.get_logger(__name__)

LISTS_CHANGE = frozenset({"participant_added", "participant_removed"})  # internal entries that move customers' lists
COUNTERS_REST = 0.25  # seconds between two counts of the same queue: people cannot read faster, and counting costs


class LiveFeed:
    """Publishes after each commit. The hub finds by itself what could not be published; see `live_store.Store`."""

    def __init__(self, desk: Desk, hub: Hub, store: Store) -> None:
        self._desk = desk
        self._hub = hub
        self._store = store
        self._rows = LiveRows(hub, count=self._count_soon, views=store.views, now=desk.now)
        self._counting: dict[int, asyncio.Task[None]] = {}
        self._uncounted: dict[int, dict[int, int]] = {}  # by queue: changed cases and their versions
        self._views = store.views

    def subscribe(self) -> None:
        bus = self._desk.bus
        bus.after(CaseChanged, self.case_changed)
        bus.after(CaseRead, self.case_read)
        bus.after(Notified, self.notified)
        bus.after(RightsChanged, self.rights_changed)
        bus.after(SignedOut, self.signed_out)
        bus.after(TokensRevoked, self.tokens_revoked)
        bus.after(QueueChanged, self.queue_changed)
        bus.after(ViewChanged, self._views.view_changed)

    async def case_changed(self, event: CaseChanged) -> None:
        staff, public = streams.case_staff(event.case_id), streams.case_public(event.case_id)
        shown = False
        kinds = {entry.kind for entry in event.entries}
        if "participant_removed" in kinds or (event.before and event.before.account_id != event.after.account_id):
            # Before the entries: whoever may no longer see the case must not get them.
            self._hub.rights_changed(topic=f"case/{event.case_id}")
        for entry in event.entries:
            self._hub.publish_entry(staff, entry.position, encode(staff_entry(entry)))
            if isinstance(entry, PublicEntry):
                shown = True
                self._hub.publish_entry(public, entry.public_position, encode(customer_entry(entry)))
        self._rows.changed(event, customers=shown or bool(kinds & LISTS_CHANGE))

    async def queue_changed(self, event: QueueChanged) -> None:
        """Lists of queues are asked for anew, and where the order changed the queue's own list too (key 0)."""
        found = await counted(self._desk.now(), queue_id=event.queue_id)
        self._hub.publish_state(streams.QUEUES, Gone("", "0", found.version))
        if event.reordered:
            self._hub.publish_state(streams.queue(event.queue_id), Gone("", "0", found.version))

    async def case_read(self, event: CaseRead) -> None:
        """A read mark goes to everybody on the case, in the positions that each side counts."""
        member = streams.member_id(event.user_id)
        if event.staff:
            self._hub.publish_passing(streams.case_staff(event.case_id), Read("", member, event.position))
            public = await portal.public_position_at(event.case_id, event.position)
            self._hub.publish_passing(streams.case_public(event.case_id), Read("", "desk", public))
        else:
            position = await portal.position_of_public(event.case_id, event.position)
            self._hub.publish_passing(streams.case_staff(event.case_id), Read("", member, position))

    async def notified(self, event: Notified) -> None:
        shown = event.notification
        self._hub.publish_entry(streams.person(event.user_id), shown.position, encode(shown))

    async def rights_changed(self, event: RightsChanged) -> None:
        self._hub.rights_changed(member=streams.member_id(event.user_id))

    async def signed_out(self, event: SignedOut) -> None:
        for session_id in event.session_ids:
            self._hub.sign_out(str(session_id))

    async def tokens_revoked(self, event: TokensRevoked) -> None:
        for token_id in event.token_ids:
            self._hub.sign_out(streams.token_session(token_id))

    def _count_soon(self, queue_id: int, row: CaseRow) -> None:
        """Count once for many changes: the first at once, the following ones together after a rest."""
        self._uncounted.setdefault(queue_id, {})[row.id] = row.version
        if queue_id not in self._counting:
            self._counting[queue_id] = asyncio.create_task(self._count(queue_id))

    async def _count(self, queue_id: int) -> None:
        try:
            await self._publish_counters(queue_id)
            await fold()
            await asyncio.sleep(COUNTERS_REST)
        finally:
            del self._counting[queue_id]
        if queue_id in self._uncounted:
            await self._publish_counters(queue_id)

    async def _publish_counters(self, queue_id: int) -> None:
        cases = self._uncounted.pop(queue_id, {})
        try:
            found = await counted(self._desk.now(), queue_id=queue_id)
        except Exception as error:  # the store finds these cases again, because they are not noted as counted
            log.warning("counters_failed", queue_id=queue_id, error=repr(error))
            return
        for stream, frame in counter_frames(found, [queue_id]):
            self._hub.publish_state(stream, frame)
        self._store.counted(cases)
