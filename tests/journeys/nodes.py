"""Two server processes of one desk between which a test can choose, and people in the database they share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.cases.models import Entry
from app.people.models import User
from tests.support.desk import Browser
from tests.support.desk_process import DeskProcess
from tests.support.redis_server import RedisServer
from tests.support.visiting import cookie_of, the_database, visitor
from tests.support.watching import Watcher, watching

SECRET = "a secret that all processes of one desk share"


@dataclass
class Nodes:
    """Both processes, and the people in the database between them."""

    first: DeskProcess
    second: DeskProcess
    people: dict[str, User]

    @property
    def both(self) -> tuple[DeskProcess, DeskProcess]:
        return self.first, self.second

    @asynccontextmanager
    async def sockets(self, topics: list[str], *who: str) -> AsyncIterator[list[tuple[str, Watcher]]]:
        """A socket for each of `who` at each of the nodes, joined to the topics from their beginning."""
        async with AsyncExitStack() as stack:
            watchers = []
            for node in self.both:
                for one in who:
                    browser = await stack.enter_async_context(visitor(node.url, one))
                    watcher = await stack.enter_async_context(watching(node.url, cookie_of(browser)))
                    for topic in topics:
                        await watcher.join(topic, since=0)
                    watchers.append((one, watcher))
            yield watchers


def node(folder: Path, name: str, database_url: str, redis: RedisServer, *, roles: str = "web,live") -> DeskProcess:
    (folder / name).mkdir()
    shared = {"redis_url": redis.url, "secret_key": SECRET, "data_dir": str(folder / "data")}
    return DeskProcess(folder / name, database_url=database_url, roles=roles, **shared)


@asynccontextmanager
async def two_nodes(folder: Path, database_url: str, redis: RedisServer) -> AsyncIterator[Nodes]:
    async with AsyncExitStack() as stack:
        nodes = [node(folder, name, database_url, redis) for name in ("first", "second")]
        for one in nodes:
            stack.callback(one.stop)
        await asyncio.gather(*(asyncio.to_thread(one.start) for one in nodes))
        people = await stack.enter_async_context(the_database(database_url))
        yield Nodes(*nodes, people)


async def open_case(pavel: Browser, subject: str = "The oven stays cold") -> int:
    answer = await pavel.post("/api/portal/cases", json={"subject": subject, "text": "Help!"})
    answer.raise_for_status()
    return int(answer.json()["id"])


async def has_all(watcher: Watcher, case_id: int, *, staff: bool) -> None:
    """Everything stored that this side may see has arrived, once and in order, and nothing else."""
    columns = {"case_id": case_id} if staff else {"case_id": case_id, "public_position__isnull": False}
    stored = await Entry.filter(**columns).order_by("position")
    topic = f"case/{case_id}"
    await watcher.reaches(topic, len(stored))
    assert watcher.positions[topic] == list(range(1, len(stored) + 1))
    assert [entry["text"] for entry in watcher.entries[topic]] == [entry.text for entry in stored]
    assert watcher.client.surprises == 0
    assert watcher.resyncs == []
