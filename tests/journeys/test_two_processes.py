"""Two server processes share PostgreSQL and Redis and are one desk: to their sockets, when one dies, and for rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cases.models import Case, Entry
from app.people.models import User
from tests.support.cutting_proxy import CuttingProxy
from tests.support.desk import Browser
from tests.support.desk_process import DeskProcess
from tests.support.redis_server import RedisServer
from tests.support.visiting import cookie_of, say, say_until_stored, the_database, visitor
from tests.support.waiting import until
from tests.support.watching import Watcher, watching

SECRET = "a secret that both processes of this test share"


@dataclass
class TwoNodes:
    """Both processes, the people in the database between them, and a case of Pavel's."""

    first: DeskProcess
    second: DeskProcess
    people: dict[str, User]
    case_id: int


@asynccontextmanager
async def two_nodes(
    folder: Path, database_url: str, redis: RedisServer, roles: tuple[str, str] = ("web,live", "web,live")
) -> AsyncIterator[TwoNodes]:
    async with AsyncExitStack() as stack:
        nodes = []
        for name, role in zip(("first", "second"), roles, strict=True):
            (folder / name).mkdir()
            node = DeskProcess(
                folder / name,
                database_url=database_url,
                redis_url=redis.url,
                roles=role,
                secret_key=SECRET,
                data_dir=str(folder / "data"),
            )
            stack.callback(node.stop)
            await asyncio.to_thread(node.start)
            nodes.append(node)
        people = await stack.enter_async_context(the_database(database_url))
        async with visitor(nodes[0].url, "pavel") as pavel:
            answer = await pavel.post("/api/portal/cases", json={"subject": "The oven stays cold", "text": "Help!"})
            answer.raise_for_status()
        yield TwoNodes(*nodes, people, answer.json()["id"])


@pytest.fixture
def redis() -> RedisServer:
    server = RedisServer()
    server.start()
    return server


async def check(watcher: Watcher, case_id: int, *, staff: bool) -> None:
    """Everything stored has arrived once and in order, and nothing else."""
    columns = {"case_id": case_id} if staff else {"case_id": case_id, "public_position__isnull": False}
    stored = await Entry.filter(**columns).order_by("position")
    topic = f"case/{case_id}"
    await watcher.reaches(topic, len(stored))
    assert watcher.positions[topic] == list(range(1, len(stored) + 1))
    assert [entry["text"] for entry in watcher.entries[topic]] == [entry.text for entry in stored]
    assert watcher.client.surprises == 0
    assert watcher.resyncs == []


async def test_sockets_of_both_see_what_is_written_through_either(
    postgres_database: str, redis: RedisServer, tmp_path: Path
) -> None:
    async with two_nodes(tmp_path, postgres_database, redis) as desk, AsyncExitStack() as stack:
        enter = stack.enter_async_context
        visitors, watchers = [], []
        for node in (desk.first, desk.second):
            for who in ("maria", "pavel"):
                browser = await enter(visitor(node.url, who))
                visitors.append((who, browser))
                watcher = await enter(watching(node.url, cookie_of(browser)))
                await watcher.join(f"case/{desk.case_id}", since=0)
                watchers.append((who, watcher))

        async def write(who: str, browser: Browser, number: int) -> None:
            for line in range(10):
                await say(browser, desk.case_id, f"{who} {number}: line {line}", portal=who == "pavel")

        await asyncio.gather(*(write(who, browser, number) for number, (who, browser) in enumerate(visitors)))
        assert (await Case.get(id=desk.case_id)).last_position >= 41
        for who, watcher in watchers:
            await check(watcher, desk.case_id, staff=who == "maria")


async def test_kill_9_of_one_loses_nothing_and_its_sockets_go_to_the_other(
    postgres_database: str, redis: RedisServer, tmp_path: Path
) -> None:
    async with two_nodes(tmp_path, postgres_database, redis) as desk, AsyncExitStack() as stack:
        enter = stack.enter_async_context
        balancer = await enter(CuttingProxy(desk.first.port))
        at_first = await enter(visitor(desk.first.url, "maria"))
        at_second = await enter(visitor(desk.second.url, "maria"))
        pavel = await enter(visitor(desk.second.url, "pavel"))
        staying = await enter(watching(desk.second.url, cookie_of(pavel)))
        returning = await enter(watching(f"http://127.0.0.1:{balancer.port}", cookie_of(at_first)))
        topic = f"case/{desk.case_id}"
        for watcher in (staying, returning):
            await watcher.join(topic, since=0)

        written = 0
        halfway = asyncio.Event()

        async def write(browsers: list[Browser], name: str) -> None:
            nonlocal written
            for line in range(30):
                await say_until_stored(browsers, desk.case_id, f"{name}: line {line}")
                written += 1
                if written == 25:
                    halfway.set()

        writers = asyncio.gather(write([at_first, at_second], "first"), write([at_second], "second"))
        async with asyncio.timeout(30):
            await halfway.wait()
        desk.first.kill()
        balancer.lead_to(desk.second.port)
        balancer.cut_all()
        await writers
        texts = (
            await Entry.filter(case_id=desk.case_id, kind="message").order_by("position").values_list("text", flat=True)
        )
        assert sorted(texts) == sorted(f"{name}: line {line}" for name in ("first", "second") for line in range(30))
        await check(staying, desk.case_id, staff=False)
        await check(returning, desk.case_id, staff=True)
        assert returning.client.connections == 2
        assert staying.client.connections == 1


async def test_rights_withdrawn_at_one_close_the_socket_at_the_other(
    postgres_database: str, redis: RedisServer, tmp_path: Path
) -> None:
    async with two_nodes(tmp_path, postgres_database, redis) as desk, AsyncExitStack() as stack:
        enter = stack.enter_async_context
        helmi = await enter(visitor(desk.first.url, "helmi"))
        tomas = await enter(visitor(desk.second.url, "tomas"))
        socket = await enter(watching(desk.second.url, cookie_of(tomas)))
        topic = f"case/{desk.case_id}"
        await socket.join(topic, since=0)
        answer = await helmi.patch(f"/api/admin/users/{desk.people['tomas'].id}", json={"active": False})
        assert answer.status_code == 200, answer.text
        await until(lambda: 4200 in socket.client.close_codes, seconds=5, what="the end of the socket")
        before = len(socket.positions[topic])
        assert (await tomas.get(f"/api/cases/{desk.case_id}")).status_code == 401
        maria = await enter(visitor(desk.first.url, "maria"))
        await say(maria, desk.case_id, "Only for those who are still here.")
        watcher = await enter(watching(desk.second.url, cookie_of(maria)))
        await watcher.join(topic, since=0)
        await check(watcher, desk.case_id, staff=True)
        assert len(socket.positions[topic]) == before
        assert socket.client.connections == 1


async def test_signing_out_at_one_closes_the_socket_at_the_other(
    postgres_database: str, redis: RedisServer, tmp_path: Path
) -> None:
    async with two_nodes(tmp_path, postgres_database, redis) as desk, AsyncExitStack() as stack:
        enter = stack.enter_async_context
        maria = await enter(visitor(desk.first.url, "maria"))
        socket = await enter(watching(desk.second.url, cookie_of(maria)))
        await socket.join("queues")
        assert (await maria.delete("/api/session")).status_code == 204
        await until(lambda: 4200 in socket.client.close_codes, seconds=5, what="the end of the socket")
