"""Where frames leave the process: one sink per socket, many frames of one loop tick in one write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from .framing import payloads
from .ports import Send

EAGER_BYTES = 16 * 1024  # written at once when a tick collects more, so that the transport can say "pause" in time
QUEUE_BYTES = 64 * 1024  # an AsgiSink counts as paused while more than this waits for the server


class Sink(Protocol):
    """One socket's way out. ``write`` takes whole frames made by ``text_frame`` and never blocks."""

    pending: bytes  # frames of this tick, not written yet; belongs to Outgoing
    paused: bool  # the peer does not read: whoever feeds this sink waits for on_resume
    closed: bool  # nothing more can be written
    on_pause: Callable[[], None]
    on_resume: Callable[[], None]
    on_close: Callable[[], None]
    on_heard: Callable[[], None]  # the peer gave a sign of life that is no frame (a pong)

    @property
    def write(self) -> Callable[[bytes], None]: ...

    def close(self, code: int, reason: str) -> None:
        """Send a close frame after what was written; what comes later is thrown away. Safe to repeat."""
        ...


def _nothing() -> None: ...


class AsgiSink:
    """The sink for any ASGI server: a queue and a task that awaits ``send``."""

    def __init__(self, send: Send, *, abort: Callable[[], object] | None = None) -> None:
        self.pending = b""
        self.paused = False
        self.closed = False
        self.on_pause: Callable[[], None] = _nothing
        self.on_resume: Callable[[], None] = _nothing
        self.on_close: Callable[[], None] = _nothing
        self.on_heard: Callable[[], None] = _nothing
        self.aborted = False  # the task that serves the socket was cancelled, because the peer does not read
        self._abort = abort
        self._send = send
        self._queue: asyncio.Queue[bytes | tuple[int, str]] = asyncio.Queue()
        self._waiting = 0
        self._task = asyncio.get_running_loop().create_task(self._run(), name="casefeed-sink")

    def write(self, data: bytes) -> None:
        if self.closed:
            return
        self._waiting += len(data)
        self._queue.put_nowait(data)
        if self._waiting > QUEUE_BYTES and not self.paused:
            self.paused = True
            self.on_pause()

    def close(self, code: int, reason: str) -> None:
        if self.closed:
            return
        data, self.pending = self.pending, b""
        if data:
            self._queue.put_nowait(data)
        self.closed = True
        self._queue.put_nowait((code, reason))
        if self.paused:  # the peer does not read, so the close frame would wait as long as the rest
            self.aborted = self._abort is not None
            self._task.cancel()
        self.on_close()
        if self.aborted and self._abort is not None:
            self._abort()

    async def finish(self) -> None:
        """The socket is over: stop the task."""
        self.closed = True
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _next(self) -> bytes | tuple[int, str]:
        return await self._queue.get()

    async def _deliver(self, payload: bytes) -> None:
        await self._send({"type": "websocket.send", "text": payload.decode()})

    async def _end(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def _run(self) -> None:
        while True:
            item = await self._next()
            if isinstance(item, tuple):
                await self._end(*item)
                return
            for payload in payloads(item):
                await self._deliver(payload)
            self._waiting -= len(item)
            if self.paused and self._waiting <= QUEUE_BYTES // 2 and not self.closed:
                self.paused = False
                self.on_resume()


class Outgoing:
    """Collects the frames of one loop tick per sink and writes each sink once.

    Order is kept over everything a sink is given. uvloop does not merge writes by itself; for bursts this is several
    times cheaper, and for single frames it costs one callback per tick. Sinks that are given the same share the bytes,
    so that a hundred readers who do not read cost what one costs.
    """

    __slots__ = ("_dirty", "deliveries")

    def __init__(self) -> None:
        self._dirty: list[Sink] = []
        self.deliveries = 0

    def push(self, frame: bytes, sinks: Sequence[Sink]) -> None:
        """Give one frame to every sink."""
        dirty = self._dirty
        if not dirty:
            asyncio.get_running_loop().call_soon(self.flush)
        joined = together = b""
        for sink in sinks:
            pending = sink.pending
            if not pending:
                sink.pending = frame
                dirty.append(sink)
            elif len(pending) < EAGER_BYTES:
                if pending is not joined:
                    joined, together = pending, pending + frame
                sink.pending = together
            else:
                sink.pending = frame
                sink.write(pending)
        self.deliveries += len(sinks)

    def flush(self) -> None:
        """Write what this tick has collected."""
        sinks, self._dirty = self._dirty, []
        for sink in sinks:
            data = sink.pending
            if data:
                sink.pending = b""
                sink.write(data)
