"""`websockets.broadcast()` in the fan-out benchmark: the fastest way that the library documents, on uvloop.

python -m tests.benchmarks.feed.with_websockets PORT
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from tests.benchmarks.feed.commands import FIRST, frame, obey


async def main(port: int) -> None:
    topics: dict[str, set[ServerConnection]] = {}
    positions = itertools.count(FIRST + 1)

    async def handler(connection: ServerConnection) -> None:
        joined = json.loads(await connection.recv())
        topics.setdefault(joined["topic"], set()).add(connection)
        await connection.send('{"type":"up_to_date"}')
        await connection.wait_closed()

    def publish(topic: int, stamp: int) -> None:
        broadcast(topics.get(f"case/{topic}", ()), frame(topic, next(positions), stamp))

    async with serve(handler, "127.0.0.1", port, compression=None, ping_interval=None, backlog=4096):
        await obey(publish)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
