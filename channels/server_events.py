"""One topic as server-sent events, where WebSockets are blocked: the same hub, seats and frames over plain HTTP.

Every frame is one event; its ``id`` is the position up to which the reader then has everything, and comes back as
Last-Event-ID. What a socket learns by its close code is told by a last event named ``close``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec

from .errors import BadFrame, CloseCode, FeedError, SignedOut, Unavailable, comes_back
from .errors import Refused as NotAllowed
from .frames import Refused
from .hub import Hub
from .ports import Admit, Member, NewId, Now, Receive, Scope, Send
from .server import same_origin, welcome
from .sinks import AsgiSink
from .streams import Connection
from .topics import parse_topic

RETRY_FIRST = 500  # milliseconds: the shortest wait of a browser before it comes back
RETRY_SPREAD = 4500  # milliseconds of jitter above it, so that a restart is followed by no stampede
HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would keep the events until its buffer is full
)

log = logging.getLogger("channels.server_events")


class _Said(msgspec.Struct):
    """What of a frame decides about its event's id."""

    type: str
    position: int = 0
    head: int = 0


_said = msgspec.json.Decoder(_Said)


def event_of(payload: bytes) -> bytes:
    """One frame as one event. ``joined`` has no id: what the reader lacks comes only after it."""
    said = _said.decode(payload)
    if said.type == "entry":
        return b"id: %d\ndata: %b\n\n" % (said.position, payload)
    if said.type in {"up_to_date", "resync"}:
        return b"id: %d\ndata: %b\n\n" % (said.head, payload)
    return b"data: %b\n\n" % payload


class EventSink(AsgiSink):
    """The sink of one event stream. What could be written counts as a sign of life: who is gone takes nothing."""

    def __init__(self, send: Send, *, heartbeat: float, abort: Callable[[], object] | None = None) -> None:
        self._heartbeat = heartbeat
        super().__init__(send, abort=abort)

    @property
    def ended(self) -> asyncio.Task[None]:
        """Done when everything was said, or nobody takes it any more."""
        return self._task

    async def _next(self) -> bytes | tuple[int, str]:
        while True:
            try:
                async with asyncio.timeout(self._heartbeat):
                    return await self._queue.get()
            except TimeoutError:
                await self._write(b":\n\n")

    async def _deliver(self, payload: bytes) -> None:
        await self._write(event_of(payload))

    async def _end(self, code: int, reason: str) -> None:
        last = msgspec.json.encode({"code": code, "reason": reason, "come_back": comes_back(code)})
        await self._write(b"event: close\ndata: %b\n\n" % last)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
        self.on_heard()


async def serve_events(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    hub: Hub,
    admit: Admit,
    now: Now,
    new_id: NewId,
    jitter: Callable[[], float],
    origins: frozenset[str] = frozenset(),
) -> None:
    """Serve ``GET …?topic=case/42&since=17`` until it ends. Mounted by any ASGI framework, or alone.

    Raises before anything was answered, for the application to say in its own words: BadFrame (the query), SignedOut,
    Refused. A browser never comes back after such an answer, so trouble of ours is told in the stream instead.
    """
    topic, since = wanted(scope)
    if not same_origin(scope, origins):
        raise NotAllowed("This page may not connect here.")
    member: Member | None = None
    try:
        member = await admit(scope)
        await hub.rights.allowed(member, topic)
    except (SignedOut, NotAllowed):
        raise
    except Exception as error:
        log.warning("nobody can say who may read %s: %r", topic, error)
        member = None
    await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
    retry = RETRY_FIRST + int(RETRY_SPREAD * jitter())
    await send({"type": "http.response.body", "body": b"retry: %d\n\n" % retry, "more_body": True})
    this = asyncio.current_task()
    sink = EventSink(send, heartbeat=hub.timing.heartbeat, abort=this.cancel if this is not None else None)
    try:
        if member is None:
            sink.close(CloseCode.UNAVAILABLE, "cannot check who this is")
            await sink.ended
        else:
            await _follow(Connection(new_id(), member, sink, now=hub.clock()), sink, topic, since, hub, receive, now)
    except asyncio.CancelledError:
        if not sink.aborted or this is None or this.uncancel():
            raise
    finally:
        await sink.finish()


def wanted(scope: Scope) -> tuple[str, int | None]:
    """Topic and last position of a request; what a browser remembers as Last-Event-ID is newer than its URL."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    topic = query.get("topic", [""])[0]
    parse_topic(topic)
    headers: dict[bytes, Any] = {name.lower(): value for name, value in scope.get("headers", [])}
    since = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("since", [""])[0]
    if not since:
        return topic, None
    if not (since.isascii() and since.isdecimal() and len(since) <= 18):
        raise BadFrame("A position is a number, 0 or more.", code="bad_position")
    return topic, int(since)


async def _follow(
    connection: Connection, sink: EventSink, topic: str, since: int | None, hub: Hub, receive: Receive, now: Now
) -> None:
    # Whoever was put out asks once more: another stream of the topic may be theirs now, or the answer is a plain no.
    connection.on_ejected = lambda _: sink.close(CloseCode.MOVED, "your rights have changed")
    hub.connect(connection)
    leaving = asyncio.create_task(_gone(receive))
    try:
        hub.give(connection, welcome(connection, hub, now))
        try:
            await hub.join(connection, topic, since, None)
        except SignedOut:
            hub.rights.sign_out(connection)
        except Unavailable as error:
            sink.close(CloseCode.UNAVAILABLE, error.message)
        except FeedError as error:
            hub.give(connection, Refused(topic, error.code, error.message))
            sink.close(CloseCode.MOVED, "your rights have changed")
        await asyncio.wait({leaving, sink.ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        hub.disconnect(connection)
        await asyncio.gather(leaving, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
