"""What every way between nodes must do: one suite for the memory and the Redis backplane."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from channels.backplane import Exchange, MemoryBackplane
from channels.ports import Backplane
from channels.redis_backplane import RedisBackplane
from tests.channels.desk import eventually
from tests.support.redis_server import RedisServer

Open = Callable[[], Awaitable["tuple[Backplane, Heard]"]]


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.doubts = 0

    def heard(self, channel: str, message: bytes) -> None:
        self.messages.append((channel, message))

    def doubt(self) -> None:
        self.doubts += 1


@pytest.fixture(params=["memory", "redis", "redis-unsharded"])
async def join(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """Opens one more node's backplane and its listener."""
    opened: list[Backplane] = []
    names = itertools.count(1)
    exchange = Exchange(asyncio.get_running_loop().time)
    server: RedisServer | None = None if request.param == "memory" else request.getfixturevalue("redis")

    async def open_one() -> tuple[Backplane, Heard]:
        backplane: Backplane
        if server is None:
            backplane = MemoryBackplane(exchange)
        else:
            sharded = None if request.param == "redis" else False
            backplane = RedisBackplane(server.url, node=f"node {next(names)}", sharded=sharded)
        listener = Heard()
        await backplane.start(listener)
        opened.append(backplane)
        await backplane.subscribe("ready")
        if server is not None:
            await eventually(lambda: listener.doubts > 0)
        return backplane, listener

    yield open_one
    for backplane in opened:
        await backplane.close()


async def test_others_hear_what_is_said_in_order_and_the_speaker_does_not(join: Open) -> None:
    speaker, own = await join()
    _, first = await join()
    other, second = await join()
    await other.subscribe("stream:case/42#staff")
    await speaker.subscribe("stream:case/42#staff")
    said = [b"%d \x00\xff" % number for number in range(1000)]
    for message in said:
        speaker.publish("stream:case/42#staff", message)
    await eventually(lambda: len(second.messages) == 1000)
    assert second.messages == [("stream:case/42#staff", message) for message in said]
    assert own.messages == []
    assert first.messages == []


async def test_order_is_kept_between_channels(join: Open) -> None:
    speaker, _ = await join()
    other, heard = await join()
    await other.subscribe("control")
    await other.subscribe("stream:a")
    expected = [("control" if number % 3 else "stream:a", b"%d" % number) for number in range(300)]
    for channel, message in expected:
        speaker.publish(channel, message)
    await eventually(lambda: len(heard.messages) == 300)
    assert heard.messages == expected


async def test_after_unsubscribing_nothing_more_is_heard(join: Open) -> None:
    speaker, _ = await join()
    other, heard = await join()
    await other.subscribe("stream:a")
    await other.subscribe("stream:b")
    other.unsubscribe("stream:a")
    await other.subscribe("stream:c")  # in force after what was asked before it
    speaker.publish("stream:a", b"unheard")
    speaker.publish("stream:b", b"heard")
    await eventually(lambda: bool(heard.messages))
    assert heard.messages == [("stream:b", b"heard")]


async def test_many_subscriptions_at_once_are_all_in_force(join: Open) -> None:
    speaker, _ = await join()
    other, heard = await join()
    channels = [f"stream:case/{number}" for number in range(500)]
    await asyncio.gather(*(other.subscribe(channel) for channel in channels))
    for channel in channels:
        speaker.publish(channel, b"!")
    await eventually(lambda: len(heard.messages) == 500)
    assert [channel for channel, _ in heard.messages] == channels


async def test_leases_are_shared_renewed_released_and_run_out(join: Open) -> None:
    holder, _ = await join()
    reader, _ = await join()
    holder.hold("case/42#staff", "tab 1", b"Maria", 60.0)
    holder.hold("case/42#staff", "tab 2", b"Tomas", 60.0)
    holder.hold("case/42#staff", "tab 3", b"brief", 0.05)
    holder.hold("case/43#staff", "tab 4", b"elsewhere", 60.0)
    holder.release("case/42#staff", "tab 2")
    kept: dict[str, bytes] = {}
    async with asyncio.timeout(10):
        while kept != {"tab 1": b"Maria"}:
            kept = dict(await reader.held("case/42#staff"))
    holder.hold("case/42#staff", "tab 1", b"Maria edits", 60.0)
    async with asyncio.timeout(10):
        while kept != {"tab 1": b"Maria edits"}:
            kept = dict(await reader.held("case/42#staff"))
    assert await reader.held("case/99#staff") == {}


async def test_closing_is_quick_and_may_be_followed_by_anything(join: Open) -> None:
    backplane, heard = await join()
    async with asyncio.timeout(3):
        await backplane.close()
    backplane.publish("stream:a", b"into the void")
    backplane.hold("group", "key", b"", 1.0)
    backplane.release("group", "key")
    backplane.unsubscribe("ready")
    assert heard.messages == []
