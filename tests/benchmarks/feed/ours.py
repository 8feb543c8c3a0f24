"""Our server in the fan-out benchmark: the real hub, rights, logs and protocol over a store that only knows heads.

python -m tests.benchmarks.feed.ours PORT [REDIS_URL [pipelined]]
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import uvicorn
import uvloop

from channels.hub import Hub
from channels.ports import Access, Member, Receive, Replayed, Scope, Send
from channels.protocol import uvicorn_options
from channels.redis_backplane import RedisBackplane
from channels.server import serve_socket
from channels.timing import Timing
from tests.benchmarks.feed.commands import FIRST, entry, obey
from tests.benchmarks.feed.pipelined import PipelinedBackplane


class Store:
    """Knows where each log ends; the benchmark joins at the end, so nothing is replayed."""

    def __init__(self) -> None:
        self.published: defaultdict[int, int] = defaultdict(lambda: FIRST)  # by the number of the case

    async def replay(self, stream: str, after: int, limit: int) -> Replayed:
        return Replayed((), (await self.heads([stream]))[stream])

    async def heads(self, streams: Sequence[str]) -> Mapping[str, int]:
        return {stream: self.published[int(stream[5 : stream.index("#")])] for stream in streams}


async def authorize(member: Member, topic: str) -> Access:
    """As the desk answers for staff."""
    staff, public = f"{topic}#staff", f"{topic}#public"
    return Access(staff, typing_to=(staff, public), present_in=(staff,))


async def main(port: int, redis_url: str | None = None, way: str = "") -> None:
    store, numbers = Store(), itertools.count()
    kind = PipelinedBackplane if way == "pipelined" else RedisBackplane
    backplane = None if redis_url is None else kind(redis_url, node=f"{os.getpid()}", prefix=f"bench-{way}")
    # The readers say nothing after they have joined; pings and their deadline are off for every contestant. Of two
    # nodes each has a store of its own here, so they must not compare what they hear with it.
    timing = Timing(quiet=math.inf) if backplane is None else Timing(quiet=math.inf, heads=3600)
    hub = Hub(authorize=authorize, replay=store, backplane=backplane, timing=timing)

    async def admit(scope: Scope) -> Member:
        number = next(numbers)
        return Member(f"user/{number}", f"Maria Keller {number}", "session")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await serve_socket(
            scope,
            receive,
            send,
            hub=hub,
            admit=admit,
            now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
            new_id=lambda: str(next(numbers)),
        )

    options = uvicorn_options() | {"ws_ping_interval": None, "lifespan": "off", "log_level": "error", "backlog": 4096}
    server = uvicorn.Server(uvicorn.Config(app, port=port, **options))
    running = [asyncio.create_task(server.serve()), asyncio.create_task(hub.run())]
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)

    def publish(topic: int, stamp: int) -> None:
        position = store.published[topic] = store.published[topic] + 1
        hub.publish_entry(f"case/{topic}#staff", position, entry(stamp).encode())

    await obey(publish)
    for task in running:
        task.cancel()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), *sys.argv[2:]))
