"""Logs: every seat gets each position once and in order, be it from memory, from the store or live."""

from __future__ import annotations

import asyncio
import logging

from . import frames
from .catchup import Catchup, Resync, judge
from .errors import Unavailable
from .framing import text_frame
from .history import History
from .ports import Replay, Replayed
from .streams import Seat, Stream, Workshop

PAGE = 200  # entries per question to the store: small enough to start writing soon, large enough to be few
TOO_FAR = 5000  # positions a socket may be behind; beyond that a fresh page load is kinder to everybody
PHANTOM_TRIES = 6  # how often the store may deny an entry that was announced before we believe the store
STORE_SECONDS = 10.0  # a store that takes longer counts as failed

log = logging.getLogger("channels.logs")


class Store:
    """The ``Replay`` port with a deadline and a limit on questions at once, shared by all logs of a hub."""

    def __init__(self, replay: Replay, *, at_once: int = 8) -> None:
        self._replay = replay
        self._places = asyncio.Semaphore(at_once)  # a restart with 1,000 sockets must not empty the database pool

    async def page(self, stream: str, after: int) -> Replayed:
        async with self._places, asyncio.timeout(STORE_SECONDS):
            return await self._replay.replay(stream, after, PAGE)

    async def heads(self, streams: list[str]) -> dict[str, int]:
        async with self._places, asyncio.timeout(STORE_SECONDS):
            return dict(await self._replay.heads(streams))


