"""Carries out a schedule: people write over HTTP and repeat what got no answer, while everything breaks around them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.storm.people import People
from tests.storm.readers import KINDS, Lists, Reader, SocketReader, start_reader
from tests.storm.telling import explain
from tests.storm.world import World
from tests.support.cutting_proxy import CuttingProxy
from tests.support.schedules import RANGE, Step
from tests.support.waiting import until

IN_FLIGHT = 8  # writes under way at once
PATIENCE = 30.0  # seconds, beyond five of the longest faults, for a write to be stored and a reader to have everything
WEIGHTS = {
    "write": 100.0, "note": 40.0, "change": 40.0, "escalate": 4.0, "spam": 4.0, "open": 4.0, "burst": 4.0,
    "cut": 12.0, "stall": 6.0, "wait": 20.0, "rights": 2.0, "clock": 1.0, "kill": 0.5, "restart": 0.3,
    "redis pause": 0.7, "redis restart": 0.7, "redis flush": 0.7, "redis partition": 0.7, "redis deaf": 0.7,
    "postgres kill": 1.0, "postgres restart": 0.3,
}  # fmt: skip
WEIGHTS = {name.replace(" ", "-"): weight for name, weight in WEIGHTS.items()}
OWNERS = ("pavel", "pavel", "pavel", "liisa")  # whose the cases are, by their number
STATUSES = ("open", "waiting", "on_hold", "resolved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")


@dataclass
class Storm:
    """The people, their cases, and who reads along."""

    world: World
    stack: AsyncExitStack
    people: People
    longest: float  # seconds of the longest fault
    cases: list[int] = field(default_factory=list)
    readers: list[tuple[Reader, int, bool]] = field(default_factory=list)  # with case and whether they are staff
    texts: list[str] = field(default_factory=list)
    lists: list[tuple[Lists, str]] = field(default_factory=list)
    _company: list[SocketReader] = field(default_factory=list)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_FLIGHT))
    _writes: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def _longest_wait(self) -> float:
        """Seconds between two tries of a reader: 30 in earnest, a tenth of that on a hasty desk, as everything else."""
        return self.longest / 2

    @asynccontextmanager
    async def explained(self) -> AsyncIterator[None]:
        """Errors from within tell where everything stood when they happened."""
        try:
            yield
        except Exception as error:
            await explain(error, self.world, [reader for reader, _, _ in self.readers], [one for one, _ in self.lists])
            raise

    async def begin(self, seed: int) -> None:
        """Everybody signs in, Pavel and Liisa open their cases, readers and lists begin at both nodes."""
        world, chance = self.world, random.Random(seed)
        await self.people.sign_in(self.stack, chance)
        cookies = self.people.cookies
        for number, who in enumerate(OWNERS):
            answer = await self.people.store(who, "POST", "/api/portal/cases", subject=f"Oven {number}", text="Help!")
            self.cases.append(answer["id"])
        for number in range(24):
            case = number % len(OWNERS)
            staff = number // 4 % 2 == 0
            who = ("maria", "tomas")[number % 2] if staff else OWNERS[case]
            kind, node = KINDS[number // 8], world.nodes[number % len(world.nodes)]
            reader = await start_reader(
                self.stack, kind, name=f"of {who} at case {case}", port=node.port, cookie=cookies[who],
                topic=f"case/{self.cases[case]}", chance=chance, longest_wait=self._longest_wait,
            )  # fmt: skip
            self.readers.append((reader, case, staff))
        for node in world.nodes:
            reader = await start_reader(
                self.stack, "socket", name="of aino", port=node.port, cookie=cookies["aino"],
                topic=f"case/{self.cases[0]}", chance=chance, longest_wait=self._longest_wait,
            )  # fmt: skip
            assert isinstance(reader, SocketReader)
            self._company.append(reader)
            self.readers.append((reader, 0, False))
            await self._keep_lists(node.port, cookies, chance)

    async def _keep_lists(self, port: int, cookies: dict[str, str], chance: random.Random) -> None:
        queues = [one["id"] for one in await self.people.read("maria", "/api/queues")]
        of_staff = {f"queue/{one}": f"/api/queues/{one}/cases?state=all&limit=200" for one in queues}
        for who, topics in (
            ("maria", {**of_staff, "queues/all": "/api/queues"}),
            ("pavel", {"cases/mine": "/api/portal/cases?limit=200"}),
        ):
            proxy = await self.stack.enter_async_context(
                CuttingProxy(port, next_cut=lambda: chance.choice([None, chance.randint(1, 90_000)]))
            )
            proxy.diary.about = f"lists of {who}, port {port}"
            lists = Lists(port, proxy, {"Cookie": cookies[who]}, topics, longest_wait=self._longest_wait)
            self.stack.push_async_callback(lists.stop)
            self.lists += [(lists, topic) for topic in topics]

    # --- steps -------------------------------------------------------------------------------------------------------

    async def perform(self, steps: Sequence[Step]) -> None:
        for step in steps:
            a, b, c, d = step.numbers
            seconds = self.longest * a / RANGE
            match step.name.split("-"):
                case ["redis", how]:
                    self.world.trouble_redis({"deaf": "kill"}.get(how, how), seconds)
                case ["postgres", how]:
                    self.world.trouble_postgres(how, seconds / 3)
                case ["kill"]:
                    self.world.kill_node(b, seconds / 6)
                case ["restart"]:
                    self.world.restart_node(b)
                case ["clock"]:
                    self.world.set_clock_back(b)
                case ["rights"]:
                    self.world.during("rights", self._try_rights)
                case ["cut"]:
                    self._proxy(b).cut_all()
                case ["stall"]:
                    proxy = self._proxy(b)
                    self.world.during(f"reader {b}", lambda proxy=proxy, seconds=seconds: _stall(proxy, seconds))
                case ["wait"]:
                    await asyncio.sleep(a / RANGE / 20)
                case ["burst"]:
                    for number in range(12):
                        await self._write("write", number + a, b, c, d)
                case [name]:
                    await self._write(name, a, b, c, d)

    async def _write(self, name: str, a: int, b: int, c: int, d: int) -> None:
        """Begin a write; waits only while too many are under way."""
        case = a % len(OWNERS)
        path, who = f"/api/cases/{self.cases[case]}", ("maria", "tomas")[b % 2]
        body: dict[str, Any] = {}
        method = "POST"
        match name:
            case "write" if b % 3 == 0:
                who, path = OWNERS[case], f"/api/portal/cases/{self.cases[case]}/replies"
                body = {"text": self._text(c)}
            case "write" | "note":
                path += "/replies" if name == "write" else "/notes"
                body = {"text": self._text(c)}
            case "change":
                method = "PATCH"
                body = {
                    "status": STATUSES[c % 5], "priority": PRIORITIES[c % 4], "subject": f"Oven {case}, part {c}",
                    "tags": ["oven", f"t{c % 7}"], "owner_id": self.world.people[who].id if c % 2 else None,
                    "queue_id": 1 + c % 2,
                }  # fmt: skip
                name = list(body)[d % len(body)]
                body = {name: body[name]}
            case "escalate":
                path, body = path + "/escalations", {"reason": "It burns."}
            case "spam":
                path, body = path + "/spam", {"spam": c % 2 == 0}
            case _:
                who, path, body = OWNERS[case], "/api/portal/cases", {"subject": f"Another {c}", "text": self._text(c)}
        await self._places.acquire()
        task = asyncio.create_task(self._store(who, method, path, body))
        self._writes.add(task)
        task.add_done_callback(self._stored)

    def _text(self, c: int) -> str:
        text = f"text {len(self.texts)} " + "x" * (c % 2000 if c % 50 else 20_000)
        self.texts.append(text)
        return text

    async def _store(self, who: str, method: str, path: str, body: dict[str, Any]) -> None:
        async with self.explained():
            await self.people.store(who, method, path, **body)

    def _stored(self, task: asyncio.Task[None]) -> None:
        self._places.release()
        if not task.cancelled() and task.exception() is None:
            self._writes.discard(task)

    def _proxy(self, which: int) -> CuttingProxy:
        proxies = [reader.proxy for reader, _, _ in self.readers] + [lists.proxy for lists, _ in self.lists]
        return proxies[which % len(proxies)]

    async def _try_rights(self) -> None:
        async with self.explained():
            await self._withdraw_and_give_back()

    async def _withdraw_and_give_back(self) -> None:
        """Aino may no longer see the cases of her company: nothing that is written from then on reaches her."""
        path = f"/api/admin/users/{self.world.people['aino'].id}"
        for reader in self._company:
            reader.may_read.clear()
        await self.people.store("helmi", "PATCH", path, role="customer")
        for reader in self._company:
            await until(lambda reader=reader: reader.out, seconds=self.people.patience, what="the end of aino's rights")
        seen = [len(reader.got) for reader in self._company]
        await self.people.store("pavel", "POST", f"/api/portal/cases/{self.cases[0]}/replies", text=self._text(7))
        await asyncio.sleep(0.3)
        assert seen == [len(reader.got) for reader in self._company], "aino was sent what she may no longer see"
        await self.people.store("helmi", "PATCH", path, role="company_administrator")
        for reader in self._company:
            reader.may_read.set()

    # --- the end -----------------------------------------------------------------------------------------------------

    async def end(self) -> None:
        """Everything is mended, the last words are said; every reader has everything once, and nothing else."""
        await self.world.calm()
        await asyncio.gather(*self._writes)
        for proxy in [reader.proxy for reader, _, _ in self.readers] + [lists.proxy for lists, _ in self.lists]:
            proxy.release()
        for case in self.cases:
            await self.people.store("maria", "POST", f"/api/cases/{case}/replies", text=self._text(1))
        truth = {
            (case, staff): await self.people.entries(self.cases[case], OWNERS[case], staff=staff)
            for case in range(len(OWNERS))
            for staff in (True, False)
        }
        for reader, case, staff in self.readers:
            log = truth[case, staff]
            await until(
                lambda reader=reader, log=log: len(reader.got) >= len(log) or reader.faults,
                seconds=self.people.patience,
                what=f"{reader.name}: {len(reader.got)} of {len(log)} entries; {len(log)}",
            )
            assert not reader.faults, f"{reader.name}: {reader.faults}"
            assert [place for place, _ in reader.got] == list(range(1, len(log) + 1)), reader.name
            assert [entry for _, entry in reader.got] == log, reader.name
        for lists, topic in self.lists:
            await lists.agree(topic)
        texts = [entry["text"] for (_, staff), log in truth.items() if staff for entry in log]
        opened = [text for text in self.texts if text not in set(texts)]
        assert all(texts.count(text) <= 1 for text in self.texts), "a repeated write was stored twice"
        await self._check_opened(opened)

    async def _check_opened(self, texts: list[str]) -> None:
        """What is in none of the cases opened one of its own, and exactly one."""
        seen: list[str] = []
        for who in ("pavel", "liisa"):
            page = await self.people.read(who, "/api/portal/cases?limit=200")
            for row in page["items"]:
                if row["id"] not in self.cases:
                    entries = await self.people.entries(row["id"], who, staff=False)
                    seen.append(entries[0]["text"])
        assert sorted(seen) == sorted(texts), "a write is missing, or there twice"


async def _stall(proxy: CuttingProxy, seconds: float) -> None:
    proxy.hold()
    await asyncio.sleep(seconds)
    proxy.release()


Open = Callable[[AsyncExitStack], Awaitable[World]]


async def storm(open_world: Open, seed: int, steps: Sequence[Step], *, longest: float = 6.0) -> dict[str, int]:
    """One storm from beginning to end; what happened in it, counted."""
    async with AsyncExitStack() as stack:
        world = await open_world(stack)
        this = Storm(world, stack, People(world, patience=PATIENCE + 5 * longest), longest)
        async with this.explained():
            await this.begin(seed)
            await this.perform(steps)
            await this.end()
        cuts = sum(reader.proxy.cuts for reader, _, _ in this.readers)
        return {**world.counts, "cuts": cuts, "repeats": this.people.repeats, "entries": len(this.texts)}
