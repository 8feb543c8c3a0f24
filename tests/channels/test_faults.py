"""Connections cut at any byte, readers that stop, servers that restart: every entry once and in order."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import connect

from channels import frames
from channels.protocol import BUFFER_BYTES, TransportSink
from channels.sinks import EAGER_BYTES
from channels.timing import Timing
from tests.channels.desk import CALM, Reader, Rights, Store, eventually, running_node
from tests.support.cutting_proxy import CuttingProxy
from tests.support.ports import free_port

PATIENT_WITH_SLOW = Timing(heads=3600.0, changes=3600.0, rights=3600.0, slow=3600.0)
IMPATIENT_WITH_SLOW = Timing(heads=3600.0, changes=3600.0, rights=3600.0, slow=0.2)


def small_socket(port: int) -> socket.socket:
    """A connection whose receiver takes little, so that a reader that stops is felt soon."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    raw.connect(("127.0.0.1", port))
    return raw


@pytest.mark.parametrize("native", [True, False], ids=["transport", "asgi"])
@pytest.mark.parametrize("seed", range(4))
async def test_sockets_cut_at_any_byte_lose_and_repeat_nothing(seed: int, native: bool) -> None:
    chance = random.Random(seed)
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(running_node(native=native))
        # A handshake takes some 600 bytes: most cuts fall into frames, some into the handshake itself.
        proxy = await stack.enter_async_context(
            CuttingProxy(
                node.port, next_cut=lambda: chance.choice([None, chance.randint(1, 900), chance.randint(1, 9000)])
            )
        )
        url = f"ws://127.0.0.1:{proxy.port}/feed"
        readers: list[tuple[str, Reader]] = []
        for number in range(12):
            who, feed = chance.choice([("maria", "staff"), ("aino", "public")])
            client = await stack.enter_async_context(
                node.client(who, url=url, backoff_first=0.01, jitter=chance.random)
            )
            readers.append((f"case/{number % 3}#{feed}", Reader(client, f"case/{number % 3}")))
        for number in range(400):
            case = f"case/{number % 3}"
            node.write(case, f"{number} " + "x" * chance.randint(0, 300), internal=chance.random() < 0.3)
            if chance.random() < 0.2:
                await asyncio.sleep(chance.random() * 0.01)
            if chance.random() < 0.01:
                proxy.cut_all()
        for stream, reader in readers:
            await reader.until(len(node.store.logs[stream]))
            reader.check(node.store.logs[stream])
        assert proxy.cuts > 0


async def test_a_reader_that_stops_costs_little_and_is_caught_up_when_it_reads_again() -> None:
    async with running_node(timing=PATIENT_WITH_SLOW) as node, node.client("tomas") as other:
        lively = Reader(other, "case/42")
        raw = small_socket(node.port)
        async with connect(
            node.url, sock=raw, additional_headers={"Cookie": "who=maria"}, max_queue=1, ping_interval=None
        ) as slow:
            await slow.send(json.dumps({"type": "join", "topic": "case/42", "since": 0}))
            await eventually(lambda: any(c.member.id == "user/1" and c.seats for c in node.hub.connections.values()))
            slow.transport.pause_reading()
            (connection,) = (c for c in node.hub.connections.values() if c.member.id == "user/1")
            sink = connection.sink
            assert isinstance(sink, TransportSink)
            total = 4000
            for number in range(total):
                node.write("case/42", f"{number} " + "x" * 500)
                if number % 50 == 49:
                    await lively.until(number + 1)
                    buffered = sink.protocol.transport.get_write_buffer_size() + len(sink.pending)
                    assert buffered < 2 * BUFFER_BYTES + 2 * EAGER_BYTES
            assert sink.paused
            lively.check(node.store.logs["case/42#staff"])
            slow.transport.resume_reading()
            positions: list[int] = []
            async with asyncio.timeout(20):
                while not positions or positions[-1] < total:
                    frame = frames.decode_server(await slow.recv())
                    if isinstance(frame, frames.Entry):
                        positions.append(frame.position)
            assert positions == list(range(1, total + 1))
            node.write("case/42", "live again")
            while not isinstance(frame := frames.decode_server(await slow.recv()), frames.Entry):
                pass
            assert frame.position == total + 1


