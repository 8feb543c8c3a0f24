"""A WebSocket protocol class for uvicorn that lets the hub write ready-made frames straight to the transport.

``uvicorn.Config(app, **uvicorn_options())`` uses it. It subclasses one of uvicorn's own, so uvicorn is pinned and
tests/channels/test_protocol.py checks everything that is relied upon. Elsewhere ``AsgiSink`` does the same, slower.
"""

from __future__ import annotations

import contextlib
import socket
from asyncio.transports import BaseTransport
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame

from .timing import Timing

EXTENSION = "casefeed.sink"  # the key in scope["extensions"] under which the sink is found
UNSENT_BYTES = 32 * 1024  # what the kernel keeps for a reader that does not read, beyond what is on the way to it
BUFFER_BYTES = 16 * 1024  # what the transport keeps before it says "pause"; in small writes it costs twice that
ABORT_SECONDS = 2.0  # a peer that does not read cannot read our close frame either
MESSAGE_BYTES = 64 * 1024  # the largest message taken from a client; the session allows far less and says so


def uvicorn_options(timing: Timing | None = None) -> dict[str, Any]:
    """What uvicorn must be told: our class, pings, no compression (it halves the throughput for 300-byte frames)."""
    timing = timing or Timing()
    return {
        "ws": "channels.protocol:FeedProtocol",
        "ws_ping_interval": timing.heartbeat,
        "ws_ping_timeout": timing.heartbeat,
        "ws_per_message_deflate": False,
        "ws_max_size": MESSAGE_BYTES,
    }


def _nothing() -> None: ...


def _discard(data: bytes) -> None: ...


class TransportSink:
    """The sink that is the transport itself: no task, no queue, no ASGI message per delivery."""

    __slots__ = ("closed", "on_close", "on_heard", "on_pause", "on_resume", "paused", "pending", "protocol", "write")

    def __init__(self, protocol: FeedProtocol) -> None:
        self.protocol = protocol
        self.write: Callable[[bytes], None] = protocol.transport.write
        self.pending = b""
        self.paused = False
        self.closed = False
        self.on_pause: Callable[[], None] = _nothing
        self.on_resume: Callable[[], None] = _nothing
        self.on_close: Callable[[], None] = _nothing
        self.on_heard: Callable[[], None] = _nothing

    def close(self, code: int, reason: str) -> None:
        if not self.closed:
            self.flush()
            paused = self.paused
            self.detach()
            self.protocol.close_now(code, reason, abort=paused)

    def flush(self) -> None:
        """Write what this tick has collected so far."""
        data, self.pending = self.pending, b""
        if data:
            self.write(data)

    def detach(self) -> None:
        """Nothing more may be written: whoever feeds this sink is told, and later frames fall into the void."""
        if not self.closed:
            self.closed = True
            self.pending = b""
            self.write = _discard
            self.on_close()


class FeedProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, with the transport exposed as a sink and its flow control passed on."""

    sink: TransportSink | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=BUFFER_BYTES)
        raw = transport.get_extra_info("socket")
        if raw is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            with contextlib.suppress(OSError):  # a unix socket has no such option
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    async def run_asgi(self) -> None:
        self.sink = TransportSink(self)
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[EXTENSION] = self.sink
        try:
            await super().run_asgi()
        finally:
            self.sink.detach()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.sink is not None and not self.sink.paused:
            self.sink.paused = True
            self.sink.on_pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.sink is not None and self.sink.paused:
            self.sink.paused = False
            if not self.sink.closed:
                self.sink.on_resume()

    def handle_pong(self, event: Frame) -> None:
        if self.sink is not None:
            self.sink.on_heard()
        super().handle_pong(event)

    def handle_close(self, event: Frame) -> None:
        if self.sink is not None:
            self.sink.detach()
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        if self.sink is not None:
            self.sink.detach()
        super().handle_parser_exception()

    def keepalive_timeout(self) -> None:
        if self.sink is not None:
            self.sink.detach()
        super().keepalive_timeout()

    def shutdown(self) -> None:
        if self.sink is not None and not self.sink.closed:
            self.sink.flush()
            self.sink.detach()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.sink is not None:
            self.sink.detach()
        super().connection_lost(exc)

    def close_now(self, code: int, reason: str, *, abort: bool) -> None:
        """Close without awaiting.

        ``abort`` when the peer does not read, so that a close frame could not reach it soon.
        """
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        with contextlib.suppress(InvalidState):
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        if abort:
            self.close_timer = self.loop.call_later(ABORT_SECONDS, self.transport.abort)
        else:
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)
