"""From the HTTP request of a reply to the last of two sockets, commit included: replies a second.

An agent's and a customer's socket are on each of 16 cases, and each case is answered again as soon as both have the
last answer. Beside it in the same run: the bare SQL of the same statements, said by the driver alone on one connection.
PostgreSQL runs without fsync here, as in the tests; SQLite syncs each commit. On a machine that does other work the CPU
milliseconds of the desk tell more than replies a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.replies.load import conversations, replies_per_second
from tests.benchmarks.replies.statements import on_postgres, on_sqlite, statements_of_reply
from tests.journeys.nodes import node
from tests.support.databases import Databases
from tests.support.desk_process import DeskProcess
from tests.support.processes import throwaway_folder
from tests.support.redis_server import RedisServer
from tests.support.visiting import the_database

CASES = 16
SECONDS = 3.0
ROUNDS = 5


async def caught(databases: Databases, engine: str) -> tuple[int, tuple[float, float]]:
    """How many statements a reply takes, and how many replies the driver alone makes of them: a second, in CPU ms."""
    folder = throwaway_folder("statements")
    with databases.fresh(engine, folder) as url:
        statements = await statements_of_reply(url, folder)
        if engine == "sqlite":
            speed = await asyncio.to_thread(on_sqlite, url, statements, SECONDS)
        else:
            speed = await on_postgres(url, statements, SECONDS)
    return len(statements), speed


async def whole(databases: Databases, engine: str, redis: RedisServer | None, nodes: int, rounds: int) -> list[float]:
    """Replies a second, milliseconds of one, and CPU milliseconds of the desk for one."""
    folder = throwaway_folder("replies")
    with databases.fresh(engine, folder) as url:
        async with AsyncExitStack() as stack:
            if redis is None:
                desks = [DeskProcess(folder, database_url=url, roles="web,live", log_level="error")]
            else:
                desks = [node(folder, f"node{number}", url, redis) for number in range(nodes)]
            for desk in desks:
                stack.callback(desk.stop)
                await asyncio.to_thread(desk.start)
            await stack.enter_async_context(the_database(url))
            made = await conversations(stack, [desk.url for desk in desks], CASES)
            await replies_per_second(made, 1.0)
            before = sum(_cpu(desk.server.pid) for desk in desks)
            found = [await replies_per_second(made, SECONDS) for _ in range(rounds)]
            spent = sum(_cpu(desk.server.pid) for desk in desks) - before
    speed = median(one[0] for one in found)
    return [speed, median(one[1] for one in found), 1000 * spent / sum(one[0] * SECONDS for one in found)]


def _cpu(pid: int) -> float:
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


async def run(*, quick: bool = False) -> dict[str, Any]:
    """SQLite, PostgreSQL, and two processes on PostgreSQL and Redis."""
    rounds = 2 if quick else ROUNDS
    databases, redis = Databases(), RedisServer()
    redis.start()
    measured: dict[str, Any] = {}
    try:
        for engine in ("sqlite", "postgres"):
            count, (bare, bare_cpu) = await caught(databases, engine)
            speed, delay, cpu = await whole(databases, engine, None, 1, rounds)
            measured[engine] = {
                "statements of one reply": count,
                "replies a second, one process": round(speed, 1),
                "median ms until both sockets have it": round(delay, 1),
                "CPU ms of the desk for one": round(cpu, 2),
                "bare SQL on one connection, replies a second": round(bare, 1),
                "bare SQL, CPU ms of the driver for one": round(bare_cpu, 2),
                "replies a second to bare SQL ratio": round(speed / bare, 2),
            }
        one = await whole(databases, "postgres", redis, 1, rounds)
        two = await whole(databases, "postgres", redis, 2, rounds)
        measured["postgres and Redis"] = {
            "replies a second, one process": round(one[0], 1),
            "replies a second, two processes": round(two[0], 1),
            "two to one ratio": round(two[0] / one[0], 2),
        }
        return measured
    finally:
        redis.stop()
        databases.close()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(quick="--quick" in sys.argv)), indent=2))
