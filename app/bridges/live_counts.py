"""Cases → counters: how many cases each queue holds, counted once for many changes, and what such a count proves.

The store finds changes that this process was not told of, and counts all queues for them. It need not where a change
was told and counted here. A change knows only the queues that it touched itself: one nobody told of may have taken the
case out of another, so a count proves a case only from the last entry on that was counted everywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from app.bridges import streams
from app.cases.counters import Counted, counted, fold
from app.cases.events import CaseState
from app.cases.schemas import QueueCounters, encode
from channels.errands import Errands
from channels.frames import Counters, Row, StateFrame

REST = 0.25  # seconds between two counts of the same queue: people cannot read faster, and counting costs
KNOWN_CASES = 20_000  # of which it is remembered how far they are counted; the others are counted once more

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Heard:
    """Changes of one case that this process was told of, one after the other, and the queues that they touched."""

    case_id: int
    first: int = 0
    """Position of the first entry; 0 before the first change."""
    last: int = 0
    whole: bool = True
    """No entry between `first` and `last` went unheard."""
    queues: set[int] = field(default_factory=set)
    """Those that are still to be counted, once the case is handed on."""

    def add(self, before: CaseState | None, after: CaseState) -> None:
        """One more change; `before` is None for a case that was just opened."""
        follows = 1 if before is None else before.head + 1
        self.whole = self.whole and (not self.first or follows == self.last + 1)
        self.first, self.last = self.first or follows, after.head
        self.queues |= {after.queue_id, (before or after).queue_id}


class Proven:
    """Up to which entry each case is included in counters that were published here."""

    def __init__(self) -> None:
        self._heads: dict[int, int] = {}

    def covers(self, case_id: int, head: int) -> bool:
        return self._heads.get(case_id, 0) >= head

    def heard(self, heard: Heard) -> None:
        """All queues that these changes touched are counted; proves nothing if something before them went unheard."""
        if heard.whole and heard.first <= self._heads.get(heard.case_id, 0) + 1:
            self.all_counted(heard.case_id, heard.last)

    def all_counted(self, case_id: int, head: int) -> None:
        """Every queue was counted when the case stood at `head`, or later."""
        self._heads[case_id] = max(head, self._heads.pop(case_id, 0))
        if len(self._heads) > KNOWN_CASES:
            del self._heads[next(iter(self._heads))]


class LiveCounts:
    """Counts queues whose cases changed: for the first change at once, for those that follow together after a rest."""

    def __init__(
        self,
        publish: Callable[[str, StateFrame], None],
        errands: Errands,
        *,
        proven: Proven,
        now: Callable[[], datetime],
    ) -> None:
        self._publish = publish
        self._errands = errands
        self._proven = proven
        self._now = now
        self._waiting: dict[int, list[Heard]] = {}  # by queue
        self._counting: set[int] = set()

    def soon(self, heard: Heard) -> None:
        """Count the queues of these changes; to be called after they are committed."""
        for queue_id in heard.queues:
            self._waiting.setdefault(queue_id, []).append(heard)
            if queue_id not in self._counting:
                self._counting.add(queue_id)
                self._errands.spawn(self._count(queue_id))

    async def _count(self, queue_id: int) -> None:
        try:
            while waiting := self._waiting.pop(queue_id, None):
                try:
                    await self._count_once(queue_id, waiting)
                except Exception as error:  # the store finds these cases again, because they are not proven
                    log.warning("counters_failed", queue_id=queue_id, error=repr(error))
                await asyncio.sleep(REST)
        finally:
            self._counting.discard(queue_id)

    async def _count_once(self, queue_id: int, waiting: Iterable[Heard]) -> None:
        found = await counted(self._now(), queue_id=queue_id)
        for stream, frame in counter_frames(found, [queue_id]):
            self._publish(stream, frame)
        for heard in waiting:
            heard.queues.discard(queue_id)
            if not heard.queues:
                self._proven.heard(heard)
        await fold()


def counter_frames(found: Counted, queue_ids: Iterable[int]) -> list[tuple[str, StateFrame]]:
    """The counters of these queues for their own lists and for the list of all."""
    frames: list[tuple[str, StateFrame]] = []
    for queue_id in queue_ids:
        counters = found.queues.get(queue_id, QueueCounters())
        numbers = {name: getattr(counters, name) for name in counters.__struct_fields__}
        row = Row("", str(queue_id), found.version, streams.raw(encode(counters)))
        frames += [(streams.queue(queue_id), Counters("", found.version, numbers)), (streams.QUEUES, row)]
    return frames