async def test_a_state_that_a_slow_reader_missed_is_loaded_anew() -> None:
    async with running_node(timing=PATIENT_WITH_SLOW) as node:
        raw = small_socket(node.port)
        headers = {"Cookie": "who=maria"}
        async with connect(
            node.url, sock=raw, additional_headers=headers, max_queue=1, ping_interval=None, close_timeout=0.1
        ) as slow:
            await slow.send(json.dumps({"type": "join", "topic": "queue/7"}))
            await eventually(lambda: any(c.seats for c in node.hub.connections.values()))
            slow.transport.pause_reading()
            (connection,) = node.hub.connections.values()
            versions = 0
            while not connection.sink.paused:
                versions += 1
                node.hub.publish_state("queue/7", frames.Counters("", versions, {"x" * 500: versions}))
                await asyncio.sleep(0)
            for _ in range(10):
                versions += 1
                node.hub.publish_state("queue/7", frames.Counters("", versions, {"open": versions}))
            slow.transport.resume_reading()
            seen = 0
            async with asyncio.timeout(20):
                while frames.Resync("queue/7", "missed", 0) != (frame := frames.decode_server(await slow.recv())):
                    if isinstance(frame, frames.Counters):
                        assert frame.version == seen + 1  # no silent hole before the resync
                        seen = frame.version
            assert seen < versions


@pytest.mark.parametrize("native", [True, False], ids=["transport", "asgi"])
async def test_a_reader_that_never_reads_again_is_given_up(native: bool) -> None:
    async with running_node(timing=IMPATIENT_WITH_SLOW, native=native) as node, node.client("tomas") as other:
        lively = Reader(other, "case/42")
        async with connect(
            node.url,
            additional_headers={"Cookie": "who=maria"},
            max_queue=1,
            ping_interval=None,
            close_timeout=0.1,
        ) as slow:
            await slow.send(json.dumps({"type": "join", "topic": "case/42", "since": 0}))
            await eventually(lambda: sum(len(connection.seats) for connection in node.hub.connections.values()) == 2)
            slow.transport.pause_reading()
            number = 0
            while node.hub.counts.slow_closed == 0:
                number += 1
                node.write("case/42", "x" * 5000)
                await asyncio.sleep(0.001)
            await eventually(lambda: len(node.hub.connections) == 1)
        await lively.until(number)
        lively.check(node.store.logs["case/42#staff"])


async def test_two_hundred_sockets_come_back_after_a_restart_spread_over_time() -> None:
    store, rights, port = Store(), Rights(), free_port()
    chance = random.Random(7)
    arrivals: list[float] = []
    async with AsyncExitStack() as stack:
        readers: list[Reader] = []
        async with running_node(store=store, rights=rights, port=port, timing=CALM) as node:
            for number in range(200):
                client = await stack.enter_async_context(node.client("maria", jitter=chance.random, backoff_first=1.0))
                readers.append(Reader(client, f"case/{number % 10}"))
            for number in range(100):
                node.write(f"case/{number % 10}", f"{number}")
            for number, reader in enumerate(readers):
                await reader.until(len(store.logs[f"case/{number % 10}#staff"]))
        async with running_node(store=store, rights=rights, port=port, timing=CALM) as node:
            connect_one = node.hub.connect

            def note_arrival(connection: object) -> None:
                arrivals.append(node.hub.clock())
                connect_one(connection)  # type: ignore[arg-type]

            node.hub.connect = note_arrival  # type: ignore[method-assign]
            for number in range(100):
                node.write(f"case/{number % 10}", f"again {number}")
            for number, reader in enumerate(readers):
                await reader.until(20)
                reader.check(store.logs[f"case/{number % 10}#staff"])
            assert {reader.client.connections for reader in readers} == {2}
            assert {reader.client.close_codes[0] for reader in readers} == {1012}
            first = min(arrivals)
            busiest = max(
                sum(start <= at < start + 0.1 for at in arrivals) for start in [first + n / 20 for n in range(20)]
            )
            assert busiest < 100  # of 200: jitter over a second gives about 20 in any tenth
            assert store.questions < 300  # those who come together share an answer of the store
