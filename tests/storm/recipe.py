"""A client written from "A client in eight rules" (docs/feed.md) alone, with nothing of `channels`."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

Json = dict[str, Any]


class Recipe:
    """Follows topics: `places` has the last position of each log, `rows` and `versions` what is known of each state."""

    def __init__(
        self,
        url: str,
        headers: dict[str, str],
        load: Callable[[Recipe, str], Awaitable[None]],
        *,
        longest_wait: float = 30.0,
    ) -> None:
        self._url, self._headers, self._load = url, headers, load
        self._longest_wait = longest_wait  # seconds
        self.codes: list[int] = []  # with which its connections were closed
        self.places: dict[str, int | None] = {}  # by topic; None for a state
        self.entries: dict[str, list[tuple[int, Any]]] = {}
        self.rows: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, dict[str, int]] = {}
        self.proven: set[str] = set()
        self.out_of_turn = 0

    async def run(self) -> None:
        failures = 0
        while True:
            code = 1006
            with suppress(OSError, TimeoutError, WebSocketException):
                try:
                    async with connect(self._url, additional_headers=self._headers, ping_interval=None) as socket:
                        beat = json.loads(await socket.recv())["heartbeat_seconds"]  # rule 1
                        failures = 0
                        await self._converse(socket, beat)
                except ConnectionClosed as closed:
                    code = closed.rcvd.code if closed.rcvd else code
            self.codes.append(code)
            self.proven.clear()  # rule 4
            if 4200 <= code < 5000:  # rule 7
                return
            most = 0.2 if 4000 <= code < 4100 and not failures else min(self._longest_wait, 0.5 * 2**failures)
            failures += 1
            await asyncio.sleep(random.random() * most)

    async def _converse(self, socket: ClientConnection, beat: float) -> None:
        async def pulse() -> None:  # rule 6
            with suppress(ConnectionClosed):
                while True:
                    await asyncio.sleep(beat)
                    await socket.send('{"type": "ping"}')

        pulsing = asyncio.create_task(pulse())
        try:
            for topic in self.places:
                await self._join(socket, topic)
            while True:
                async with asyncio.timeout(2 * beat):
                    text = await socket.recv()
                await self._take(socket, json.loads(text))
        finally:
            pulsing.cancel()

    async def _join(self, socket: ClientConnection, topic: str) -> None:  # rule 2
        place = self.places[topic]
        await socket.send(json.dumps({"type": "join", "topic": topic} | ({} if place is None else {"since": place})))

    async def _take(self, socket: ClientConnection, frame: Json) -> None:
        topic = frame.get("topic", "")
        match frame["type"]:
            case "entry" if frame["position"] == (self.places[topic] or 0) + 1:  # rule 3
                self.places[topic] = frame["position"]
                self.entries.setdefault(topic, []).append((frame["position"], frame["entry"]))
            case "entry":
                self.out_of_turn += 1
            case "up_to_date":
                self.proven.add(topic)
            case "resync":  # rule 5: what arrives while this loads waits in the socket
                self.proven.discard(topic)
                await self._load(self, topic)
            case "row" | "gone" | "counters" as kind:
                key, known = frame.get("key", kind), self.versions.setdefault(topic, {})
                if frame["version"] >= known.get(key, -1):
                    known[key] = frame["version"]
                    self.rows.setdefault(topic, {}).pop(key, None)
                    if kind != "gone":
                        self.rows[topic][key] = frame.get("row", frame.get("counters"))
            case "left" if frame["reason"] == "rights":  # rule 8
                await self._join(socket, topic)
            case "refused" if frame["code"] == "unavailable":
                await asyncio.sleep(random.random())
                await self._join(socket, topic)
