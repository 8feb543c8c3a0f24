"""One socket over plain ASGI: admits it, reads its frames, carries out what its session decides."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import urlsplit

from . import frames, session
from .errors import CloseCode, FeedError, SignedOut
from .hub import Hub
from .ports import Admit, NewId, Now, Receive, Scope, Send
from .protocol import EXTENSION
from .sinks import AsgiSink, Sink
from .streams import Connection

log = logging.getLogger("channels.server")


async def serve_socket(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    hub: Hub,
    admit: Admit,
    now: Now,
    new_id: NewId,
    origins: frozenset[str] = frozenset(),
) -> None:
    """Serve one WebSocket until it ends. Mounted by any ASGI framework, or alone.

    A browser may come only from the page's own host or one of ``origins`` (``https://desk.example.com``): cookies
    travel
    with cross-site sockets too. Refusals are told by close code, because a browser cannot read a refused handshake.
    """
    if (await receive())["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})
    native: Sink | None = scope.get("extensions", {}).get(EXTENSION)
    if native is not None:
        await _serve(scope, receive, native, hub=hub, admit=admit, now=now, new_id=new_id, origins=origins)
        return
    this = asyncio.current_task()
    fallback = AsgiSink(send, abort=this.cancel if this is not None else None)
    try:
        await _serve(scope, receive, fallback, hub=hub, admit=admit, now=now, new_id=new_id, origins=origins)
    except asyncio.CancelledError:
        if not fallback.aborted or this is None or this.uncancel():
            raise
    finally:
        await fallback.finish()


def welcome(connection: Connection, hub: Hub, now: Now) -> frames.Welcome:
    """The first frame of every connection."""
    return frames.Welcome(
        session=connection.id,
        member=connection.member.id,
        name=connection.member.name,
        heartbeat_seconds=hub.timing.heartbeat,
        typing_seconds=hub.timing.typing,
        server_time=now().isoformat(),
        protocol=frames.PROTOCOL,
    )


async def _serve(
    scope: Scope,
    receive: Receive,
    sink: Sink,
    *,
    hub: Hub,
    admit: Admit,
    now: Now,
    new_id: NewId,
    origins: frozenset[str],
) -> None:
    if not same_origin(scope, origins):
        sink.close(CloseCode.FORBIDDEN, "this page may not connect here")
        return await _until_gone(receive)
    try:
        member = await admit(scope)
    except SignedOut as error:
        sink.close(CloseCode.SIGNED_OUT, error.code)
        return await _until_gone(receive)
    except Exception as error:
        log.warning("admit failed: %r", error)
        sink.close(CloseCode.UNAVAILABLE, "cannot check who this is")
        return await _until_gone(receive)
    return await _Socket(Connection(new_id(), member, sink, now=hub.clock()), hub, receive, now).run()


def same_origin(scope: Scope, origins: frozenset[str]) -> bool:
    """Is there no Origin (a program), or does it name the host that was asked, or one of ``origins``?"""
    headers: dict[bytes, bytes] = {name.lower(): value for name, value in scope.get("headers", [])}
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    if not origin or origin in origins:
        return True
    return urlsplit(origin).netloc == headers.get(b"host", b"").decode("latin-1").lower()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


class _Socket:
    """The loop around a ``Session``."""

    def __init__(self, connection: Connection, hub: Hub, receive: Receive, now: Now) -> None:
        self._connection = connection
        self._hub = hub
        self._receive = receive
        self._now = now
        self._session = session.Session(now=hub.clock())

    async def run(self) -> None:
        connection, hub = self._connection, self._hub
        connection.on_ejected = self._session.ejected
        hub.connect(connection)
        hub.give(connection, welcome(connection, hub, self._now))
        try:
            while (message := await self._receive())["type"] == "websocket.receive":
                connection.heard = hub.clock()
                if connection.sink.closed:
                    continue
                text = message.get("text")
                if text is None:
                    connection.sink.close(CloseCode.PROTOCOL_ERROR, "frames are text")
                    continue
                for effect in self._session.received(text, now=connection.heard):
                    await self._carry_out(effect)
        finally:
            hub.disconnect(connection)

    async def _carry_out(self, effect: session.Effect) -> None:
        connection, hub = self._connection, self._hub
        match effect:
            case session.Send(frame):
                hub.give(connection, frame)
            case session.Enter(topic, since, ref):
                await self._enter(topic, since, ref)
            case session.Exit(topic):
                hub.leave(connection, topic)
            case session.Tell(what):
                try:
                    await hub.tell(connection, what)
                except Exception as error:
                    log.warning("%s could not be told: %r", what.topic, error)
                    hub.give(connection, frames.Problem("unavailable", "That could not be kept.", what.topic))
            case session.Close(code, reason):
                connection.sink.close(code, reason)

    async def _enter(self, topic: str, since: int | None, ref: str | None) -> None:
        connection, hub = self._connection, self._hub
        try:
            await hub.join(connection, topic, since, ref)
        except SignedOut:
            hub.rights.sign_out(connection)
        except FeedError as error:
            for effect in self._session.refused(topic, error.code, error.message, ref):
                await self._carry_out(effect)
        else:
            for effect in self._session.entered(topic):
                await self._carry_out(effect)
