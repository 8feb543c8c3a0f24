"""What must not end begins again, whatever ends it, and the operator is told."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import pytest

from channels.lasting import lasting, until_done
from channels.redis_backplane import RedisBackplane
from tests.channels.desk import QUICK, Reader, eventually, running_node
from tests.channels.test_redis_faults import SLOW_HEADS, all_arrive, readers_of_both, two_nodes, write
from tests.support.redis_server import RedisServer


def ending(*ends: BaseException | None) -> tuple[Callable[[], Awaitable[None]], list[int], asyncio.Event]:
    """Work that ends in these ways one after the other, then goes on for ever; its beginnings; when it does so."""
    beginnings: list[int] = []
    numbers, going_on = itertools.count(), asyncio.Event()

    async def work() -> None:
        beginnings.append(number := next(numbers))
        if number < len(ends):
            if (error := ends[number]) is not None:
                raise error
            return
        going_on.set()
        await asyncio.Event().wait()

    return work, beginnings, going_on


async def test_work_that_ends_begins_again(caplog: pytest.LogCaptureFixture) -> None:
    work, beginnings, going_on = ending(RuntimeError("a fault"), None, asyncio.CancelledError())
    task = asyncio.create_task(lasting("the work", work, retry_first=0.0))
    await eventually(going_on.is_set)
    assert beginnings == [0, 1, 2, 3]
    assert [record.getMessage() for record in caplog.records] == [
        "the work has failed and begins again",
        "the work has ended and begins again",
        "the work was cancelled by nobody and begins again",
    ]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def test_it_ends_when_it_is_asked_to_while_it_waits_to_begin_again() -> None:
    work, beginnings, _ = ending(RuntimeError("a fault"), None)
    task = asyncio.create_task(lasting("the work", work, retry_first=3600.0))
    await eventually(lambda: beginnings == [0])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert beginnings == [0]


async def test_work_that_is_to_come_to_its_end_is_done_once_without_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work, beginnings, _ = ending(RuntimeError("a fault"), asyncio.CancelledError(), None)
    await until_done("the work", work, retry_first=0.0)
    assert beginnings == [0, 1, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "the work has failed and begins again",
        "the work was cancelled by nobody and begins again",
    ]


async def test_comparing_goes_on_after_a_library_let_a_cancellation_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_node(timing=QUICK) as node, node.client("maria") as client:
        reader = Reader(client, "case/42")
        node.write("case/42", "one")
        await reader.until(1)
        heads, escaped = node.store.heads, asyncio.Event()

        async def heads_once_cancelled(streams: list[str]) -> object:
            monkeypatch.setattr(node.store, "heads", heads)
            escaped.set()
            raise asyncio.CancelledError

        monkeypatch.setattr(node.store, "heads", heads_once_cancelled)
        await eventually(escaped.is_set)
        node.write("case/42", "two, which nobody is told of", publish=False)
        await reader.until(2)


async def test_a_message_that_cannot_be_taken_makes_no_node_deaf(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_nodes(redis.url, timing=SLOW_HEADS) as nodes, readers_of_both(*nodes) as readers:
        await write(nodes, 4, "before")
        await all_arrive(nodes[0], readers)
        second, failed = nodes[1].hub, asyncio.Event()
        publish = second.publish_entry_here

        def publish_badly(stream: str, position: int, entry: bytes) -> None:
            monkeypatch.setattr(second, "publish_entry_here", publish)
            failed.set()
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr(second, "publish_entry_here", publish_badly)
        nodes[0].write("case/42", "cannot be taken")
        await eventually(failed.is_set)
        nodes[0].write("case/42", "can be")
        await all_arrive(nodes[0], readers)


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), asyncio.CancelledError()], ids=["fault", "escaped"])
async def test_what_could_not_be_said_for_any_reason_is_found(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    async with two_nodes(redis.url, timing=SLOW_HEADS) as nodes, readers_of_both(*nodes) as readers:
        await write(nodes, 4, "before")
        await all_arrive(nodes[0], readers)
        way = nodes[0].hub.backplane
        assert isinstance(way, RedisBackplane)
        send = way._send

        async def send_badly(commands: object) -> None:
            monkeypatch.setattr(way, "_send", send)
            raise error

        monkeypatch.setattr(way, "_send", send_badly)
        nodes[0].write("case/42", "not said")
        await all_arrive(nodes[0], readers)
