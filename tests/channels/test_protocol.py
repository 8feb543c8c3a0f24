"""Everything the protocol class relies on in the pinned uvicorn, on both event loops."""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
import uvloop
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from channels import protocol
from channels.framing import text_frame
from channels.ports import Receive, Scope, Send
from channels.protocol import BUFFER_BYTES, EXTENSION, UNSENT_BYTES, FeedProtocol, TransportSink, uvicorn_options
from tests.channels.desk import eventually
from tests.support.ports import free_port

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "uvloop": uvloop.new_event_loop,
    "asyncio": asyncio.SelectorEventLoop,
}


@asynccontextmanager
async def served(work: Callable[[TransportSink, Receive], Any]) -> AsyncIterator[tuple[str, uvicorn.Server]]:
    """uvicorn with our protocol class; ``work`` gets the sink of each accepted socket."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await work(scope["extensions"][EXTENSION], receive)

    port = free_port()
    config = uvicorn.Config(app, port=port, lifespan="off", log_level="error", **uvicorn_options())
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield f"ws://127.0.0.1:{port}/", server
    finally:
        server.should_exit = True
        await serving


async def until_gone(receive: Receive) -> dict[str, Any]:
    while (message := await receive())["type"] != "websocket.disconnect":
        pass
    return dict(message)


@pytest.fixture(params=sorted(LOOPS))
def run(request: pytest.FixtureRequest) -> Callable[[Any], None]:
    """Runs a test's coroutine on one of the loops."""

    def run_on_loop(coroutine: Any) -> None:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(coroutine)

    return run_on_loop


def test_what_is_overridden_and_used_exists_as_expected() -> None:
    for name in (
        "connection_made",
        "run_asgi",
        "pause_writing",
        "resume_writing",
        "handle_pong",
        "handle_close",
        "handle_parser_exception",
        "keepalive_timeout",
        "shutdown",
        "connection_lost",
    ):
        theirs = inspect.signature(getattr(WebSocketsSansIOProtocol, name))
        assert inspect.signature(getattr(FeedProtocol, name)).parameters.keys() == theirs.parameters.keys()
    source = inspect.getsource(WebSocketsSansIOProtocol)
    for used in (
        "self.queue.put_nowait",
        "self.conn.send_close(code, reason)",
        "self.close_sent = True",
        "self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)",
        "self.read_paused = False",
        '"extensions": {"websocket.http.response": {}}',
    ):
        assert used in source


def test_frames_are_written_straight_to_the_transport_and_close_follows_them(run: Callable[[Any], None]) -> None:
    async def body() -> None:
        ended: list[dict[str, Any]] = []

        async def work(sink: TransportSink, receive: Receive) -> None:
            sink.write(text_frame("grün".encode()) + text_frame(b"x" * 70_000))
            sink.pending = text_frame(b"still pending")
            closed: list[bool] = []
            sink.on_close = lambda: closed.append(True)
            sink.close(4201, "enough")
            sink.close(4000, "twice")
            sink.write(text_frame(b"into the void"))
            assert closed == [True]
            ended.append(await until_gone(receive))

        async with served(work) as (url, _), connect(url, max_size=None) as client:
            assert [await client.recv() for _ in range(3)] == ["grün", "x" * 70_000, "still pending"]
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert (client.close_code, client.close_reason) == (4201, "enough")
            await eventually(lambda: bool(ended))
            assert ended[0]["code"] == 4201

    run(body())


def test_a_reader_that_stops_pauses_the_sink_within_bounds_and_resumes_it(run: Callable[[Any], None]) -> None:
    async def body() -> None:
        written = 0
        resumed = asyncio.Event()
        high: list[int] = []

        async def work(sink: TransportSink, receive: Receive) -> None:
            nonlocal written
            sink.on_resume = resumed.set
            frame = text_frame(b"x" * 1000)
            while not sink.paused:
                sink.write(frame)
                written += 1
                await asyncio.sleep(0)
            high.append(sink.protocol.transport.get_write_buffer_size())
            await until_gone(receive)

        async with served(work) as (url, _):
            raw = socket.socket()
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            raw.connect(("127.0.0.1", int(url.split(":")[2].strip("/"))))
            async with connect(url, sock=raw, max_queue=1, ping_interval=None) as client:
                client.transport.pause_reading()
                await eventually(lambda: bool(high))
                assert high[0] < 2 * BUFFER_BYTES
                assert written * 1000 < BUFFER_BYTES + UNSENT_BYTES + 512 * 1024  # the rest is on its way in the kernel
                client.transport.resume_reading()
                for _ in range(written):
                    assert await client.recv() == "x" * 1000
                await asyncio.wait_for(resumed.wait(), 5)

    run(body())


def test_closing_a_reader_that_does_not_read_ends_in_an_abort(
    run: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "ABORT_SECONDS", 0.1)

    async def body() -> None:
        gone = asyncio.Event()

        async def work(sink: TransportSink, receive: Receive) -> None:
            while not sink.paused:
                sink.write(text_frame(b"x" * 60_000))
                await asyncio.sleep(0)
            sink.close(4100, "too slow")
            await until_gone(receive)
            await eventually(lambda: sink.protocol.disconnected)
            gone.set()

        async with served(work) as (url, _), connect(url, ping_interval=None, close_timeout=0.1) as client:
            client.transport.pause_reading()
            await asyncio.wait_for(gone.wait(), 10)

    run(body())


@pytest.mark.parametrize("end", ["client closes", "client vanishes", "server shuts down"])
def test_however_a_socket_ends_its_feeder_is_told_once(run: Callable[[Any], None], end: str) -> None:
    async def body() -> None:
        told: list[bool] = []
        sinks: list[TransportSink] = []

        async def work(sink: TransportSink, receive: Receive) -> None:
            sink.on_close = lambda: told.append(True)
            sinks.append(sink)
            await until_gone(receive)

        async with served(work) as (url, server):
            client = await connect(url)
            await eventually(lambda: bool(sinks))
            if end == "client closes":
                await client.close()
            elif end == "client vanishes":
                client.transport.abort()
            else:
                server.should_exit = True
                with pytest.raises(ConnectionClosed):
                    await client.recv()
                assert client.close_code == 1012
            await eventually(lambda: told == [True])
            sinks[0].write(text_frame(b"late"))
            assert sinks[0].closed
        assert told == [True]

    run(body())


def test_a_pong_is_a_sign_of_life(run: Callable[[Any], None]) -> None:
    async def body() -> None:
        heard = asyncio.Event()

        async def work(sink: TransportSink, receive: Receive) -> None:
            sink.on_heard = heard.set
            await until_gone(receive)

        async with served(work) as (url, _), connect(url) as client:
            await client.pong(b"here")
            await asyncio.wait_for(heard.wait(), 5)

    run(body())
