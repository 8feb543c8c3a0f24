"""People who answer cases and wait until both sockets of the case have the answer, as fast as the desk lets them."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import websockets

from tests.journeys.nodes import open_case
from tests.support.desk import Browser
from tests.support.visiting import cookie_of, visitor

TEXT = "It is on its way. " * 12


@dataclass
class Conversation:
    """One case: who answers, over which connection, and the two sockets that must hear of it."""

    case_id: int
    host: str
    port: int
    head: str
    heard: dict[str, int] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    key: str = ""

    async def listen(self, url: str, cookie: str) -> asyncio.Task[None]:
        address = url.replace("http", "ws") + "/live"
        headers = {"Cookie": cookie, "Origin": url}
        socket = await websockets.connect(address, additional_headers=headers, compression=None)
        await socket.send(json.dumps({"type": "join", "topic": f"case/{self.case_id}"}))
        async for message in socket:
            if '"up_to_date"' in message:
                break

        async def follow() -> None:
            async for message in socket:
                if self.key and self.key in message:
                    self.heard[self.key] = self.heard.get(self.key, 0) + 1
                    if self.heard[self.key] == 2:
                        self.arrived.set()

        return asyncio.create_task(follow())

    async def answer_until(self, end: float) -> list[float]:
        """Seconds of each answer, from the first byte of the request to the last of two sockets."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        taken = []
        try:
            while (start := time.perf_counter()) < end:
                self.key = uuid.uuid4().hex
                self.arrived.clear()
                body = json.dumps(
                    {"text": f"{self.key} {TEXT}", "files": [], "client_id": self.key, "seen": 0}
                ).encode()
                head = f"{self.head}Idempotency-Key: {self.key}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                answer = await reader.readuntil(b"\r\n\r\n")
                if b" 201 " not in answer.split(b"\r\n")[0]:
                    raise RuntimeError(answer.decode())
                size = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(size)
                async with asyncio.timeout(30):
                    await self.arrived.wait()
                taken.append(time.perf_counter() - start)
        finally:
            writer.close()
        return taken


async def conversations(stack: AsyncExitStack, urls: list[str], count: int) -> list[Conversation]:
    """Cases with an agent's and a customer's socket, shared out over the processes."""
    people: dict[str, tuple[Browser, Browser]] = {}
    for url in urls:
        maria = await stack.enter_async_context(visitor(url, "maria"))
        people[url] = maria, await stack.enter_async_context(visitor(url, "pavel"))
    made = []
    for number in range(count):
        url = urls[number % len(urls)]
        maria, pavel = people[url]
        case_id = await open_case(pavel, f"Oven {number}")
        place = urlsplit(url)
        head = (
            f"POST /api/cases/{case_id}/replies HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
            f"Cookie: {cookie_of(maria)}\r\nX-CSRF-Token: {maria.csrf_token}\r\nOrigin: {url}\r\n"
        )
        one = Conversation(case_id, place.hostname or "", place.port or 0, head)
        for at in (0, 1):
            # With two processes the second socket is at the other one, so the answer crosses Redis.
            where = urls[(number + at) % len(urls)]
            stack.callback((await one.listen(where, cookie_of(people[where][at]))).cancel)
        made.append(one)
    return made


async def replies_per_second(made: list[Conversation], seconds: float) -> tuple[float, float]:
    """All answer at once; replies a second, and the median milliseconds of one."""
    start = time.perf_counter()
    found = await asyncio.gather(*(one.answer_until(start + seconds) for one in made))
    wall = time.perf_counter() - start
    taken = sorted(one for each in found for one in each)
    return len(taken) / wall, taken[len(taken) // 2] * 1000
