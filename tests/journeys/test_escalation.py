"""An overdue case moves to the escalation queue while a console and somebody at the database look, on both engines."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from app.queues.models import Queue
from app.service_levels.models import Calendar, CaseClock
from tests.support.clock import RunningClock
from tests.support.desk import TestDesk, running_desk
from tests.support.visiting import cookie_of
from tests.support.waiting import until
from tests.support.watching import watching

Looked = tuple[str, int, int]
LOOK = (  # the watcher asks in its own words, over its own connection
    "SELECT queue.name, c.priority, c.last_position FROM desk_case c JOIN queue ON queue.id = c.queue_id"
    " WHERE c.id = {case_id}"
)
TARGET = 3  # seconds until a first answer is owed
PROMISED = 1.0  # seconds: DESIGN.md, promise 9


def promise(seconds: int) -> dict[str, Any]:
    """A first answer within so many seconds; a word one second before, and the usual at the breach."""
    everybody = {"what": "notify", "whom": ["team"]}
    return {
        "targets": [{"kind": "first_response", "seconds": seconds}],
        "steps": [
            {"id": "warning", "offset_seconds": -1, "actions": [everybody]},
            {
                "id": "escalation",
                "offset_seconds": 0,
                "actions": [
                    {"what": "move_to_queue", "queue": "escalation"},
                    {"what": "raise_priority", "levels": 1},
                    everybody,
                ],
            },
        ],
    }


async def looker(url: str, case_id: int, stack: AsyncExitStack) -> Callable[[], Awaitable[Looked]]:
    """Reads the case over a database connection that is not the desk's."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite://"))
        stack.callback(connection.close)

        async def look() -> Looked:
            row: Looked = connection.execute(LOOK.format(case_id=case_id)).fetchone()
            return row

        return look
    parts = urlsplit(url)
    other = await asyncpg.connect(host=parts.hostname, port=parts.port, user=parts.username, database=parts.path[1:])
    stack.push_async_callback(other.close)

    async def look_there() -> Looked:
        return tuple(await other.fetchrow(LOOK.format(case_id=case_id)))

    return look_there


async def watch_database(look: Callable[[], Awaitable[Looked]], seen: list[Looked]) -> None:
    while True:
        now = await look()
        if not seen or seen[-1] != now:
            seen.append(now)
        await asyncio.sleep(0.02)


async def make_promise(desk: TestDesk, queue: Queue) -> None:
    """As an administrator does it: the queue gets its team, and a policy before all others its targets."""
    helmi = await desk.browser("helmi")
    (team,) = (await helmi.get("/api/admin/teams")).json()
    answer = await helmi.patch(f"/api/admin/queues/{queue.id}", json={"team_id": team["id"]})
    assert answer.status_code == 200, answer.text
    calendar = await Calendar.all().first()
    assert calendar is not None
    policy = {"name": "At once", "calendar_id": calendar.id, "definition": promise(TARGET), "sort": 1}
    answer = await helmi.post("/api/admin/policies", json=policy)
    assert answer.status_code == 201, answer.text


async def test_an_overdue_case_moves_while_console_and_database_look(database: str, tmp_path: Path) -> None:
    clock = RunningClock()
    async with (
        running_desk(database, tmp_path, clock=clock, roles="web,live,timers") as desk,
        AsyncExitStack() as stack,
    ):
        support, urgent = await Queue.get(name="Support"), await Queue.get(purpose="escalation")
        await make_promise(desk, support)
        maria, pavel = await desk.browser("maria"), await desk.browser("pavel")
        socket = await stack.enter_async_context(watching(desk.url, cookie_of(maria)))
        customer = await stack.enter_async_context(watching(desk.url, cookie_of(pavel)))
        here, there = f"queue/{support.id}", f"queue/{urgent.id}"
        for topic in (here, there, "queues/all"):
            await socket.join(topic)
        await socket.join("person/me", since=0)

        opened = await pavel.post("/api/portal/cases", json={"subject": "The oven stays cold", "text": "Help!"})
        case_id = opened.json()["id"]
        key, topic = str(case_id), f"case/{case_id}"
        await socket.join(topic, since=0)
        await customer.join(topic, since=0)
        await until(lambda: key in socket.rows[here], what="the row in Support")
        due = (await CaseClock.get(case_id=case_id, kind="first_response")).due_at
        assert due is not None
        assert due - clock() < timedelta(seconds=TARGET)
        assert socket.rows[here][key]["next_due_at"] == due.isoformat().replace("+00:00", "Z")

        look, seen = await looker(database, case_id, stack), list[Looked]()
        stack.callback(asyncio.create_task(watch_database(look, seen)).cancel)
        await until(lambda: key in socket.rows[there], seconds=TARGET + 10, what="the row in Urgent")
        arrived = clock()
        await until(lambda: seen[-1][0] == "Urgent", what="the case in Urgent for others at the database")
        await until(lambda: any(one["kind"] == "escalated" for one in socket.entries[topic]), what="the entry")

        row = socket.rows[there][key]
        assert key not in socket.rows[here]
        assert (row["queue_id"], row["priority"], row["escalated_at"] is not None) == (urgent.id, "high", True)
        (escalated,) = [one for one in socket.entries[topic] if one["kind"] == "escalated"]
        assert escalated["author"]["kind"] == "system"
        assert escalated["data"]["clock"] == "first_response"
        at = datetime.fromisoformat(escalated["at"])
        assert timedelta(0) <= at - due < timedelta(seconds=PROMISED)
        assert timedelta(0) <= arrived - due < timedelta(seconds=2 * PROMISED)

        # Who reads the database never meets a case that has moved and kept its priority, or moved without an entry.
        states = {(queue, priority) for queue, priority, _ in seen}
        assert states == {("Support", 2), ("Urgent", 3)}
        assert len({position for queue, _, position in seen if queue == "Urgent"}) == 1

        await until(lambda: len(socket.entries["person/me"]) >= 2, what="the notifications")
        assert [one["kind"] for one in socket.entries["person/me"]] == ["warning", "escalated"]
        await until(lambda: counted(socket.rows["queues/all"], urgent.id) == 1, what="the counters")
        assert counted(socket.rows["queues/all"], support.id) == 0
        # It is the desk's own business: the customer sees none of it.
        assert [one["kind"] for one in customer.entries[topic]] == ["opened"]


def counted(rows: dict[str, dict[str, Any]], queue_id: int) -> int | None:
    row = rows.get(str(queue_id))
    return None if row is None else int(row["new"])
