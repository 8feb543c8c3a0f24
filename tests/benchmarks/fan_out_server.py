"""One server of the fan-out benchmark: ours with authorised joins and positions, or `websockets.broadcast()`.

Reads commands on stdin: `round TOPICS BURST` publishes BURST entries to each topic; `cpu` answers with the CPU seconds
used since the start, `memory` with the resident kilobytes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from channels.hub import Hub
from channels.ports import Access, Member, Receive, Replayed, Scope, Send
from channels.protocol import uvicorn_options
from channels.server import serve_socket

ENTRY = json.dumps({"id": "0" * 12, "author": "Maria Keller", "text": "x" * 230}).encode()  # about 300 bytes as a frame
ENTRY_TEXT = ENTRY.decode()

Publish = Callable[[str], None]


class Store:
    """Knows where each log ends; the benchmark joins at the end, so nothing is replayed."""

    def __init__(self) -> None:
        self.heads_of: dict[str, int] = {}

    async def replay(self, stream: str, after: int, limit: int) -> Replayed:
        return Replayed((), self.heads_of.get(stream, 0))

    async def heads(self, streams: Sequence[str]) -> Mapping[str, int]:
        return {stream: self.heads_of.get(stream, 0) for stream in streams}


async def ours(port: int) -> Publish:
    store = Store()

    async def authorize(member: Member, topic: str) -> Access:
        return Access(f"{topic}#staff")

    async def admit(scope: Scope) -> Member:
        return Member("user/1", "Maria Keller", "session")

    hub = Hub(authorize=authorize, replay=store)
    ids = itertools.count()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await serve_socket(
            scope,
            receive,
            send,
            hub=hub,
            admit=admit,
            now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
            new_id=lambda: str(next(ids)),
        )

    options = uvicorn_options() | {"lifespan": "off", "log_level": "error", "backlog": 4096}
    server = uvicorn.Server(uvicorn.Config(app, port=port, **options))
    tasks.append(asyncio.create_task(server.serve()))
    tasks.append(asyncio.create_task(hub.run()))
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)

    def publish(topic: str) -> None:
        stream = f"{topic}#staff"
        position = store.heads_of[stream] = store.heads_of.get(stream, 100_000) + 1
        hub.publish_entry(stream, position, ENTRY)

    def prepare(topic: str) -> None:
        store.heads_of[f"{topic}#staff"] = 100_000

    for number in range(10_000):
        prepare(f"case/{number}")
    return publish


async def baseline(port: int) -> Publish:
    topics: dict[str, set[ServerConnection]] = {}

    async def handler(connection: ServerConnection) -> None:
        joined = json.loads(await connection.recv())
        topics.setdefault(joined["topic"], set()).add(connection)
        await connection.send('{"type":"up_to_date"}')
        await connection.wait_closed()

    server = await serve(handler, "127.0.0.1", port, compression=None, backlog=4096)
    tasks.append(asyncio.create_task(server.serve_forever()))
    position = itertools.count(100_001)

    def publish(topic: str) -> None:
        text = f'{{"type":"entry","topic":"{topic}","position":{next(position)},"entry":{ENTRY_TEXT}}}'
        broadcast(topics.get(topic, ()), text)

    return publish


def kilobytes() -> int:
    """Memory of this process now (where the system does not say: the most it ever had)."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmRSS:")[1].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


tasks: list[asyncio.Task[None]] = []
KINDS: dict[str, Callable[[int], Awaitable[Publish]]] = {"casefeed": ours, "websockets": baseline}


async def main() -> None:
    publish = await KINDS[sys.argv[1]](int(sys.argv[2]))
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("ready", flush=True)
    while words := (await commands.readline()).split():
        if words[0] == b"memory":
            print(kilobytes(), flush=True)
        elif words[0] == b"cpu":
            print(time.process_time(), flush=True)
        else:
            count, burst = int(words[1]), int(words[2])
            for number in range(count):
                for _ in range(burst):
                    publish(f"case/{number}")
                await asyncio.sleep(0)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
