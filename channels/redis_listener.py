"""The one connection on which a process hears the others through Redis.

Subscribes, reads, notices silence, comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
from collections.abc import Callable
from typing import Any

from redis import asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

PING_SECONDS = 3.0  # a server that is alive answers; a stopped or partitioned one is noticed after two of these
BACKOFF_FIRST = 0.1  # seconds; doubles with each failure, drawn with full jitter
BACKOFF_LAST = 2.0  # seconds; short, because meanwhile other nodes' entries arrive only by comparison of heads
SUBSCRIBE_SECONDS = 1.0  # how long a join waits for Redis before it goes on without

Trouble = (RedisError, OSError, TimeoutError, EOFError)

log = logging.getLogger("channels.redis")


def options(url: str, *, answer_seconds: float | None) -> dict[str, Any]:
    """Connection options that suit a doorbell.

    One try, answers as plain arrays, and a limit (None: none) for an answer.
    """
    return {
        "url": url,
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        "socket_connect_timeout": 2.0,
        "socket_timeout": answer_seconds,
    }


class RedisListener:
    """Calls ``heard(channel, message)`` for what arrives, and ``renewed()`` when all subscriptions are in force."""

    def __init__(
        self,
        url: str,
        *,
        heard: Callable[[str, bytes], None],
        renewed: Callable[[], None],
        sharded: bool | None,
        jitter: Callable[[], float] = random.random,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._pool = aioredis.ConnectionPool.from_url(**options(url, answer_seconds=None))
        self._heard = heard
        self._renewed = renewed
        self._sharded_wish = sharded
        self.sharded = False  # decided at each connection: the server may have been replaced
        self._jitter = jitter
        self._ping_seconds = ping_seconds
        self._channels: dict[str, asyncio.Event] = {}
        self._orders: asyncio.Queue[tuple[bool, str]] = asyncio.Queue()
        self._unanswered: set[str] = set()
        self._answered = 0.0
        self.connected = False

    async def subscribe(self, channel: str) -> None:
        """Listen to a channel; waits a moment until it is in force, if there is a connection."""
        if channel not in self._channels:
            self._channels[channel] = asyncio.Event()
            if self.connected:
                self._orders.put_nowait((True, channel))
        if self.connected:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SUBSCRIBE_SECONDS):
                    await self._channels[channel].wait()

    def unsubscribe(self, channel: str) -> None:
        if self._channels.pop(channel, None) is not None and self.connected:
            self._orders.put_nowait((False, channel))

    async def run(self) -> None:
        """Until cancelled."""
        failures = 0
        while True:
            connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
            try:
                async with asyncio.timeout(5.0):  # name resolution has no limit of its own
                    await connection.connect()
                    self.sharded = await self._offers_sharded(connection)
                if failures:
                    log.warning("listening to Redis again")
                failures = 0
                await self._listen(connection)
            except* Trouble as trouble:
                if not failures:  # an outage of hours is worth one line
                    log.warning("not listening to Redis, will try on: %r", trouble.exceptions[0])
            finally:
                self.connected = False
                with contextlib.suppress(*Trouble):
                    await connection.disconnect(nowait=True)
            await asyncio.sleep(min(BACKOFF_LAST, BACKOFF_FIRST * 2**failures) * self._jitter())
            failures += 1

    async def _offers_sharded(self, connection: Any) -> bool:
        if self._sharded_wish is not None:
            return self._sharded_wish
        await connection.send_command("COMMAND", "INFO", "SPUBLISH")
        try:
            answer = await connection.read_response()
        except ResponseError:
            return False  # a server that hides its commands
        return isinstance(answer, list) and bool(answer) and answer[0] is not None

    async def _listen(self, connection: Any) -> None:
        self._orders = asyncio.Queue()
        self._unanswered = set(self._channels)
        for channel, event in self._channels.items():
            event.clear()
            self._orders.put_nowait((True, channel))
        self._answered = asyncio.get_running_loop().time()
        self.connected = True
        async with asyncio.TaskGroup() as group:
            group.create_task(self._order(connection))
            group.create_task(self._ping(connection))
            group.create_task(self._read(connection))

    async def _order(self, connection: Any) -> None:
        """Send subscriptions, many in one write; a channel a command, since shards accept no mixture."""
        verbs = ("SUNSUBSCRIBE", "SSUBSCRIBE") if self.sharded else ("UNSUBSCRIBE", "SUBSCRIBE")
        while True:
            orders = [await self._orders.get()]
            while not self._orders.empty() and len(orders) < 1000:
                orders.append(self._orders.get_nowait())
            commands = [(verbs[wanted], channel) for wanted, channel in orders]
            await connection.send_packed_command(connection.pack_commands(commands), check_health=False)

    async def _ping(self, connection: Any) -> None:
        while True:
            await asyncio.sleep(self._ping_seconds)
            if asyncio.get_running_loop().time() - self._answered > 2 * self._ping_seconds:
                raise TimeoutError("Redis is silent")
            await connection.send_command("PING", check_health=False)

    async def _read(self, connection: Any) -> None:
        loop = asyncio.get_running_loop()
        while True:
            reply = await connection.read_response(timeout=math.inf)
            self._answered = loop.time()
            match reply:
                case [b"message" | b"smessage", bytes(channel), bytes(message)]:
                    self._heard(channel.decode(), message)
                case [b"subscribe" | b"ssubscribe", bytes(name), _]:
                    self._in_force(name.decode())
                case _:
                    pass

    def _in_force(self, channel: str) -> None:
        event = self._channels.get(channel)
        if event is not None:
            event.set()
        if channel in self._unanswered:
            self._unanswered.discard(channel)
            if not self._unanswered:
                self._renewed()
