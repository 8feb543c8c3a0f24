"""Any schedule of faults, on either kind of desk: every visible entry once, in order, none from elsewhere."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.storm.storm import WEIGHTS, storm
from tests.storm.world import World, large_world, small_world
from tests.support.databases import Databases
from tests.support.redis_server import RedisServer
from tests.support.schedules import Step, drawn, prove, wanted_seeds, wanted_steps

STEPS = 500
REAL_TIME = "STORM_REAL_TIME"  # set: the intervals of `casefeed serve`, and faults of up to a minute
LONGEST = {True: 6.0, False: 60.0}  # seconds of a fault, by whether the desk is hasty
HASTY = not os.environ.get(REAL_TIME)


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


def a_small_desk(databases: Databases, folder: Path) -> Callable[[AsyncExitStack], World]:
    turns = itertools.count()

    async def open_world(stack: AsyncExitStack) -> World:
        place = folder / f"small{next(turns)}"
        place.mkdir()
        url = stack.enter_context(databases.fresh("sqlite", place))
        return await stack.enter_async_context(small_world(place, url, hasty=HASTY))

    return open_world


def a_large_desk(databases: Databases, folder: Path, redis: RedisServer) -> Callable[[AsyncExitStack], World]:
    turns = itertools.count()

    async def open_world(stack: AsyncExitStack) -> World:
        place = folder / f"large{next(turns)}"
        place.mkdir()
        url = stack.enter_context(databases.fresh("postgres", place))
        return await stack.enter_async_context(large_world(place, url, databases.postgres, redis, hasty=HASTY))

    return open_world


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", wanted_seeds(2))
async def test_one_process_on_sqlite(databases: Databases, tmp_path: Path, seed: int) -> None:
    await weather(a_small_desk(databases, tmp_path), seed)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", wanted_seeds(2))
async def test_two_processes_on_postgresql_and_redis(
    databases: Databases, tmp_path: Path, redis: RedisServer, seed: int
) -> None:
    await weather(a_large_desk(databases, tmp_path, redis), seed)


async def weather(open_world: Callable[[AsyncExitStack], World], seed: int) -> None:
    async def run(steps: Sequence[Step]) -> None:
        print(await storm(open_world, seed, steps, longest=LONGEST[HASTY]))

    await prove(run, seed=seed, steps=drawn(seed, wanted_steps(STEPS), WEIGHTS))
