"""Two server processes share PostgreSQL and Redis and are one desk: to their sockets, when one dies, and for rights."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from app.cases.models import Case, Entry
from app.post_office import post_office
from app.queues.models import Queue
from tests.journeys.nodes import has_all, node, open_case, two_nodes
from tests.support.cutting_proxy import CuttingProxy
from tests.support.desk import Browser
from tests.support.posting import mails_for, post, written
from tests.support.redis_server import RedisServer
from tests.support.visiting import cookie_of, say, say_until_stored, the_database, visitor
from tests.support.waiting import until
from tests.support.watching import watching

SUPPORT, PASSWORD = "support@desk.example", "a quiet harbour"


async def test_both_show_what_is_written_through_either_and_obey_each_others_withdrawals(
    postgres_database: str, redis: RedisServer, tmp_path: Path
) -> None:
    async with two_nodes(tmp_path, postgres_database, redis) as desk, AsyncExitStack() as stack:
        enter = stack.enter_async_context
        authors = [(who, await enter(visitor(one.url, who))) for one in desk.both for who in ("maria", "pavel")]
        case_id = await open_case(authors[1][1])
        topic = f"case/{case_id}"
        watchers = await enter(desk.sockets([topic], "maria", "pavel"))

        async def write(who: str, browser: Browser, number: int) -> None:
            for line in range(10):
                await say(browser, case_id, f"{who} {number}: line {line}", portal=who == "pavel")

        await asyncio.gather(*(write(who, browser, number) for number, (who, browser) in enumerate(authors)))
        assert await Entry.filter(case_id=case_id, kind="message").count() == 40
        for who, watcher in watchers:
            await has_all(watcher, case_id, staff=who == "maria")

        # Tomas is switched off at the first node while he reads at the second.
        helmi, tomas = await enter(visitor(desk.first.url, "helmi")), await enter(visitor(desk.second.url, "tomas"))
        withdrawn = await enter(watching(desk.second.url, cookie_of(tomas)))
        await withdrawn.join(topic, since=0)
        before = (await Case.get(id=case_id)).last_position
        await withdrawn.reaches(topic, before)
        answer = await helmi.patch(f"/api/admin/users/{desk.people['tomas'].id}", json={"active": False})
        assert answer.status_code == 200, answer.text
        await say(authors[0][1], case_id, "Only for those who are still here.")
        await until(lambda: withdrawn.client.close_codes, seconds=5, what="the end of the socket")
        assert withdrawn.client.close_codes == [4200]
        assert withdrawn.positions[topic][-1] == before
        assert (await tomas.get(f"/api/cases/{case_id}")).status_code == 401

        # Maria signs out at the first node; the same session's socket is at the second.
        signed_in = await enter(visitor(desk.first.url, "maria"))
        socket = await enter(watching(desk.second.url, cookie_of(signed_in)))
        await socket.join("queues/all")
        assert (await signed_in.delete("/api/session")).status_code == 204
        await until(lambda: socket.client.close_codes, seconds=5, what="the end of the socket")
        assert socket.client.close_codes == [4200]


async def test_kill_9_of_one_loses_nothing_and_its_sockets_go_to_the_other(
    postgres_database: str, redis: RedisServer, tmp_path: Path
) -> None:
    async with two_nodes(tmp_path, postgres_database, redis) as desk, AsyncExitStack() as stack:
        enter = stack.enter_async_context
        balancer = await enter(CuttingProxy(desk.first.port))
        at_first, at_second = [await enter(visitor(one.url, "maria")) for one in desk.both]
        pavel = await enter(visitor(desk.second.url, "pavel"))
        case_id = await open_case(pavel)
        staying = await enter(watching(desk.second.url, cookie_of(pavel)))
        returning = await enter(watching(f"http://127.0.0.1:{balancer.port}", cookie_of(at_first)))
        for watcher in (staying, returning):
            await watcher.join(f"case/{case_id}", since=0)

        written = asyncio.Semaphore(0)

        async def write(browsers: list[Browser], name: str) -> None:
            for line in range(30):
                await say_until_stored(browsers, case_id, f"{name}: line {line}")
                written.release()

        writers = asyncio.gather(write([at_first, at_second], "first"), write([at_second], "second"))
        for _ in range(25):
            await written.acquire()
        desk.first.kill()
        balancer.lead_to(desk.second.port)
        await writers
        messages = await Entry.filter(case_id=case_id, kind="message")
        wanted = [f"{name}: line {line}" for name in ("first", "second") for line in range(30)]
        assert sorted(one.text for one in messages) == sorted(wanted)
        await has_all(staying, case_id, staff=False)
        await has_all(returning, case_id, staff=True)
        assert (staying.client.connections, returning.client.connections) == (1, 2)


async def test_roles_may_live_in_different_processes(
    postgres_database: str, redis: RedisServer, tmp_path: Path
) -> None:
    """One process takes requests and sockets, the other mail and timers; a mail and its answer pass through both."""
    front = node(tmp_path, "front", postgres_database, redis, roles="web,live")
    back = node(tmp_path, "back", postgres_database, redis, roles="mail,timers")
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        office = await enter(post_office(tmp_path / "post.sqlite3", passwords={SUPPORT: PASSWORD}))
        for one in (front, back):
            stack.callback(one.stop)
        await asyncio.to_thread(front.start)
        await enter(the_database(postgres_database))
        helmi, maria = await enter(visitor(front.url, "helmi")), await enter(visitor(front.url, "maria"))
        queue = await Queue.get(name="Support")
        mailbox = {
            "name": "Support",
            "address": SUPPORT,
            "queue_id": queue.id,
            "imap_host": "127.0.0.1",
            "imap_port": office.imap_port,
            "imap_security": "none",
            "imap_user": SUPPORT,
            "imap_password": PASSWORD,
            "smtp_host": "127.0.0.1",
            "smtp_port": office.smtp_port,
            "smtp_security": "none",
        }
        answer = await helmi.post("/api/admin/mailboxes", json=mailbox)
        assert answer.status_code == 201, answer.text
        await asyncio.to_thread(back.start)
        socket = await enter(watching(front.url, cookie_of(maria)))
        topic = f"queue/{queue.id}"
        await socket.join(topic)

        aino = "aino@northwind.example"
        mail = written(
            sender=aino,
            to=SUPPORT,
            subject="The oven is cold",
            text="It does not heat.",
            message_id="<one@northwind.example>",
        )
        await post(office.smtp_port, mail, sender=aino, to=SUPPORT)
        await until(lambda: socket.rows[topic], seconds=20, what="the row of the case")
        (row,) = socket.rows[topic].values()
        assert row["subject"] == "The oven is cold"
        await say(maria, row["id"], "Which oven is it?")
        sent = await until(
            lambda: [one for one in mails_for(office, aino) if "Which oven" in one.text],
            seconds=10,
            what="the answer in Aino's mailbox",
        )
        assert sent[0].references[0] == "<one@northwind.example>"
        assert sent[0].in_reply_to[0] in sent[0].references
