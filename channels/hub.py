"""The sockets of this process: joins, publishing, presence; everything the application calls after a commit."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import msgspec

from . import envelopes, frames
from .backplane import Exchange, MemoryBackplane
from .crowds import Crowds, Typists, channel_of
from .envelopes import CONTROL, seal
from .errands import Errands
from .errors import CloseCode, Refused
from .framing import text_frame
from .logs import LogStream, Store
from .ports import Access, Authorize, Backplane, Changes, OnRead, Replay
from .rights import Rights
from .rounds import Rounds
from .sinks import Outgoing
from .streams import Connection, Counts, Seat, StateStream, Stream, Workshop
from .timing import Timing


class Hub:
    """All connections and streams of one process and one event loop (which need not run yet when the hub is made).

    Publish methods are called after the commit, never block and never raise for what happens at the sockets. Without
    ``backplane`` this process stands alone. ``run`` must be running for missed publications to be found.
    """

    def __init__(
        self,
        *,
        authorize: Authorize,
        replay: Replay,
        backplane: Backplane | None = None,
        changes: Changes | None = None,
        on_read: OnRead | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.timing = timing or Timing()
        self.clock = time.monotonic
        self.counts = Counts()
        self.connections: dict[str, Connection] = {}
        self.streams: dict[str, Stream] = {}
        self.store = Store(replay)
        self.changes = changes
        self.backplane: Backplane = backplane or MemoryBackplane(Exchange(self.clock))
        self._alone = backplane is None
        self.outgoing = Outgoing()
        self._on_read = on_read
        self._errands = Errands()
        self.crowds = Crowds(
            backplane=self.backplane,
            timing=self.timing,
            clock=self.clock,
            show=lambda stream, people: self.show_here(stream, frames.encode(people)),
        )
        self.typists = Typists(seconds=self.timing.typing, clock=self.clock)
        self.rights = Rights(
            authorize=authorize,
            spawn=self._errands.spawn,
            timing=self.timing,
            counts=self.counts,
            vacate=self._vacate,
            moved=self._moved,
        )
        self._workshop = Workshop(self.outgoing, self.timing, self._errands.spawn, self.counts, self.crowds.people)
        self._rounds = Rounds(self)

    async def run(self) -> None:
        """Listen to the other nodes, compare with the store, renew leases, drop the dead; until cancelled."""
        try:
            await self._rounds.run()
        finally:
            await self._errands.stop()

    # --- what the application calls after a commit -------------------------------------------------------------------

    def publish_entry(self, stream: str, position: int, entry: bytes) -> None:
        """One entry (a JSON value) was committed at this position of a log."""
        self.publish_entry_here(stream, position, entry)
        if self._alone:
            return
        carried = entry if len(entry) <= envelopes.ENTRY_BYTES else None
        self.backplane.publish(channel_of(stream), seal(envelopes.EntrySaid(stream, position, carried)))

    def publish_state(self, stream: str, frame: frames.StateFrame) -> None:
        """A row of a state changed or left, or its counters changed. The topic of the frame is filled in here."""
        encoded = self.publish_state_here(stream, frame)
        self.backplane.publish(channel_of(stream), seal(envelopes.FrameSaid(stream, encoded)))

    def publish_passing(self, stream: str, frame: frames.Typing | frames.Read) -> None:
        """Something worth knowing only now (somebody types, has read); not kept, not repeated."""
        said: envelopes.Said
        if isinstance(frame, frames.Typing):
            self.typing_here(stream, frame)
            said = envelopes.TypingSaid(stream, frame.member, frame.name, frame.on)
        else:
            encoded = frames.encode(msgspec.structs.replace(frame, topic=""))
            self.show_here(stream, encoded)
            said = envelopes.FrameSaid(stream, encoded)
        self.backplane.publish(channel_of(stream), seal(said))

    def rights_changed(self, *, member: str | None = None, topic: str | None = None, stream: str | None = None) -> None:
        """Ask again for every joined topic that matches all that is given.

        Until it is confirmed nothing goes out there.
        """
        self.rights_changed_here(member, topic, stream)
        self.backplane.publish(CONTROL, seal(envelopes.RightsSaid(member, topic, stream)))

    def sign_out(self, session: str | None = None, *, member: str | None = None) -> None:
        """Close the sockets of one session, or all of a member; they do not come back by themselves."""
        self.sign_out_here(member, session)
        self.backplane.publish(CONTROL, seal(envelopes.SignedOutSaid(member, session)))

    # --- what a socket calls -----------------------------------------------------------------------------------------

    def connect(self, connection: Connection) -> None:
        """An admitted socket is here."""
        self.connections[connection.id] = connection
        connection.sink.on_pause = partial(self._paused, connection)
        connection.sink.on_resume = partial(self._resumed, connection)
        connection.sink.on_close = partial(self.disconnect, connection)
        connection.sink.on_heard = partial(self._heard_from, connection)

    def disconnect(self, connection: Connection) -> None:
        """The socket is gone, or about to be. Safe to repeat."""
        self.connections.pop(connection.id, None)
        if connection.slow_timer is not None:
            connection.slow_timer.cancel()
            connection.slow_timer = None
        for seat in list(connection.seats.values()):
            self._vacate(seat)

    async def join(self, connection: Connection, topic: str, since: int | None, ref: str | None) -> None:
        """Let a socket into a topic: ``joined``, what it lacks, ``up_to_date``, then live.

        Raises Refused, SignedOut or Unavailable.
        """
        access = await self.rights.allowed(connection.member, topic)
        stream = self._stream_of(access)
        seat = Seat(connection, topic, access, stream)
        connection.seats[topic] = seat
        stream.enter(seat)
        try:
            if len(stream.seats) == 1:
                await self.backplane.subscribe(channel_of(stream.key))
                await self.crowds.load(stream.key)
            if isinstance(stream, LogStream):
                await stream.open(since)
        except BaseException:
            self._vacate(seat)
            raise
        if seat.stream is None:
            raise Refused("You may no longer read this.")  # put out while we looked
        if connection.sink.closed:
            return self._vacate(seat)
        seat.joined = True
        seat.position = stream.head if since is None else since
        self.crowds.enter(seat, "viewing")
        people = self.crowds.people(stream.key)
        stream.give(seat, frames.Joined(topic, stream.head, people.people or [], ref, people.count))
        return stream.bring_up(seat)

    def leave(self, connection: Connection, topic: str) -> None:
        """Take a socket out of a topic."""
        seat = connection.seats.get(topic)
        if seat is not None:
            self._vacate(seat)

    async def tell(self, connection: Connection, what: frames.SayTyping | frames.SayHere | frames.SayRead) -> None:
        """Let others know what this member does in a joined topic."""
        seat = connection.seats.get(what.topic)
        if seat is None or seat.suspended:
            return
        access, member = seat.access, connection.member
        match what:
            case frames.SayHere():
                self.crowds.enter(seat, what.doing)
            case frames.SayTyping():
                for stream in access.typing_to:
                    if not what.private or stream == access.stream:
                        name = access.shown_as or member.name
                        self.publish_passing(stream, frames.Typing("", member.id, name, what.on))
            case frames.SayRead():
                for stream in access.reads_to:
                    self.publish_passing(stream, frames.Read("", member.id, what.position))
                if self._on_read is not None:
                    await self._on_read(member, what.topic, access, what.position)

    def give(self, connection: Connection, frame: frames.Frame) -> None:
        """One frame for one socket, in order with everything else it gets."""
        self.outgoing.push(text_frame(frames.encode(frame)), (connection.sink,))

    # --- what the relay and the rounds call --------------------------------------------------------------------------

    def doubt(self) -> None:
        """Something may have been missed: compare everything with the store now."""
        self._rounds.doubt()

    def publish_state_here(self, stream: str, frame: frames.StateFrame) -> bytes:
        """To the sockets of this process only; returns the frame encoded with an empty topic."""
        encoded = frames.encode(msgspec.structs.replace(frame, topic="") if frame.topic else frame)
        self.counts.states += 1
        self.show_here(stream, encoded)
        return encoded

    def show_here(self, stream: str, encoded: bytes) -> None:
        """A frame encoded with an empty topic, to the live sockets of a stream in this process."""
        found = self.streams.get(stream)
        if found is not None:
            found.give_all(encoded)

    def publish_entry_here(self, stream: str, position: int, entry: bytes) -> None:
        """An entry, to the sockets of this process only."""
        found = self.streams.get(stream)
        if isinstance(found, LogStream):
            found.publish(position, entry)

    def typing_here(self, stream: str, frame: frames.Typing) -> None:
        """Somebody types, to the sockets of this process only."""
        if self.typists.note(stream, frame):
            self.show_here(stream, frames.encode(msgspec.structs.replace(frame, topic="")))

    def rights_changed_here(self, member: str | None, topic: str | None, stream: str | None) -> None:
        """Rights in question, for the sockets of this process only."""
        self.rights.changed(
            seat
            for connection in list(self.connections.values())
            if member is None or connection.member.id == member
            for seat in list(connection.seats.values())
            if (topic is None or seat.topic == topic) and (stream is None or seat.access.stream == stream)
        )

    def sign_out_here(self, member: str | None, session: str | None) -> None:
        """A session is over, for the sockets of this process only."""
        if member is None and session is None:
            return
        for connection in list(self.connections.values()):
            who = connection.member
            if (member is None or who.id == member) and (session is None or who.session == session):
                self.rights.sign_out(connection)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _stream_of(self, access: Access) -> Stream:
        stream = self.streams.get(access.stream)
        if stream is None:
            if access.kind == "log":
                stream = LogStream(access.stream, self._workshop, self.store)
            else:
                stream = StateStream(access.stream, self._workshop)
            self.streams[access.stream] = stream
        return stream

    def _vacate(self, seat: Seat) -> None:
        stream = seat.stream
        if stream is None:
            return
        stream.leave(seat)
        seat.connection.seats.pop(seat.topic, None)
        self.crowds.leave(seat)
        if not stream.seats and self.streams.get(stream.key) is stream:
            del self.streams[stream.key]
            self.backplane.unsubscribe(channel_of(stream.key))
            self.crowds.forget(stream.key)

    def _moved(self, seat: Seat, access: Access) -> None:
        """Same stream, other rights: who learns about this member changes."""
        self.crowds.leave(seat)
        seat.access = access
        self.crowds.enter(seat, "viewing")

    def _heard_from(self, connection: Connection) -> None:
        connection.heard = self.clock()

    def _paused(self, connection: Connection) -> None:
        for seat in connection.seats.values():
            if seat.stream is not None:
                seat.stream.stop(seat)
        if connection.slow_timer is None:
            loop = asyncio.get_running_loop()
            connection.slow_timer = loop.call_later(self.timing.slow, self._too_slow, connection)

    def _resumed(self, connection: Connection) -> None:
        if connection.slow_timer is not None:
            connection.slow_timer.cancel()
            connection.slow_timer = None
        for seat in list(connection.seats.values()):
            if seat.stream is not None and not connection.sink.paused:
                seat.stream.bring_up(seat)

    def _too_slow(self, connection: Connection) -> None:
        self.counts.slow_closed += 1
        connection.sink.close(CloseCode.SLOW_READER, "did not read for too long")
