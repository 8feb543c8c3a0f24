"""Server-sent events give what sockets give: every entry once and in order, and nothing after rights end."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from channels import frames
from channels.errors import BadFrame, CloseCode
from channels.server_events import EventSink, event_of, wanted
from channels.sinks import EAGER_BYTES, QUEUE_BYTES
from channels.timing import Timing
from tests.channels.desk import CALM, Node, eventually, running_node
from tests.channels.event_reader import EventReader
from tests.support.cutting_proxy import CuttingProxy

PATIENT = Timing(heads=3600.0, changes=3600.0, rights=3600.0, slow=3600.0)
IMPATIENT = Timing(heads=3600.0, changes=3600.0, rights=3600.0, slow=0.2)


@asynccontextmanager
async def reading(
    node: Node, who: str, topic: str, since: int | None = 0, *, port: int | None = None
) -> AsyncIterator[EventReader]:
    reader = EventReader(f"http://127.0.0.1:{port or node.port}/events", {"Cookie": f"who={who}"}, topic, since)
    try:
        yield reader
    finally:
        await reader.stop()


def check(reader: EventReader, log: list[bytes], since: int = 0) -> None:
    """Every entry once, in order, none from elsewhere."""
    assert reader.entries == [(place, json.loads(raw)) for place, raw in enumerate(log, 1) if place > since]


def test_only_what_proves_a_position_has_an_id() -> None:
    assert event_of(frames.encode_entry("case/42", 7, b'{"position":3}')).startswith(b"id: 7\ndata: {")
    assert event_of(frames.encode(frames.UpToDate("case/42", 9))).startswith(b"id: 9\n")
    assert event_of(frames.encode(frames.Resync("case/42", "rewound", 0))).startswith(b"id: 0\n")
    for frame in (frames.Joined("case/42", 9, []), frames.Read("case/42", "user/1", 4), frames.Gone("queue/7", "1", 2)):
        assert event_of(frames.encode(frame)).startswith(b"data: {")


def test_what_the_browser_remembers_is_newer_than_its_url() -> None:
    scope = {"query_string": b"topic=case/42&since=17", "headers": [(b"last-event-id", b"23")]}
    assert wanted(scope) == ("case/42", 23)
    assert wanted({**scope, "headers": []}) == ("case/42", 17)
    assert wanted({"query_string": b"topic=case%2F42", "headers": []}) == ("case/42", None)
    positions = [b"topic=case/42&since=" + since for since in (b"-1", b"x", b"9" * 40)]
    for query in (b"", b"topic=42", *positions):
        with pytest.raises(BadFrame):
            wanted({"query_string": query, "headers": []})


async def test_the_stream_begins_as_a_socket_does_and_goes_on_live() -> None:
    async with running_node(timing=CALM) as node:
        node.write("case/42", "first")
        node.write("case/42", "second")
        async with reading(node, "maria", "case/42", 1) as reader:
            await reader.until(2)
            node.write("case/42", "third", internal=True)
            await reader.until(3)
            check(reader, node.store.logs["case/42#staff"], since=1)
            assert [frame["type"] for frame in reader.seen[:4]] == ["welcome", "joined", "entry", "up_to_date"]
        await eventually(lambda: not node.hub.connections)
        assert not node.hub.streams


@pytest.mark.parametrize("seed", range(3))
async def test_streams_cut_at_any_byte_lose_and_repeat_nothing(seed: int) -> None:
    chance = random.Random(seed)
    cut = lambda: chance.choice([None, chance.randint(1, 900), chance.randint(1, 9000)])  # noqa: E731 – of one test
    async with running_node() as node, CuttingProxy(node.port, next_cut=cut) as proxy:
        readers = []
        for number in range(6):
            who, feed = chance.choice([("maria", "staff"), ("aino", "public")])
            url = f"http://127.0.0.1:{proxy.port}/events"
            reader = EventReader(url, {"Cookie": f"who={who}"}, f"case/{number % 3}")
            readers.append((f"case/{number % 3}#{feed}", reader))
        for number in range(300):
            text = f"{number} " + "x" * chance.randint(0, 300)
            node.write(f"case/{number % 3}", text, internal=chance.random() < 0.3)
            if chance.random() < 0.2:
                await asyncio.sleep(chance.random() * 0.01)
            if chance.random() < 0.01:
                proxy.cut_all()
        for stream, reader in readers:
            await reader.until(len(node.store.logs[stream]))
            await reader.stop()
            check(reader, node.store.logs[stream])
        assert proxy.cuts > 0


async def test_rights_withdrawn_end_the_stream_and_nothing_follows() -> None:
    async with running_node(timing=CALM) as node, reading(node, "maria", "case/42") as reader:
        node.write("case/42", "before")
        await reader.until(1)
        node.rights.withdrawn.add(("user/1", "case/42"))
        node.hub.rights_changed(member="user/1")
        node.write("case/42", "after")
        async with asyncio.timeout(20):
            await reader.task
        check(reader, node.store.logs["case/42#staff"][:1])
        assert [frame["reason"] for frame in reader.of("left")] == ["rights"]
        assert [close["come_back"] for close in reader.closes] == ["now"]
        assert reader.answers == [200, 403]
        assert not node.hub.connections


async def test_signing_out_ends_the_stream_for_good() -> None:
    async with running_node(timing=CALM) as node, reading(node, "maria", "case/42") as reader:
        node.write("case/42", "before")
        await reader.until(1)
        node.rights.ended.add("session-maria")
        node.hub.sign_out("session-maria")
        node.write("case/42", "after")
        async with asyncio.timeout(20):
            await reader.task
        check(reader, node.store.logs["case/42#staff"][:1])
        assert [(close["code"], close["come_back"]) for close in reader.closes] == [(CloseCode.SIGNED_OUT, "never")]
        assert reader.answers == [200, 403]


async def test_who_may_not_read_is_told_before_anything_is_sent() -> None:
    async with running_node(timing=CALM) as node, httpx.AsyncClient() as browser:
        url = f"http://127.0.0.1:{node.port}/events"
        maria = {"Cookie": "who=maria"}
        for headers, topic, code in (
            ({}, "case/42", "not_admitted"),
            (maria, "case/secret", "forbidden"),
            (maria, "nothing/1", "not_found"),
            (maria, "nothing", "bad_topic"),
            ({**maria, "Origin": "https://elsewhere.example"}, "case/42", "forbidden"),
        ):
            answer = await browser.get(url, params={"topic": topic}, headers=headers)
            assert (answer.status_code, answer.text) == (403, code)
        assert not node.hub.connections


async def test_trouble_of_ours_is_told_in_the_stream_because_browsers_give_up_otherwise() -> None:
    async with running_node(timing=CALM) as node:
        node.write("case/42", "first")
        node.rights.down = True
        async with reading(node, "maria", "case/42") as reader:
            await eventually(lambda: bool(reader.closes))
            assert (reader.closes[0]["code"], reader.closes[0]["come_back"]) == (CloseCode.UNAVAILABLE, "later")
            node.rights.down = False
            node.store.down = True
            await eventually(lambda: any("read" in close["reason"] for close in reader.closes))
            node.store.down = False
            await reader.until(1)
            check(reader, node.store.logs["case/42#staff"])


async def test_a_reader_that_stops_is_caught_up_when_it_reads_again() -> None:
    async with running_node(timing=PATIENT) as node, reading(node, "tomas", "case/42") as lively:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port, limit=1024)
        writer.write(b"GET /events?topic=case/42&since=0 HTTP/1.1\r\nHost: desk\r\nCookie: who=maria\r\n\r\n")
        await eventually(lambda: any(c.member.id == "user/1" and c.seats for c in node.hub.connections.values()))
        (connection,) = (c for c in node.hub.connections.values() if c.member.id == "user/1")
        sink = connection.sink
        assert isinstance(sink, EventSink)
        total = 0
        while not sink.paused or total % 50:
            total += 1
            node.write("case/42", f"{total} " + "x" * 5000)
            await asyncio.sleep(0)
            assert sink._waiting + len(sink.pending) < QUEUE_BYTES + 2 * EAGER_BYTES
        for _ in range(200):
            total += 1
            node.write("case/42", f"{total} " + "x" * 5000)
        assert sink._waiting + len(sink.pending) < QUEUE_BYTES + 2 * EAGER_BYTES
        await lively.until(total)
        check(lively, node.store.logs["case/42#staff"])
        received = bytearray()
        async with asyncio.timeout(30):
            while b"id: %d\n" % total not in received:
                received += await reader.read(65536)
        found = [int(line[4:]) for line in received.split(b"\n") if line.startswith(b"id: ")]
        assert list(dict.fromkeys(found)) == list(range(total + 1))  # 0: up to date with an empty log
        writer.close()


async def test_a_reader_that_never_reads_again_is_given_up() -> None:
    async with running_node(timing=IMPATIENT) as node, reading(node, "tomas", "case/42") as lively:
        _, writer = await asyncio.open_connection("127.0.0.1", node.port, limit=1024)
        writer.write(b"GET /events?topic=case/42&since=0 HTTP/1.1\r\nHost: desk\r\nCookie: who=maria\r\n\r\n")
        await eventually(lambda: sum(len(connection.seats) for connection in node.hub.connections.values()) == 2)
        number = 0
        while node.hub.counts.slow_closed == 0:
            number += 1
            node.write("case/42", "x" * 5000)
            await asyncio.sleep(0.001)
        await eventually(lambda: len(node.hub.connections) == 1)
        await lively.until(number)
        check(lively, node.store.logs["case/42#staff"])
        writer.transport.abort()


async def test_an_idle_stream_beats_and_is_not_taken_for_dead() -> None:
    timing = Timing(heartbeat=0.05, quiet=0.3, heads=3600.0, changes=3600.0, rights=3600.0)
    async with running_node(timing=timing) as node:
        async with httpx.AsyncClient() as browser:
            url = f"http://127.0.0.1:{node.port}/events?topic=case/42"
            async with browser.stream("GET", url, headers={"Cookie": "who=maria"}) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                beats = 0
                async for text in answer.aiter_text():
                    beats += text.count(":\n\n")
                    if beats >= 12:  # twice as long as a socket may be silent
                        break
                assert len(node.hub.connections) == 1
        await eventually(lambda: not node.hub.connections)
