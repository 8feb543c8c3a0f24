"""Everything at once, by seed: writes, cuts, lost doorbells, Redis and store away, rights in question, restarts."""

from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import AsyncExitStack

import pytest

from channels.backplane import Exchange, MemoryBackplane
from channels.ports import Backplane
from channels.redis_backplane import RedisBackplane
from tests.channels.desk import QUICK, Node, Reader, Rights, Store, running_node
from tests.support.cutting_proxy import CuttingProxy
from tests.support.ports import free_ports
from tests.support.redis_server import RedisServer

STEPS = 800
CASES = ("case/1", "case/2", "case/3")
_names = itertools.count(1)


class Storm:
    """A desk of two nodes behind proxies, and what may befall it."""

    def __init__(self, seed: int, redis: RedisServer | None) -> None:
        self.chance = random.Random(seed)
        self.redis = redis
        self.exchange = Exchange(asyncio.get_running_loop().time)
        self.store, self.rights = Store(), Rights()
        self.ports = free_ports(2)
        self.nodes: list[Node] = []
        self.stacks: list[AsyncExitStack] = []
        self.proxies: list[CuttingProxy] = []
        self.redis_is = "up"

    def backplane(self) -> Backplane:
        if self.redis is None:
            return MemoryBackplane(self.exchange)
        return RedisBackplane(self.redis.url, node=f"storm {next(_names)}", ping_seconds=0.1)

    async def start_node(self, index: int) -> None:
        stack = AsyncExitStack()
        node = await stack.enter_async_context(
            running_node(
                store=self.store,
                rights=self.rights,
                backplane=self.backplane(),
                port=self.ports[index],
                timing=QUICK,
                native=index == 0,
            )
        )
        self.nodes[index : index + 1] = [node]
        self.stacks[index : index + 1] = [stack]

    async def restart_node(self) -> None:
        index = self.chance.randrange(2)
        await self.stacks[index].aclose()
        await self.start_node(index)

    def write(self) -> None:
        node = self.chance.choice(self.nodes)
        text = f"{self.chance.random()} " + "x" * self.chance.randint(0, 400)
        for _ in range(self.chance.choice([1, 1, 1, 8])):
            case = self.chance.choice(CASES)
            node.write(case, text, internal=self.chance.random() < 0.4, publish=self.chance.random() < 0.9)

    def cut(self) -> None:
        self.chance.choice(self.proxies).cut_all()

    def question_rights(self) -> None:
        self.chance.choice(self.nodes).hub.rights_changed(topic=self.chance.choice(CASES))

    def trouble_backplane(self) -> None:
        if self.redis is None:
            backplane = self.chance.choice(self.nodes).hub.backplane
            assert isinstance(backplane, MemoryBackplane)
            self.chance.choice([backplane.cut, backplane.mend])()
        elif self.redis_is == "frozen":
            self.redis.resume()
            self.redis_is = "up"
        else:
            what = self.chance.choice(["freeze", "flush", "kill"])
            if what == "freeze":
                self.redis.pause()
                self.redis_is = "frozen"
            else:
                self.redis.command(*(("FLUSHALL",) if what == "flush" else ("CLIENT", "KILL", "TYPE", "pubsub")))

    def trouble_store(self) -> None:
        self.store.down = not self.store.down

    async def step(self) -> None:
        what = self.chance.random()
        if what < 0.90:
            self.write()
        elif what < 0.93:
            self.cut()
        elif what < 0.96:
            self.question_rights()
        elif what < 0.98:
            self.trouble_backplane()
        elif what < 0.997:
            self.trouble_store()
        else:
            await self.restart_node()
        if self.chance.random() < 0.3:
            await asyncio.sleep(self.chance.random() * 0.004)

    def calm(self) -> None:
        self.store.down = False
        if self.redis is not None:
            self.redis.resume()
        for node in self.nodes:
            if isinstance(node.hub.backplane, MemoryBackplane):
                node.hub.backplane.mend()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("way", ["memory", "redis"])
async def test_whatever_happens_every_visible_entry_arrives_once_and_in_order(
    request: pytest.FixtureRequest, way: str, seed: int
) -> None:
    storm = Storm(seed, request.getfixturevalue("redis") if way == "redis" else None)
    async with AsyncExitStack() as stack:
        for index in range(2):
            await storm.start_node(index)
        stack.push_async_callback(lambda: asyncio.gather(*(each.aclose() for each in storm.stacks)))
        for port in storm.ports:
            cuts = random.Random(seed + port)
            proxy = CuttingProxy(port, next_cut=lambda cuts=cuts: cuts.choice([None, cuts.randint(1, 30_000)]))  # type: ignore[misc]
            storm.proxies.append(await stack.enter_async_context(proxy))
        readers: list[tuple[str, Reader]] = []
        for number in range(12):
            who, feed = storm.chance.choice([("maria", "staff"), ("aino", "public")])
            case = CASES[number % 3]
            url = f"ws://127.0.0.1:{storm.proxies[number % 2].port}/feed"
            client = await stack.enter_async_context(storm.nodes[0].client(who, url=url, backoff_first=0.01))
            readers.append((f"{case}#{feed}", Reader(client, case)))
        for _ in range(STEPS):
            await storm.step()
        storm.calm()
        for case in CASES:
            storm.nodes[0].write(case, "the end")
        for stream, reader in readers:
            await reader.until(len(storm.store.logs[stream]))
            reader.check(storm.store.logs[stream])
