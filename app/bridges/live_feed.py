"""Cases → sockets: what was committed goes to the streams of those who may see it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from app.bridges import streams
from app.cases import changes, queries
from app.cases.entries import PublicEntry
from app.cases.events import CaseChanged, CaseRead
from app.cases.models import Case, Entry, Participant
from app.cases.schemas import CaseRow, QueueCounters, customer_entry, encode, staff_entry
from app.cases.visibility import Sight
from app.desk import Desk
from app.notifications import queries as notifications
from app.notifications.events import Notified
from app.people.events import RightsChanged, SignedOut, TokensRevoked
from app.portal import queries as portal
from channels.frames import Counters, Gone, Read, Row, StateFrame
from channels.hub import Hub
from channels.ports import Replayed

COUNTERS_REST = 0.25  # seconds between two counts of the same queue: people cannot read faster, and counting costs


class LiveFeed:
    """Publishes after each commit. The hub finds by itself what could not be published; see `Store`."""

    def __init__(self, desk: Desk, hub: Hub) -> None:
        self._desk = desk
        self._hub = hub
        self._counting: dict[int, asyncio.Task[None]] = {}
        self._last_version = 0

    def subscribe(self) -> None:
        bus = self._desk.bus
        bus.after(CaseChanged, self.case_changed)
        bus.after(CaseRead, self.case_read)
        bus.after(Notified, self.notified)
        bus.after(RightsChanged, self.rights_changed)
        bus.after(SignedOut, self.signed_out)
        bus.after(TokensRevoked, self.tokens_revoked)

    async def case_changed(self, event: CaseChanged) -> None:
        staff, public = streams.case_staff(event.case_id), streams.case_public(event.case_id)
        shown = False
        for entry in event.entries:
            self._hub.publish_entry(staff, entry.position, encode(staff_entry(entry)))
            if isinstance(entry, PublicEntry):
                shown = True
                self._hub.publish_entry(public, entry.public_position, encode(customer_entry(entry)))
        for row in await queries.rows_of([event.case_id]):
            self._publish_row(row, left=event.before.queue_id if event.before else None)
            self._count_soon(row.queue_id)
        if event.before is not None and event.before.queue_id != event.after.queue_id:
            self._count_soon(event.before.queue_id)
        if shown:
            await self.publish_to_customers([event.case_id])
        if event.before is not None and event.before.account_id != event.after.account_id:
            self._hub.rights_changed(topic=f"case/{event.case_id}")

    def _publish_row(self, row: CaseRow, *, left: int | None) -> None:
        if left is not None and left != row.queue_id:
            self._hub.publish_state(streams.queue(left), Gone("", str(row.id), row.version))
        self._hub.publish_state(streams.queue(row.queue_id), row_frame(row))

    async def publish_to_customers(self, case_ids: Sequence[int]) -> None:
        for stream, frame in await customer_rows(case_ids):
            self._hub.publish_state(stream, frame)

    async def case_read(self, event: CaseRead) -> None:
        """A read mark goes to everybody on the case, in the positions that each side counts."""
        member = streams.member_id(event.user_id)
        if event.staff:
            self._hub.publish_passing(streams.case_staff(event.case_id), Read("", member, event.position))
            public = await portal.public_position_at(event.case_id, event.position)
            self._hub.publish_passing(streams.case_public(event.case_id), Read("", "desk", public))
        else:
            position = await position_of_public(event.case_id, event.position)
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

    def _count_soon(self, queue_id: int) -> None:
        """Count once for many changes: the first at once, the following ones together after a rest."""
        if queue_id not in self._counting:
            self._counting[queue_id] = asyncio.create_task(self._count(queue_id))

    async def _count(self, queue_id: int) -> None:
        try:
            counters = await queries.counters(self._desk.now(), queue_id=queue_id)
            self._publish_counters(queue_id, counters.get(queue_id, QueueCounters()))
            await asyncio.sleep(COUNTERS_REST)
        finally:
            del self._counting[queue_id]
        counters = await queries.counters(self._desk.now(), queue_id=queue_id)
        self._publish_counters(queue_id, counters.get(queue_id, QueueCounters()))

    def _publish_counters(self, queue_id: int, counters: QueueCounters) -> None:
        version = self._last_version = max(self._last_version + 1, time.time_ns() // 1000)
        numbers = {name: getattr(counters, name) for name in counters.__struct_fields__}
        self._hub.publish_state(streams.queue(queue_id), Counters("", version, numbers))
        self._hub.publish_state(streams.QUEUES, Row("", str(queue_id), version, streams.raw(encode(counters))))


class Store:
    """What the hub asks when it must know what was committed: replays, heads, and changed rows."""

    def __init__(self) -> None:
        self._horizon: int | None = None

    async def replay(self, stream: str, after: int, limit: int) -> Replayed:
        kind, key = streams.parts(stream)
        if kind == "person":
            views = await notifications.after(key, after, limit)
            return Replayed([(view.position, encode(view)) for view in views], await notifications.head(key))
        sight = Sight.CUSTOMER if kind == "public" else Sight.STAFF
        entries = await queries.entries(key, seen_by=sight, after=after, limit=limit)
        heads = await queries.heads(key)
        if sight is Sight.CUSTOMER:
            shown = [
                (entry.public_position, encode(customer_entry(entry)))
                for entry in entries
                if isinstance(entry, PublicEntry)
            ]
            return Replayed(shown, heads[1])
        return Replayed([(entry.position, encode(staff_entry(entry))) for entry in entries], heads[0])

    async def heads(self, wanted: Sequence[str]) -> Mapping[str, int]:
        cases: dict[int, list[str]] = {}
        found: dict[str, int] = {}
        for stream in wanted:
            kind, key = streams.parts(stream)
            if kind == "person":
                found[stream] = await notifications.head(key)
            else:
                cases.setdefault(key, []).append(stream)
        columns = ("id", "last_position", "last_public_position")
        rows = await Case.filter(id__in=list(cases)).values(*columns) if cases else []
        for row in rows:
            for stream in cases[row["id"]]:
                public = streams.parts(stream)[0] == "public"
                found[stream] = row["last_public_position"] if public else row["last_position"]
        return found

    async def changes(self) -> Sequence[tuple[str, StateFrame]]:
        """Rows of everything that was committed since the last call, by whichever process."""
        if self._horizon is None:
            self._horizon = await changes.horizon()
            return []
        found = await changes.since(self._horizon)
        self._horizon = found.horizon
        if not found.cases:
            return []
        ids = [case.case_id for case in found.cases]
        frames: list[tuple[str, StateFrame]] = []
        queues = {queue.queue_id for queue in found.cases} | set(await streams.queue_ids())
        for row in await queries.rows_of(ids):
            frames.append((streams.queue(row.queue_id), row_frame(row)))
            # Where it was before is not known here; a queue that never had the row ignores that it is gone.
            frames.extend(
                (streams.queue(queue_id), Gone("", str(row.id), row.version))
                for queue_id in queues
                if queue_id != row.queue_id
            )
        frames.extend(await customer_rows(ids))
        return frames


def row_frame(row: CaseRow) -> Row:
    return Row("", str(row.id), row.version, streams.raw(encode(row)))


async def customer_rows(case_ids: Sequence[int]) -> list[tuple[str, StateFrame]]:
    """The rows of these cases for each customer's and each company's list."""
    people = await Case.filter(id__in=list(case_ids)).values("id", "contact_id", "account_id")
    contacts: dict[int, set[int]] = {row["id"]: {row["contact_id"]} for row in people}
    accounts = {row["id"]: row["account_id"] for row in people}
    for one in await Participant.filter(case_id__in=list(case_ids)).values("case_id", "contact_id"):
        contacts[one["case_id"]].add(one["contact_id"])
    frames: list[tuple[str, StateFrame]] = []
    for row in await portal.rows_of(case_ids):
        frame = Row("", str(row.id), row.version, streams.raw(encode(row)))
        frames.extend((streams.own_cases(contact_id), frame) for contact_id in sorted(contacts[row.id]))
        if accounts[row.id] is not None:
            frames.append((streams.company_cases(accounts[row.id]), frame))
    return frames


async def position_of_public(case_id: int, public_position: int) -> int:
    """The position, as staff count, of the public entry with this public position (0: there is none)."""
    entry = await Entry.get_or_none(case_id=case_id, public_position=public_position)
    return 0 if entry is None else entry.position
