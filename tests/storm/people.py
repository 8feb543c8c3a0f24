"""The people of a storm: signed in over lines that are cut at any byte, who repeat what got no answer."""

from __future__ import annotations

import asyncio
import random
import uuid
from contextlib import AsyncExitStack
from typing import Any

import httpx

from tests.storm.world import World
from tests.support.cutting_proxy import CuttingProxy
from tests.support.desk import Browser
from tests.support.diary import Diary
from tests.support.visiting import cookie_of, visitor

CAST = ("helmi", "maria", "tomas", "aino", "pavel", "liisa")


class People:
    """A browser per person and node."""

    def __init__(self, world: World, *, patience: float) -> None:
        self.patience = patience  # seconds for anything to be stored or read
        self.cookies: dict[str, str] = {}
        self.repeats = 0  # writes that got no answer and were sent again
        self._world = world
        self._browsers: dict[str, list[Browser]] = {}

    async def sign_in(self, stack: AsyncExitStack, chance: random.Random) -> None:
        for who in CAST:
            first = await stack.enter_async_context(visitor(self._world.nodes[0].url, who))
            self.cookies[who] = cookie_of(first)
            self._browsers[who] = [
                await self._through_a_bad_line(stack, first, node.port, chance) for node in self._world.nodes
            ]

    async def _through_a_bad_line(
        self, stack: AsyncExitStack, signed_in: Browser, port: int, chance: random.Random
    ) -> Browser:
        """The same person over a line that is cut at any byte: some requests never arrive, some answers neither."""
        proxy = await stack.enter_async_context(
            CuttingProxy(port, next_cut=lambda: chance.choice([None, chance.randint(1, 20_000)]))
        )
        browser = Browser(base_url=f"http://127.0.0.1:{proxy.port}", timeout=10, headers=signed_in.headers)
        browser.cookies = signed_in.cookies
        browser.csrf_token = signed_in.csrf_token
        return await stack.enter_async_context(browser)

    async def store(self, who: str, method: str, path: str, **body: Any) -> Any:
        """Send it until it is answered, always under the same key, to one node after the other."""
        key, tries = uuid.uuid4().hex, Diary(f"{method} {path} by {who}")
        try:
            async with asyncio.timeout(self.patience):
                return await self._store(who, method, path, body, key, tries)
        except TimeoutError:
            raise AssertionError(f"a write was not stored within {self.patience} s\n{tries}") from None

    async def _store(self, who: str, method: str, path: str, body: dict[str, Any], key: str, tries: Diary) -> Any:
        browsers = self._browsers[who]
        while True:
            which = self.repeats % len(browsers)
            tries.note(f"sent to node {which}")
            try:
                answer = await browsers[which].request(method, path, json=body, headers={"Idempotency-Key": key})
            except httpx.HTTPError as error:
                tries.note(repr(error))
                self.repeats += 1
                await asyncio.sleep(0.05)
                continue
            tries.note(f"{answer.status_code} {answer.text[:200]}")
            if answer.status_code < 300:
                return answer.json()
            if answer.status_code == 409 and answer.json()["code"] == "transition_refused":
                return None  # a closed case cannot be put on hold: an answer, too
            if answer.status_code < 500 and answer.status_code != 409:
                raise AssertionError(f"{method} {path} {body}: {answer.status_code} {answer.text}")
            self.repeats += 1
            await asyncio.sleep(0.05)

    async def entries(self, case_id: int, owner: str, *, staff: bool) -> list[Any]:
        """All entries of a case as a new page load shows them."""
        who = "maria" if staff else owner
        path = f"/api/{'cases' if staff else 'portal/cases'}/{case_id}/entries"
        found: list[Any] = []
        while True:
            after = found[-1]["position"] if found else 0
            answer = await self.read(who, f"{path}?after={after}&limit=200")
            if not answer["items"]:
                return found
            found += answer["items"]

    async def read(self, who: str, path: str) -> Any:
        """What is answered, by whichever node."""
        async with asyncio.timeout(self.patience):
            while True:
                for browser in self._browsers[who]:
                    try:
                        answer = await browser.get(path)
                        answer.raise_for_status()
                        return answer.json()
                    except httpx.HTTPError:
                        await asyncio.sleep(0.05)
