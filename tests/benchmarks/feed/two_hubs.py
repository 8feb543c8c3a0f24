"""From hub to hub through Redis within one process, beside PINGs of the same library in the same event loop.

Between processes each delivery waits for the scheduler four times, so on a busy machine that is all one measures.
Here it is what the code itself costs.
"""

from __future__ import annotations

import asyncio
import time
from statistics import median

from redis import asyncio as aioredis

from channels.hub import Hub
from channels.ports import Member
from channels.redis_backplane import RedisBackplane
from channels.sinks import AsgiSink
from channels.streams import Connection
from channels.timing import Timing
from tests.benchmarks.feed import packages
from tests.benchmarks.feed.commands import FIRST, entry
from tests.benchmarks.feed.ours import Store, authorize

PACE = 0.003  # seconds between two entries


class Reader(AsgiSink):
    """Notes when an entry is written to it."""

    arrived = 0.0

    def write(self, data: bytes) -> None:
        if b'"type":"entry"' in data:
            self.arrived = time.perf_counter()


async def _discard(message: object) -> None: ...


async def measure(entries: int, way: type[RedisBackplane]) -> tuple[float, float]:
    """Median microseconds from publishing at one hub to the socket of the other ``way``, and of a PING."""
    url = packages.redis().url
    hubs = [
        Hub(authorize=authorize, replay=Store(), backplane=way(url, node=name), timing=Timing(heads=3600))
        for name in ("first", "second")
    ]
    running = [asyncio.create_task(hub.run()) for hub in hubs]
    client, reader = aioredis.Redis.from_url(url), Reader(_discard)
    try:
        connection = Connection("1", Member("user/1", "Maria Keller", "session"), reader, now=0.0)
        hubs[1].connect(connection)
        await hubs[1].join(connection, "case/1", None, None)
        await client.ping()
        await asyncio.sleep(1)
        ours, pings = [], []
        for position in range(FIRST + 1, FIRST + 1 + entries):
            await asyncio.sleep(PACE)
            start, reader.arrived = time.perf_counter(), 0.0
            hubs[0].publish_entry("case/1#staff", position, entry(0).encode())
            while not reader.arrived:  # noqa: ASYNC110 (it is not to wait for a scheduler)
                await asyncio.sleep(0)
            ours.append(reader.arrived - start)
            await asyncio.sleep(PACE)
            start = time.perf_counter()
            await client.ping()
            pings.append(time.perf_counter() - start)
        return median(ours) * 1e6, median(pings) * 1e6
    finally:
        await client.aclose()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await reader.finish()
