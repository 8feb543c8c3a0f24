"""Redis stops and comes back while people write: every socket has every entry exactly once and in order."""

from __future__ import annotations

import asyncio
import itertools
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.journeys.nodes import has_all, open_case, two_nodes
from tests.support.desk import Browser, running_desk
from tests.support.redis_server import RedisServer
from tests.support.visiting import cookie_of, say, visitor
from tests.support.watching import watching

OUTAGE = 30.0  # seconds, as the purpose of the test says
PACE = 0.1  # seconds between two lines of one author


async def test_thirty_seconds_without_redis_between_two_processes(
    postgres_database: str, redis: RedisServer, tmp_path: Path
) -> None:
    async with two_nodes(tmp_path, postgres_database, redis) as desk, AsyncExitStack() as stack:
        enter = stack.enter_async_context
        pavel = await enter(visitor(desk.first.url, "pavel"))
        cases = [await open_case(pavel, f"Oven {number}") for number in (1, 2, 3)]
        authors = [await enter(visitor(one.url, "maria")) for one in desk.both]
        watchers = await enter(desk.sockets([f"case/{one}" for one in cases], "tomas", "pavel"))
        slowest = await write_through_an_outage(redis, authors, cases, OUTAGE)
        assert slowest < 2.0, "an answer waited for Redis"
        for who, watcher in watchers:
            for case_id in cases:
                await has_all(watcher, case_id, staff=who == "tomas")
            assert watcher.client.connections == 1
        # The doorbell rings again: an entry of one node is at the other long before the next comparison of heads.
        started = time.monotonic()
        stored = await say(authors[0], cases[0], "Are you there?")
        for who, watcher in watchers:
            if who == "tomas":
                await watcher.reaches(f"case/{cases[0]}", stored["position"])
        assert time.monotonic() - started < 1.5


async def test_one_process_hardly_notices(database: str, redis: RedisServer, tmp_path: Path) -> None:
    async with running_desk(database, tmp_path, redis_url=redis.url) as desk, AsyncExitStack() as stack:
        pavel, maria = await desk.browser("pavel"), await desk.browser("maria")
        cases = [await open_case(pavel, f"Oven {number}") for number in (1, 2)]
        staff = await stack.enter_async_context(watching(desk.url, cookie_of(maria)))
        customer = await stack.enter_async_context(watching(desk.url, cookie_of(pavel)))
        for case_id, watcher in itertools.product(cases, (staff, customer)):
            await watcher.join(f"case/{case_id}", since=0)
        await write_through_an_outage(redis, [maria], cases, 3.0)
        for case_id in cases:
            await has_all(staff, case_id, staff=True)
            await has_all(customer, case_id, staff=False)


async def write_through_an_outage(redis: RedisServer, authors: list[Browser], cases: list[int], outage: float) -> float:
    """Each author writes to each case in turn before, while and after Redis is gone; the longest an answer took."""
    ending, slowest = asyncio.Event(), 0.0

    async def write(author: Browser, number: int) -> None:
        nonlocal slowest
        for line, case_id in zip(itertools.count(), itertools.cycle(cases), strict=False):
            if ending.is_set():
                return
            begun = time.monotonic()
            await say(author, case_id, f"author {number}, line {line}")
            slowest = max(slowest, time.monotonic() - begun)
            await asyncio.sleep(PACE)

    writers = asyncio.gather(*(write(author, number) for number, author in enumerate(authors)))
    await asyncio.sleep(1)
    await asyncio.to_thread(redis.stop)
    await asyncio.sleep(outage)
    await asyncio.to_thread(redis.start)
    await asyncio.sleep(1)
    ending.set()
    await writers
    return slowest


@pytest.mark.parametrize("fault", ["frozen", "flushed"])
async def test_other_faults_of_redis(database: str, redis: RedisServer, tmp_path: Path, fault: str) -> None:
    async with running_desk(database, tmp_path, redis_url=redis.url) as desk, AsyncExitStack() as stack:
        pavel, maria = await desk.browser("pavel"), await desk.browser("maria")
        case_id = await open_case(pavel)
        staff = await stack.enter_async_context(watching(desk.url, cookie_of(maria)))
        await staff.join(f"case/{case_id}", since=0)
        for number in range(30):
            if number == 10:
                redis.pause() if fault == "frozen" else redis.command("FLUSHALL")
            if number == 20:
                redis.resume()
            await say(maria, case_id, f"line {number}")
        await has_all(staff, case_id, staff=True)
