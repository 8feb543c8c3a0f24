"""Readers of every kind behind a bad connection, each of which checks what it got: once, in order, nothing else."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from typing import Any, Protocol

import httpx
import msgspec

from channels import frames
from channels.client import LiveClient
from channels.errors import FeedError
from tests.channels.event_reader import EventReader
from tests.storm.recipe import Recipe
from tests.support.cutting_proxy import CuttingProxy
from tests.support.waiting import until

KINDS = ("socket", "events", "recipe")
Entries = list[tuple[int, Any]]


class Reader(Protocol):
    """One topic at one node."""

    name: str
    topic: str
    proxy: CuttingProxy

    @property
    def got(self) -> Entries: ...

    @property
    def faults(self) -> list[str]:
        """What a correct feed never does."""
        ...

    @property
    def stands(self) -> str:
        """Where it stands, for whoever wants to know what it waits for."""
        ...


async def start_reader(
    stack: AsyncExitStack,
    kind: str,
    *,
    name: str,
    port: int,
    cookie: str,
    topic: str,
    chance: random.Random,
    longest_wait: float,
) -> Reader:
    """A reader from the beginning of a log, behind a proxy that cuts at bytes drawn from `chance`.

    `longest_wait`: seconds that a client for programs waits at most before it comes back.
    """

    def next_cut() -> int | None:
        return chance.choice([None, None, chance.randint(1, 1500), chance.randint(1, 60_000)])

    proxy = await stack.enter_async_context(CuttingProxy(port, next_cut=next_cut, small=True))
    place = f"127.0.0.1:{proxy.port}"
    made: SocketReader | EventsReader | RecipeReader
    if kind == "socket":
        client = LiveClient(f"ws://{place}/live", cookie=cookie, backoff_first=0.1, backoff_last=longest_wait)
        made = SocketReader(await stack.enter_async_context(client), topic)
    elif kind == "events":
        made = EventsReader(EventReader(f"http://{place}/live/events", {"Cookie": cookie}, topic, 0))
    else:
        made = RecipeReader(f"ws://{place}/live", cookie, topic, longest_wait=longest_wait)
    stack.push_async_callback(made.stop)
    made.name, made.topic, made.proxy = f"{kind} {name}", topic, proxy
    proxy.diary.about = f"{made.name}, port {port}"
    return made


class SocketReader:
    """The client for programs. When rights end it waits to be told that they are back."""

    name: str
    topic: str
    proxy: CuttingProxy

    def __init__(self, client: LiveClient, topic: str) -> None:
        self.client = client
        self.got: Entries = []
        self.faults: list[str] = []
        self._topic = topic
        self.out = False  # refused, as it was told
        self.may_read = asyncio.Event()
        self.may_read.set()
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self.may_read.wait()
            self.out = False
            try:
                await self._follow()
            except FeedError as error:
                self.out = True
                if self.may_read.is_set():
                    self.faults.append(f"ended: {error!r}")
                    return
            except Exception as error:
                self.faults.append(f"ended: {error!r}")
                raise

    async def _follow(self) -> None:
        since = self.got[-1][0] if self.got else 0
        async for frame in self.client.follow(self._topic, since):
            if isinstance(frame, frames.Resync):
                self.faults.append(f"resync: {frame.reason}")
            else:
                self.got.append((frame.position, msgspec.json.decode(frame.entry)))

    @property
    def stands(self) -> str:
        told = f"has {len(self.got)} entries, closed with {self.client.close_codes[-10:]}"
        told += " (out)" if self.out else ""
        return told if self.may_read.is_set() else f"{told}, may not read"

    async def stop(self) -> None:
        if self.client.surprises:
            self.faults.append(f"{self.client.surprises} entries out of turn")
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class EventsReader:
    """Server-sent events, as a browser follows them."""

    name: str
    topic: str
    proxy: CuttingProxy

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self.stop = reader.stop

    @property
    def got(self) -> Entries:
        return self._reader.entries

    @property
    def faults(self) -> list[str]:
        found = [f"resync: {frame['reason']}" for frame in self._reader.of("resync")]
        return found + [f"answered with {status}" for status in self._reader.answers if status != 200]

    @property
    def stands(self) -> str:
        return f"has {len(self.got)} entries up to {self._reader.last_id}, answers {self._reader.answers[-10:]}"


class RecipeReader:
    """A client made from the documentation alone."""

    name: str
    topic: str
    proxy: CuttingProxy

    def __init__(self, url: str, cookie: str, topic: str, *, longest_wait: float) -> None:
        self._recipe = Recipe(url, {"Cookie": cookie}, self._load, longest_wait=longest_wait)
        self._topic = topic
        self._recipe.places[topic] = 0
        self._resyncs = 0
        self._task = asyncio.create_task(self._recipe.run())

    async def _load(self, _: Recipe, __: str) -> None:
        self._resyncs += 1

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def got(self) -> Entries:
        return self._recipe.entries.get(self._topic, [])

    @property
    def faults(self) -> list[str]:
        found = ["it has ended"] if self._task.done() else []
        found += [f"{self._recipe.out_of_turn} entries out of turn"] if self._recipe.out_of_turn else []
        return found + (["resync"] if self._resyncs else [])

    @property
    def stands(self) -> str:
        return f"has {len(self.got)} entries, closed with {self._recipe.codes[-10:]}"


class Lists:
    """The lists that somebody keeps by the recipe: a snapshot after each resync, then the frames."""

    def __init__(
        self, port: int, proxy: CuttingProxy, headers: dict[str, str], topics: dict[str, str], *, longest_wait: float
    ) -> None:
        """`topics`: the address of the snapshot of each."""
        self.proxy = proxy
        self._topics = topics
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=10)
        self.recipe = Recipe(f"ws://127.0.0.1:{proxy.port}/live", headers, self._load, longest_wait=longest_wait)
        self.recipe.places.update(dict.fromkeys(topics))
        self._task = asyncio.create_task(self.recipe.run())

    async def fresh(self, topic: str) -> tuple[dict[str, Any], dict[str, int]]:
        """Rows and versions as a new page load shows them."""
        answer = await self._http.get(self._topics[topic])
        answer.raise_for_status()
        found = answer.json()
        if topic == "queues/all":
            return {str(one["id"]): one["counters"] for one in found}, {}
        rows = {str(row["id"]): comparable(row) for row in found["items"]}
        versions = {str(row["id"]): row["version"] for row in found["items"]}
        return (rows | {"counters": found["counters"]} if "counters" in found else rows), versions

    async def agree(self, topic: str) -> None:
        """Wait until what was kept is what a new page load shows. Raises AssertionError with both."""
        kept: dict[str, Any] = {}
        wanted: dict[str, Any] = {}

        async def same() -> bool:
            nonlocal kept, wanted
            try:
                wanted, _ = await self.fresh(topic)
            except httpx.TransportError:  # a kept connection may end just when it is used again
                return False
            kept = {key: comparable(row) for key, row in self.recipe.rows.get(topic, {}).items()}
            return kept == wanted

        try:
            await until(same, seconds=20, what=topic)
        except TimeoutError:
            keys = sorted(key for key in kept.keys() | wanted.keys() if kept.get(key) != wanted.get(key))
            told = "\n".join(f"{key}: kept {kept.get(key)}\n  fresh {wanted.get(key)}" for key in keys)
            raise AssertionError(f"{topic} differs from a new page load:\n{told}") from None

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._http.aclose()

    async def _load(self, recipe: Recipe, topic: str) -> None:
        while True:
            try:
                recipe.rows[topic], recipe.versions[topic] = await self.fresh(topic)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
            else:
                return


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what belongs to its reader alone."""
    return {name: value for name, value in row.items() if name != "read_position"}
