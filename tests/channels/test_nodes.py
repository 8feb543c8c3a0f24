"""Two real processes on one store: one is killed while it writes and reads, and comes back."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from channels.client import LiveClient
from tests.channels.desk import Reader, eventually
from tests.channels.node_process import FileStore
from tests.support.ports import free_ports, listens
from tests.support.processes import Server
from tests.support.redis_server import RedisServer

ROOT = Path(__file__).parents[2]


def start(port: int, database: Path, redis: RedisServer) -> Server:
    words = [
        "-m",
        "tests.channels.node_process",
        "--port",
        str(port),
        "--database",
        str(database),
        "--redis",
        redis.url,
    ]
    return Server([sys.executable, *words], log=database.with_suffix(f".{port}.log"), cwd=ROOT)


async def write(http: httpx.AsyncClient, ports: list[int], count: int, label: str) -> None:
    """Write to all nodes in turn; what a dead node does not answer may be an entry or none: the store knows."""
    for number in range(count):
        try:
            await http.post(f"http://127.0.0.1:{ports[number % len(ports)]}/write?{label}-{number}")
        except httpx.HTTPError:
            await asyncio.sleep(0.005)


async def test_a_node_killed_while_writing_and_reading_loses_and_repeats_nothing(
    redis: RedisServer, tmp_path: Path
) -> None:
    ports = free_ports(2)
    database = tmp_path / "entries.db"
    store = FileStore(str(database))
    nodes = [start(port, database, redis) for port in ports]
    try:
        await eventually(lambda: all(listens(port) for port in ports))
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=5))
            readers = []
            for number in range(8):
                client = LiveClient(
                    f"ws://127.0.0.1:{ports[number % 2]}/feed",
                    cookie="who=aino" if number < 4 else "who=maria",
                    backoff_first=0.05,
                )
                await stack.enter_async_context(client)
                readers.append(Reader(client, "case/42"))
            await write(http, ports, 60, "both alive")
            writing = asyncio.create_task(write(http, ports, 200, "one dies"))
            await eventually(lambda: store.head("case/42#public") > 90)
            nodes[1].kill()
            await writing
            nodes[1] = start(ports[1], database, redis)
            await eventually(lambda: listens(ports[1]))
            await write(http, ports, 60, "both again")
            for number, reader in enumerate(readers):
                log = [raw for _, raw in store.log("case/42#public" if number < 4 else "case/42#staff")]
                await reader.until(len(log))
                reader.check(log)
            assert {reader.client.connections for reader in readers[0::2]} == {1}
            assert {reader.client.connections for reader in readers[1::2]} == {2}
    finally:
        for node in nodes:
            node.stop()
