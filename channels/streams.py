"""The readers of one stream in this process, and what all streams have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from . import frames
from .framing import text_frame
from .ports import Access, Member
from .sinks import Outgoing, Sink
from .timing import Timing

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
Writers = tuple[tuple[bytes, tuple[Sink, ...]], ...]  # of those who read under one name: its topic field, their sinks
_NO_TOPIC = frames.topic_field("")


class Connection:
    """One admitted socket and its seats by topic."""

    __slots__ = ("heard", "id", "member", "on_ejected", "seats", "sink", "slow_timer")

    def __init__(self, id: str, member: Member, sink: Sink, *, now: float) -> None:
        self.id = id
        self.member = member
        self.sink = sink
        self.seats: dict[str, Seat] = {}
        self.heard = now  # moment (monotonic seconds) of the last sign of life
        self.slow_timer: asyncio.TimerHandle | None = None
        self.on_ejected: Callable[[str], None] | None = None


class Seat:
    """One socket in one stream, under the topic name it asked for.

    ``live``: gets everything as it is published. Otherwise ``position`` is the last entry it was given. A seat that is
    ``suspended`` gets nothing until its rights are confirmed.
    """

    __slots__ = ("access", "connection", "joined", "live", "missed", "position", "stream", "suspended", "task", "topic")

    def __init__(self, connection: Connection, topic: str, access: Access, stream: Stream) -> None:
        self.connection = connection
        self.topic = topic
        self.access = access
        self.stream: Stream | None = stream
        self.position = 0
        self.joined = False  # the client has been told that it is in
        self.live = False
        self.missed = False  # something passed by that is not replayed: presence, or rows of a state
        self.suspended = False
        self.task: asyncio.Task[None] | None = None

    @property
    def wants(self) -> bool:
        """May this seat be given anything now?"""
        sink = self.connection.sink
        in_place = self.stream is not None and self.joined and not self.suspended
        return in_place and not sink.paused and not sink.closed


@dataclass(slots=True)
class Counts:
    """What happened since the start, for metrics."""

    entries: int = 0
    states: int = 0
    replays: int = 0
    resyncs: int = 0
    slow_closed: int = 0
    ejected: int = 0


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every stream of a hub works with."""

    outgoing: Outgoing
    timing: Timing
    spawn: Spawn
    counts: Counts
    people: Callable[[str], frames.People]


class Stream:
    """The seats of one stream. Frames are encoded once and addressed once per topic name under which they are read."""

    def __init__(self, key: str, workshop: Workshop) -> None:
        self.key = key
        self.seats: set[Seat] = set()
        self._workshop = workshop
        self._writers: Writers | None = None

    @property
    def head(self) -> int:
        """The last published position (0 in a state)."""
        return 0

    def enter(self, seat: Seat) -> None:
        """A seat is taken; it gets nothing before ``bring_up``."""
        self.seats.add(seat)

    def leave(self, seat: Seat) -> None:
        """The seat is empty; nothing more goes to it."""
        self.seats.discard(seat)
        seat.live = False
        seat.stream = None
        self._writers = None
        if seat.task is not None:
            seat.task.cancel()
            seat.task = None

    def stop(self, seat: Seat) -> None:
        """Out of the writers, with its place kept: the sink is paused, or rights are in question."""
        if seat.live:
            seat.live = False
            seat.missed = True
            seat.position = self.head
            self._writers = None

    def bring_up(self, seat: Seat) -> None:
        """Give the seat what it lacks, then make it live."""
        raise TypeError("a stream is a log or a state")

    def resync(self, seat: Seat, reason: str) -> None:
        """Tell one seat to start over from here."""
        self._workshop.counts.resyncs += 1
        seat.position = self.head
        self.give(seat, frames.Resync(seat.topic, reason, self.head))

    def give(self, seat: Seat, frame: frames.Frame) -> None:
        """One frame for one seat."""
        self._workshop.outgoing.push(text_frame(frames.encode(frame)), (seat.connection.sink,))

    def give_all(self, encoded: bytes) -> None:
        """One frame, encoded with an empty topic, for every live seat."""
        for field, sinks in self.writers():
            self._workshop.outgoing.push(text_frame(addressed(encoded, field)), sinks)

    def writers(self) -> Writers:
        """The sinks of the live seats; counted anew only after somebody came, went or paused."""
        if self._writers is None:
            by_topic: dict[str, list[Sink]] = {}
            for seat in self.seats:
                if seat.live:
                    by_topic.setdefault(seat.topic, []).append(seat.connection.sink)
            self._writers = tuple((frames.topic_field(topic), tuple(sinks)) for topic, sinks in by_topic.items())
        return self._writers

    def _make_live(self, seat: Seat) -> None:
        seat.live = True
        self._writers = None
        if seat.missed:
            seat.missed = False
            people = self._workshop.people(self.key)
            self.give(seat, frames.People(seat.topic, people=people.people, count=people.count))


class StateStream(Stream):
    """Keyed rows with versions: no history, so whoever missed something starts over."""

    def bring_up(self, seat: Seat) -> None:
        if seat.wants and not seat.live:
            self.resync(seat, "missed" if seat.missed else "joined")
            self._make_live(seat)

    def doubt(self) -> None:
        """Something may have been missed by everybody."""
        for seat in self.seats:
            if seat.live:
                self.resync(seat, "doubt")


def addressed(encoded: bytes, topic_field: bytes) -> bytes:
    """A frame that was encoded with an empty topic (its first field), for the readers of one topic."""
    return encoded.replace(_NO_TOPIC, topic_field, 1)
