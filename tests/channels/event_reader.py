"""A reader of server-sent events that does what a browser's EventSource does: remembers the last id and comes back."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

AGAIN = 0.01  # seconds before it comes back: tests do not wait as long as browsers


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    data: dict[str, Any]
    id: str | None


async def events(answer: httpx.Response) -> AsyncIterator[Event]:
    """Whole events only (WHATWG HTML, section 9.2.6): what a cut left unfinished is thrown away."""
    name, data, last = "message", "", None
    rest = ""
    async for text in answer.aiter_text():
        *lines, rest = (rest + text).split("\n")
        for line in lines:
            key, _, value = line.partition(": ")
            if not line:
                if data:
                    yield Event(name, json.loads(data), last)
                name, data, last = "message", "", None
            elif key == "event":
                name = value
            elif key == "data":
                data = value
            elif key == "id":
                last = value


class EventReader:
    """Follows one topic until it is told plainly that it may not."""

    def __init__(self, url: str, headers: dict[str, str], topic: str, since: int | None = 0) -> None:
        self._url = url
        self._headers = headers
        self._query = {"topic": topic} | ({} if since is None else {"since": str(since)})
        self.last_id: str | None = None
        self.seen: list[dict[str, Any]] = []
        self.closes: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.news = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    @property
    def entries(self) -> list[tuple[int, Any]]:
        return [(frame["position"], frame["entry"]) for frame in self.seen if frame["type"] == "entry"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.seen if frame["type"] == kind]

    async def until(self, position: int) -> None:
        """Wait until everything up to here has come, or nothing will."""
        async with asyncio.timeout(30):
            while not self.task.done() and [place for place, _ in self.entries][-1:] < [position]:
                self.news.clear()
                await asyncio.wait({self.task, asyncio.ensure_future(self.news.wait())}, return_when="FIRST_COMPLETED")
        if self.task.done():
            self.task.result()

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=30) as browser:
            for _ in itertools.count():
                if not await self._once(browser):
                    return
                await asyncio.sleep(AGAIN)

    async def _once(self, browser: httpx.AsyncClient) -> bool:
        headers = dict(self._headers)
        if self.last_id is not None:
            headers["Last-Event-ID"] = self.last_id
        try:
            async with browser.stream("GET", self._url, params=self._query, headers=headers) as answer:
                self.answers.append(answer.status_code)
                if answer.status_code != 200:
                    return False
                async for event in events(answer):
                    if event.id is not None:
                        self.last_id = event.id
                    (self.closes if event.name == "close" else self.seen).append(event.data)
                    self.news.set()
        except httpx.HTTPError:
            pass
        return True