class LogStream(Stream):
    """A log with seats. ``history.head`` is the last position that live seats were given."""

    def __init__(self, key: str, workshop: Workshop, store: Store) -> None:
        super().__init__(key, workshop)
        self._store = store
        self._catchup: Catchup[bytes] | None = None  # None until the store has said where the log ends
        self._early: list[tuple[int, bytes]] = []
        self._history = History(0)
        self._filling: asyncio.Task[None] | None = None
        self._asking = asyncio.Lock()  # one question at a time: the answer serves all who wait

    @property
    def head(self) -> int:
        return self._history.head

    async def open(self, since: int | None) -> None:
        """Learn where the log ends; Unavailable when the store cannot say."""
        async with self._asking:
            if self._catchup is not None:
                return
            try:
                if since is None:
                    page = Replayed((), (await self._store.heads([self.key])).get(self.key, 0))
                else:
                    page = await self._store.page(self.key, since)
            except Exception as error:
                log.info("store failed at opening %s: %r", self.key, error)
                raise Unavailable("The feed cannot be read at the moment.") from error
            self._workshop.counts.replays += 1
            head = max(page.head, page.entries[-1][0] if page.entries else 0)
            self._catchup = Catchup(head)
            self._history.restart(head)
            if page.entries:
                self._history.prepend(page.entries)
            early, self._early = self._early, []
            for position, entry in early:
                self.publish(position, entry)

    def publish(self, position: int, entry: bytes) -> None:
        """An entry was committed, here or on another node."""
        if self._catchup is None:
            if len(self._early) < PAGE:
                self._early.append((position, entry))
            return
        if self._catchup.advance(position):
            self._emit_one(position, entry)
        else:
            self._emit(self._catchup.live(position, entry).entries)
            self._fill_if_behind()

    def told(self, head: int, *, asked_at: int) -> None:
        """The store said ``head`` when this stream had published ``asked_at``."""
        if self._catchup is not None:
            self._catchup.told(head)
            if head < asked_at:
                self._restart("rewound", head)
            self._fill_if_behind()

    def bring_up(self, seat: Seat) -> None:
        if seat.task is None and not self._from_memory(seat):
            seat.task = self._workshop.spawn(self._from_store(seat))

    def _from_memory(self, seat: Seat) -> bool:
        """True when the seat is live or may not be given anything now; False when the store must be asked."""
        while seat.wants and not seat.live:
            if seat.position > self.head:
                self.resync(seat, "ahead")
            elif seat.position == self.head:
                self._make_live(seat)
                self.give(seat, frames.UpToDate(seat.topic, self.head))
            elif self.head - seat.position > TOO_FAR:
                self.resync(seat, "too_far")
            else:
                entries = self._history.after(seat.position, PAGE)
                if not entries:
                    return False
                self._write(seat, entries)
        return True

    async def _from_store(self, seat: Seat) -> None:
        wait, fruitless = self._workshop.timing.retry_first, 0
        try:
            while True:
                async with self._asking:
                    if self._from_memory(seat):
                        return
                    after = seat.position
                    try:
                        page = await self._store.page(self.key, after)
                    except Exception as error:
                        log.info("store failed at %s after %d: %r", self.key, after, error)
                        page = None
                if page is not None:
                    self._take_page(seat, after, page)
                if seat.position == after and not seat.live:  # the store failed, or lags behind what was published
                    fruitless += page is not None and page.head > after
                    if fruitless >= PHANTOM_TRIES and seat.wants:
                        self.resync(seat, "hole")
                        continue
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, self._workshop.timing.retry_last)
        finally:
            seat.task = None

    def _take_page(self, seat: Seat, after: int, page: Replayed) -> None:
        self._workshop.counts.replays += 1
        answer = judge(after, page.entries, page.head)
        if isinstance(answer, Resync):
            if seat.wants:
                self.resync(seat, answer.reason)
            return
        if self._catchup is None:
            raise RuntimeError("a page was taken before the log had a head")
        for position, entry in answer.entries:  # the store may be ahead of what was published
            if position > self._catchup.position:
                self.publish(position, entry)
        self.told(page.head, asked_at=after)
        self._history.prepend(answer.entries)
        if seat.position == after:
            self._write(seat, [item for item in answer.entries if item[0] <= self.head])

    def _write(self, seat: Seat, entries: list[tuple[int, bytes]]) -> None:
        sinks = (seat.connection.sink,)
        for position, entry in entries:
            if not seat.wants:
                return  # the sink has paused: it continues here when it has drained
            seat.position = position
            self._workshop.outgoing.push(text_frame(frames.encode_entry(seat.topic, position, entry)), sinks)

    def _emit(self, entries: tuple[tuple[int, bytes], ...]) -> None:
        for position, entry in entries:
            self._emit_one(position, entry)

    def _emit_one(self, position: int, entry: bytes) -> None:
        workshop = self._workshop
        workshop.counts.entries += 1
        self._history.append(position, entry)  # first: a seat that pauses during the push notes this head
        writers = self._writers if self._writers is not None else self.writers()
        for field, sinks in writers:
            workshop.outgoing.push(text_frame(frames.encode_entry_for(field, position, entry)), sinks)

    def _restart(self, reason: str, head: int) -> None:
        """No order can be kept: everybody starts over from ``head``."""
        self._catchup = Catchup(head)
        self._history.restart(head)
        for seat in self.seats:
            if seat.live:
                self.resync(seat, reason)

    def _fill_if_behind(self) -> None:
        if self._catchup is not None and self._catchup.behind and self._filling is None and self.seats:
            self._filling = self._workshop.spawn(self._fill())

    async def _fill(self) -> None:
        """Fetch what was committed but never published to us, until nothing is missing."""
        wait, fruitless = self._workshop.timing.retry_first, 0
        try:
            while self.seats and (catchup := self._catchup) is not None and catchup.behind:
                after = catchup.position
                try:
                    page = await self._store.page(self.key, after)
                except Exception as error:
                    log.info("store failed at filling %s after %d: %r", self.key, after, error)
                else:
                    self._workshop.counts.replays += 1
                    answer = catchup.replayed(after, page.entries, page.head)
                    if isinstance(answer, Resync):
                        self._restart(answer.reason, answer.head)
                    else:
                        self._emit(answer.entries)
                        fruitless = 0 if answer.entries else fruitless + 1
                        if answer.entries:
                            continue
                    if fruitless >= PHANTOM_TRIES:
                        log.error("%s: entries after %d were announced but are not in the store", self.key, after)
                        if page.head > after:  # the store itself counts them, so no page will ever reach them
                            self._restart("hole", page.head)
                        else:
                            catchup.doubtful()
                await asyncio.sleep(wait)
                wait = min(wait * 2, self._workshop.timing.retry_last)
        finally:
            self._filling = None
