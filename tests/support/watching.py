"""What a person's socket has received so far: entries of logs, rows of states; kept over reconnects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec

from channels import frames
from channels.client import LiveClient
from channels.errors import FeedError
from tests.support.waiting import until

Json = dict[str, Any]


class Watcher:
    """One self-healing socket with some joined topics."""

    def __init__(self, client: LiveClient) -> None:
        self.client = client
        self.entries: dict[str, list[Json]] = {}
        self.positions: dict[str, list[int]] = {}
        self.rows: dict[str, dict[str, Json]] = {}
        self.versions: dict[str, dict[str, int]] = {}
        self.refusals: dict[str, FeedError] = {}
        self.resyncs: list[str] = []
        self.left: list[str] = []
        self._joined: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, topic: str, *, since: int | None = None) -> None:
        """Returns when the topic is joined, raises FeedError when it is refused; `since` counts for logs."""
        self.entries[topic], self.positions[topic], self.rows[topic], self.versions[topic] = [], [], {}, {}
        answered = self._joined[topic] = asyncio.Event()
        self._tasks.append(asyncio.create_task(self._follow(topic, since)))
        async with asyncio.timeout(15):
            await answered.wait()
        if topic in self.refusals:
            raise self.refusals[topic]

    async def _follow(self, topic: str, since: int | None) -> None:
        try:
            async for frame in self.client.watch(topic, since):
                self._take(topic, frame)
        except FeedError as error:
            self.refusals[topic] = error
            self._joined[topic].set()

    def _take(self, topic: str, frame: frames.ServerFrame) -> None:
        match frame:
            case frames.Joined():
                self._joined[topic].set()
            case frames.Entry(position=position, entry=entry):
                self.positions[topic].append(position)
                self.entries[topic].append(msgspec.json.decode(entry))
            case frames.Row(key=key, version=version, row=row):
                if version > self.versions[topic].get(key, -1):
                    self.versions[topic][key] = version
                    self.rows[topic][key] = msgspec.json.decode(row)
            case frames.Gone(key=key, version=version):
                if version >= self.versions[topic].get(key, -1):
                    self.versions[topic][key] = version
                    self.rows[topic].pop(key, None)
            case frames.Resync():
                self.resyncs.append(topic)
            case frames.Left():
                self.left.append(topic)

    async def reaches(self, topic: str, position: int, *, seconds: float = 20.0) -> None:
        """Wait until the log has come to this position."""
        here = self.positions[topic]
        await until(lambda: bool(here) and here[-1] >= position, seconds=seconds, what=f"entry {position} of {topic}")

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def watching(url: str, cookie: str) -> AsyncIterator[Watcher]:
    """A socket at the desk `url` (http://…), signed in by `cookie` (name=value)."""
    address = url.replace("http", "ws", 1) + "/live"
    async with LiveClient(address, cookie=cookie, backoff_first=0.1) as client:
        watcher = Watcher(client)
        try:
            yield watcher
        finally:
            watcher.close()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*watcher._tasks, return_exceptions=True)
