"""What the hub asks the database: replays, heads, and what changed without anybody telling this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from app.bridges import streams
from app.bridges.live_counts import Proven, counter_frames
from app.bridges.live_saved import LiveSaved
from app.bridges.live_views import LiveViews
from app.bridges.unread import marks_since
from app.cases import changes, queries
from app.cases.changes import Changed
from app.cases.counters import counted
from app.cases.entries import PublicEntry
from app.cases.models import Case, Entry, Participant
from app.cases.schemas import CaseRow, customer_entry, encode, staff_entry
from app.cases.visibility import Sight
from app.notifications import queries as notifications
from app.portal import queries as portal
from channels.frames import Gone, Row, StateFrame
from channels.ports import Replayed


class Store:
    """What the hub asks when it must know what was committed: replays, heads, and changed rows."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._horizon: int | None = None
        self._read_until = now()
        self.proven = Proven()
        self.views = LiveViews()
        self.saved = LiveSaved()

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

    async def changes(self) -> Sequence[tuple[str, StateFrame]] | None:
        """Rows and counters of what was committed since the last call, by whichever process; None: too much."""
        if self._horizon is None:
            self._horizon = await changes.horizon()
            return await self.saved.unheard()
        marks, self._read_until = await marks_since(self._read_until)
        found = await changes.since(self._horizon)
        shown = [] if found.overflow else await self._frames_of(found.cases)
        saved = await self.saved.unheard()
        self._horizon = found.horizon  # only now: what failed is asked for again
        return None if found.overflow else [*marks, *shown, *saved]

    async def _frames_of(self, cases: Sequence[Changed]) -> list[tuple[str, StateFrame]]:
        if not cases:
            return []
        ids = [case.case_id for case in cases]
        frames: list[tuple[str, StateFrame]] = []
        queues = {queue.queue_id for queue in cases} | set(await streams.queue_ids())
        for row in await queries.rows_of(ids):
            frames.append((streams.queue(row.queue_id), row_frame(row)))
            # Where it was before is not known here; a queue that never had the row ignores that it is gone.
            frames.extend(
                (streams.queue(queue_id), Gone("", str(row.id), row.version))
                for queue_id in queues
                if queue_id != row.queue_id
            )
            frames.extend(await self.views.frames(row, None, self._now()))
        frames.extend(await customer_rows(ids))
        if not all(self.proven.covers(case.case_id, case.head) for case in cases):
            frames.extend(counter_frames(await counted(self._now()), sorted(queues)))
            for case in cases:
                self.proven.all_counted(case.case_id, case.head)
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
    left: dict[int, set[int]] = {}
    for one in await Entry.filter(case_id__in=list(case_ids), kind="participant_removed").values("case_id", "data"):
        left.setdefault(one["case_id"], set()).add(one["data"]["contact"]["id"])
    frames: list[tuple[str, StateFrame]] = []
    for row in await portal.rows_of(case_ids):
        frame = Row("", str(row.id), row.version, streams.raw(encode(row)))
        frames.extend((streams.own_cases(contact_id), frame) for contact_id in sorted(contacts[row.id]))
        gone = Gone("", str(row.id), row.version)
        frames.extend((streams.own_cases(one), gone) for one in sorted(left.get(row.id, set()) - contacts[row.id]))
        if accounts[row.id] is not None:
            frames.append((streams.company_cases(accounts[row.id]), frame))
    return frames
