"""Where a storm takes place: one process on SQLite, or two on PostgreSQL and Redis, and every fault they can have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import asyncpg

from app.people.models import User
from tests.storm.node import StormNode
from tests.support.cutting_proxy import CuttingProxy
from tests.support.diary import Diary
from tests.support.postgres import Postgres
from tests.support.redis_server import RedisServer
from tests.support.visiting import the_database

STARTS = 10  # tries to start a process
SECRET = "a secret that all processes of one desk share"


class World:
    """Nodes and what they stand on. Each fault lasts as long as it is told and then ends by itself."""

    def __init__(self, nodes: list[StormNode], people: dict[str, User], *, url: str) -> None:
        self.nodes = nodes
        self.people = people
        self.url = url
        self.redis: RedisServer | None = None
        self.way_to_redis: CuttingProxy | None = None  # of the second node
        self.postgres: Postgres | None = None
        self.counts: dict[str, int] = {}
        self.diary = Diary("faults")
        self._mending: set[asyncio.Task[None]] = set()
        self._busy: set[str] = set()

    def during(self, what: str, fault: Callable[[], Awaitable[None]]) -> None:
        """Let a fault happen beside everything else; a second one of the same thing meanwhile is left out."""
        if what in self._busy:
            return
        self._busy.add(what)
        self._count(what.partition(" ")[0])
        task = asyncio.ensure_future(self._until_over(what, fault))
        self._mending.add(task)

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    async def _until_over(self, what: str, fault: Callable[[], Awaitable[None]]) -> None:
        self.diary.note(f"{what} begins")
        try:
            await fault()
        finally:
            self.diary.note(f"{what} is over")
            self._busy.discard(what)

    async def calm(self) -> None:
        """Wait until every fault is over, also when one of them went wrong: the next test needs these servers too."""
        over = await asyncio.gather(*self._mending, return_exceptions=True)
        self._mending.clear()
        for error in over:
            if isinstance(error, BaseException):
                raise error

    # --- faults ------------------------------------------------------------------------------------------------------

    def kill_node(self, which: int, seconds: float) -> None:
        node = self.nodes[which % len(self.nodes)]

        async def fault() -> None:
            node.kill()
            await asyncio.sleep(seconds)
            await started(node)

        self.during(f"node {node.port}", fault)

    def restart_node(self, which: int) -> None:
        node = self.nodes[which % len(self.nodes)]

        async def fault() -> None:
            await asyncio.to_thread(node.stop)
            await started(node)

        self.during(f"node {node.port}", fault)

    def set_clock_back(self, which: int) -> None:
        node = self.nodes[which % len(self.nodes)]
        if f"node {node.port}" not in self._busy:
            node.set_clock_back()
            self._count("clock")

    def trouble_redis(self, how: str, seconds: float) -> None:
        redis, way = self.redis, self.way_to_redis
        if redis is None or way is None:
            return

        async def fault() -> None:
            match how:
                case "pause":
                    redis.pause()
                    await asyncio.sleep(seconds)
                    redis.resume()
                case "restart":
                    await asyncio.to_thread(redis.stop)
                    await asyncio.sleep(seconds)
                    await asyncio.to_thread(redis.start)
                case "partition":
                    way.block()
                    await asyncio.sleep(seconds)
                    way.unblock()
                case "flush":
                    await asyncio.to_thread(redis.command, "FLUSHALL")
                case _:
                    await asyncio.to_thread(redis.command, "CLIENT", "KILL", "TYPE", "pubsub")

        self.during("redis", fault)

    def trouble_postgres(self, how: str, seconds: float) -> None:
        postgres = self.postgres
        if postgres is None:
            return

        async def fault() -> None:
            if how == "restart":
                await asyncio.to_thread(postgres.stop)
                await asyncio.sleep(seconds)
                await asyncio.to_thread(postgres.restart)
                return
            connection = await asyncpg.connect(postgres.url())
            try:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'casefeed'"
                )
            finally:
                await connection.close()

        self.during("postgres", fault)


async def started(node: StormNode) -> None:
    """Start it as a supervisor does: a process that finds no database ends, and is started again."""
    for _ in range(STARTS - 1):
        with suppress(RuntimeError):
            await asyncio.to_thread(node.start)
            return
    await asyncio.to_thread(node.start)


@asynccontextmanager
async def small_world(folder: Path, database_url: str, *, hasty: bool = True) -> AsyncIterator[World]:
    """One process with everything in memory that Redis would hold, on SQLite."""
    node = StormNode(folder, hasty=hasty, database_url=database_url, roles="web,live")
    async with AsyncExitStack() as stack:
        stack.callback(node.stop)
        await asyncio.to_thread(node.start)
        async with the_database(database_url) as people:  # SQLite has one process: this look is over before the storm
            pass
        world = World([node], people, url=database_url)
        stack.push_async_callback(world.calm)
        yield world


@asynccontextmanager
async def large_world(
    folder: Path, database_url: str, postgres: Postgres, redis: RedisServer, *, hasty: bool = True
) -> AsyncIterator[World]:
    """Two processes on PostgreSQL and Redis; the second one's way to Redis can be cut."""
    async with AsyncExitStack() as stack:
        way = await stack.enter_async_context(CuttingProxy(redis.port))
        nodes = []
        for name, redis_url in (("first", redis.url), ("second", f"redis://127.0.0.1:{way.port}/0")):
            (folder / name).mkdir()
            shared = {"secret_key": SECRET, "data_dir": str(folder / "data"), "redis_url": redis_url}
            nodes.append(StormNode(folder / name, hasty=hasty, database_url=database_url, roles="web,live", **shared))
            stack.callback(nodes[-1].stop)
        await asyncio.gather(*(asyncio.to_thread(node.start) for node in nodes))
        async with the_database(database_url) as people:
            pass
        world = World(nodes, people, url=database_url)
        world.redis, world.way_to_redis, world.postgres = redis, way, postgres
        stack.push_async_callback(world.calm)
        yield world
