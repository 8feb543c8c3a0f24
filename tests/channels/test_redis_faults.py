"""Redis is a doorbell: stopped, frozen, flushed or cut off from one node, no entry is missing on any socket."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from channels import frames
from channels.redis_backplane import RedisBackplane
from channels.timing import Timing
from tests.channels.desk import QUICK, Node, Reader, Rights, Store, eventually, running_node
from tests.support.cutting_proxy import CuttingProxy
from tests.support.redis_server import RedisServer

SLOW_HEADS = Timing(heads=3600.0, changes=3600.0, rights=3600.0, people=0.01)  # only the doorbell and doubt can help
_names = itertools.count(1)


def way_to(url: str) -> RedisBackplane:
    return RedisBackplane(url, node=f"node {next(_names)}", ping_seconds=0.2)


@asynccontextmanager
async def two_nodes(url: str, other_url: str | None = None, timing: Timing = QUICK) -> AsyncIterator[tuple[Node, Node]]:
    """Two processes of one desk: the same store and rights, each with its own hub and its own way to Redis."""
    store, rights = Store(), Rights()
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(
                running_node(store=store, rights=rights, backplane=way_to(each), timing=timing)
            )
            for each in (url, other_url or url)
        ]
        yield nodes[0], nodes[1]


@asynccontextmanager
async def readers_of_both(first: Node, second: Node) -> AsyncIterator[list[Reader]]:
    """Staff and customer on either node."""
    async with AsyncExitStack() as stack:
        readers = []
        for node, who in itertools.product((first, second), ("maria", "aino")):
            client = await stack.enter_async_context(node.client(who))
            readers.append(Reader(client, "case/42"))
        yield readers


async def write(nodes: tuple[Node, Node], count: int, label: str) -> None:
    for number in range(count):
        nodes[number % 2].write("case/42", f"{label} {number}", internal=number % 5 == 0)
        if number % 10 == 0:
            await asyncio.sleep(0)


async def all_arrive(first: Node, readers: list[Reader]) -> None:
    logs = first.store.logs["case/42#staff"], first.store.logs["case/42#public"]
    for index, reader in enumerate(readers):
        await reader.until(len(logs[index % 2]))
        reader.check(logs[index % 2])


async def test_entries_of_one_node_ring_at_the_other(redis: RedisServer) -> None:
    async with two_nodes(redis.url, timing=SLOW_HEADS) as nodes, readers_of_both(*nodes) as readers:
        await write(nodes, 20, "joining")
        await all_arrive(nodes[0], readers)
        await write(nodes, 400, "ringing")
        await all_arrive(nodes[0], readers)


async def test_an_entry_too_large_to_be_carried_is_announced_and_read(redis: RedisServer) -> None:
    async with two_nodes(redis.url, timing=SLOW_HEADS) as nodes, readers_of_both(*nodes) as readers:
        await write(nodes, 4, "joining")
        await all_arrive(nodes[0], readers)
        nodes[0].write("case/42", "x" * 100_000)
        await all_arrive(nodes[0], readers)


@pytest.mark.parametrize("fault", ["stop", "freeze", "flush", "kill connections"])
async def test_whatever_happens_to_redis_nothing_is_missing(redis: RedisServer, fault: str) -> None:
    async with two_nodes(redis.url) as nodes, readers_of_both(*nodes) as readers:
        await write(nodes, 50, "before")
        await all_arrive(nodes[0], readers)
        match fault:
            case "stop":
                redis.stop()
            case "freeze":
                redis.pause()
            case "flush":
                redis.command("FLUSHALL")
            case _:
                redis.command("CLIENT", "KILL", "TYPE", "pubsub")
        await write(nodes, 50, "during")
        await all_arrive(nodes[0], readers)
        nodes[0].write("case/42", "one more, which no later one betrays")
        await all_arrive(nodes[0], readers)
        match fault:
            case "stop":
                redis.start()
            case "freeze":
                redis.resume()
            case _:
                pass
        await write(nodes, 50, "after")
        await all_arrive(nodes[0], readers)
        assert all(reader.client.connections == 1 for reader in readers)  # no socket had to notice


async def test_coming_back_is_a_reason_to_compare_at_once(redis: RedisServer) -> None:
    async with two_nodes(redis.url, timing=SLOW_HEADS) as nodes, readers_of_both(*nodes) as readers:
        await write(nodes, 10, "before")
        await all_arrive(nodes[0], readers)
        redis.stop()
        await write(nodes, 30, "unheard")
        redis.start()
        await all_arrive(nodes[0], readers)
        await write(nodes, 30, "heard again")
        await all_arrive(nodes[0], readers)


async def test_a_node_cut_off_from_redis_still_gets_everything(redis: RedisServer) -> None:
    async with CuttingProxy(redis.port) as proxy:
        through = f"redis://127.0.0.1:{proxy.port}/0"
        async with two_nodes(redis.url, through) as nodes, readers_of_both(*nodes) as readers:
            await write(nodes, 20, "before")
            await all_arrive(nodes[0], readers)
            proxy.block()
            await write(nodes, 40, "partitioned")
            await all_arrive(nodes[0], readers)
            for node in nodes:
                node.write("case/42", "one more, which no later one betrays")
                await all_arrive(nodes[0], readers)
            proxy.unblock()
            await write(nodes, 40, "joined again")
            await all_arrive(nodes[0], readers)


async def test_a_desk_starts_without_redis_and_finds_it_later(redis: RedisServer) -> None:
    redis.stop()
    async with two_nodes(redis.url) as nodes, readers_of_both(*nodes) as readers:
        await write(nodes, 20, "alone")
        await all_arrive(nodes[0], readers)
        redis.start()
        await write(nodes, 20, "together")
        await all_arrive(nodes[0], readers)


async def test_rights_and_sign_out_reach_the_other_node(redis: RedisServer) -> None:
    async with two_nodes(redis.url, timing=SLOW_HEADS) as (first, second), second.client("aino") as aino:
        reader = Reader(aino, "case/42")
        first.write("case/42", "one")
        await reader.until(1)
        first.rights.withdrawn.add(("user/3", "case/42"))
        first.hub.rights_changed(member="user/3", topic="case/42")
        first.write("case/42", "two")
        await eventually(lambda: reader.error is not None)
        assert reader.positions == [1]
        first.hub.sign_out(member="user/3")
        await eventually(lambda: not second.hub.connections)
        assert aino.close_codes == [4200]


async def test_people_of_both_nodes_see_each_other_and_a_dead_node_loses_its_people(redis: RedisServer) -> None:
    seen: list[frames.ServerFrame] = []

    def present() -> set[str]:
        here: dict[str, str] = {}
        for frame in seen:
            if isinstance(frame, frames.Joined):
                here = {person.member: person.name for person in frame.people}
            if isinstance(frame, frames.People):
                if frame.people is not None:
                    here = {person.member: person.name for person in frame.people}
                here.update({person.member: person.name for person in frame.joined})
                for member in frame.left:
                    here.pop(member, None)
        return set(here.values())

    async def watch(client_frames: AsyncIterator[frames.ServerFrame]) -> None:
        async for frame in client_frames:
            seen.append(frame)  # noqa: PERF401 (each counts as soon as it arrives)

    store, rights = Store(), Rights()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(
            running_node(store=store, rights=rights, backplane=way_to(redis.url), timing=QUICK)
        )
        maria = await stack.enter_async_context(first.client("maria"))
        watching = asyncio.create_task(watch(maria.watch("case/42", 0)))
        await eventually(lambda: present() == {"Maria Keller"})
        async with (
            running_node(store=store, rights=rights, backplane=way_to(redis.url), timing=QUICK) as second,
            second.client("aino") as aino,
        ):
            reader = Reader(aino, "case/42")
            await eventually(lambda: present() == {"Maria Keller", "Aino Virtanen"})
            assert [p.name for p in second.hub.crowds.people("case/42#public").people or []] == [
                "Aino Virtanen",
                "Maria Keller",
            ]
            # The second node dies as if by kill -9: it says nothing and renews nothing any more.
            backplane = second.hub.backplane
            assert isinstance(backplane, RedisBackplane)
            backplane.publish = lambda channel, message: None  # type: ignore[method-assign]
            backplane.hold = lambda group, key, value, seconds: None  # type: ignore[method-assign]
            await eventually(lambda: present() == {"Maria Keller"})
            await reader.stop()
        watching.cancel()
