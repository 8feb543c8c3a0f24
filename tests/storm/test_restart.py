"""A restart with a thousand open sockets: all come back by themselves, spread over time, and miss nothing."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.cases.models import Entry
from channels import frames
from channels.client import LiveClient
from tests.support.desk_process import DeskProcess
from tests.support.visiting import cookie_of, say, the_database, visitor
from tests.support.waiting import until

SOCKETS = 1000
CASES = 20
WINDOW = 0.5  # seconds; the first wait of a client is drawn from as many
PATIENCE = 90.0  # seconds


class Returning:
    """One socket at one case: what it got, and when it joined."""

    def __init__(self, client: LiveClient, topic: str) -> None:
        self.client = client
        self.joined: list[float] = []
        self.positions: list[int] = []
        self.proven = 0  # the last head up to which it was said to have everything
        self.task = asyncio.create_task(self._run(topic))

    async def _run(self, topic: str) -> None:
        async for frame in self.client.watch(topic, 0):
            match frame:
                case frames.Joined():
                    self.joined.append(time.monotonic())
                case frames.Entry(position=position):
                    self.positions.append(position)
                case frames.UpToDate(head=head):
                    self.proven = head
                case frames.Resync():
                    raise AssertionError("a restart loses no order")

    def has(self, head: int) -> bool:
        if self.task.done():
            self.task.result()
        return self.positions[-1:] == [head] and self.proven > 0


@pytest.mark.timeout(400)
async def test_a_thousand_sockets_come_back_without_a_stampede(postgres_database: str, tmp_path: Path) -> None:
    chance = random.Random(11)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        desk = DeskProcess(tmp_path, database_url=postgres_database, roles="web,live")
        stack.callback(desk.stop)
        await asyncio.to_thread(desk.start)
        await enter(the_database(postgres_database))
        maria, pavel = await enter(visitor(desk.url, "maria")), await enter(visitor(desk.url, "pavel"))
        cases = []
        for number in range(CASES):
            answer = await pavel.post("/api/portal/cases", json={"subject": f"Oven {number}", "text": "Help!"})
            cases.append(answer.json()["id"])
        live = desk.url.replace("http", "ws", 1) + "/live"
        returning: list[tuple[int, bool, Returning]] = []
        for number in range(SOCKETS):
            staff = number % 2 == 0
            client = LiveClient(live, cookie=cookie_of(maria if staff else pavel), jitter=chance.random)
            case_id = cases[number // 2 % CASES]
            returning.append((case_id, staff, Returning(await enter(client), f"case/{case_id}")))
            if number % 50 == 0:
                await asyncio.sleep(0.1)  # people open their pages one after the other
        await until(lambda: all(one.has(1) for _, _, one in returning), seconds=PATIENCE, what="everybody joined")

        before = {one: len(one.client.close_codes) for _, _, one in returning}
        await asyncio.to_thread(desk.stop)
        await asyncio.to_thread(desk.start)
        maria.timeout = PATIENCE  # type: ignore[assignment]  # httpx takes a number of seconds
        slowest = 0.0
        for case_id in cases:
            begun = time.monotonic()
            await say(maria, case_id, "We are back.")
            slowest = max(slowest, time.monotonic() - begun)
        heads = {
            (case_id, staff): await Entry.filter(
                case_id=case_id, **({} if staff else {"public_position__isnull": False})
            ).count()
            for case_id in cases
            for staff in (True, False)
        }
        await until(
            lambda: all(one.has(heads[case_id, staff]) for case_id, staff, one in returning),
            seconds=PATIENCE,
            what="everybody back",
        )
        for case_id, staff, one in returning:
            assert one.positions == list(range(1, heads[case_id, staff] + 1))
            assert one.client.surprises == 0
        back = sorted(one.joined[-1] for _, _, one in returning)
        per_window = [
            sum(start <= at < start + WINDOW for at in back)
            for start in (back[0] + number * WINDOW for number in range(int((back[-1] - back[0]) / WINDOW) + 1))
        ]
        print(f"joins per {WINDOW} s after the restart: {per_window}; the slowest write meanwhile: {slowest:.2f} s")
        assert {one.client.close_codes[before[one]] for _, _, one in returning} == {1012}
        assert max(per_window) < SOCKETS / 2, "they all came at once"
        assert len(per_window) >= 4
        for _, _, one in returning:
            one.task.cancel()
