"""The way between nodes through Redis.

Published frames and leases; a doorbell that may be gone for an hour without harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Mapping
from typing import Any

from redis import asyncio as aioredis

from .envelopes import CONTROL, DoubtSaid, seal
from .lasting import lasting
from .ports import BackplaneListener
from .redis_listener import (
    BACKOFF_FIRST,
    BACKOFF_LAST,
    PING_SECONDS,
    SUBSCRIBE_SECONDS,
    RedisListener,
    Trouble,
    options,
)
from .redis_speaker import ANSWER_SECONDS, Command, RedisSpeaker

QUEUE_BYTES = 8 * 1024 * 1024  # may wait while Redis is slow; beyond that all is dropped and everybody compares
QUEUE_COMMANDS = 20_000
FAREWELL_SECONDS = 1.0  # how long a clean end waits to release its leases

log = logging.getLogger("channels.redis")


class RedisBackplane:
    """``Backplane`` over ``redis.asyncio``. ``node`` is unlike that of any other process.

    Works with one Redis (or a cluster of one shard) of version 6 or later; uses sharded publishing where it is offered,
    unless ``sharded`` says otherwise. Own messages are not heard.
    """

    def __init__(
        self,
        url: str,
        *,
        node: str,
        prefix: str = "casefeed",
        sharded: bool | None = None,
        jitter: Callable[[], float] = random.random,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._speaker = RedisSpeaker(url)
        self._client = aioredis.Redis.from_url(**options(url, answer_seconds=ANSWER_SECONDS))  # reads leases
        self._reader = RedisListener(
            url,
            heard=self._heard,
            renewed=self._renewed,
            sharded=sharded,
            jitter=jitter,
            ping_seconds=ping_seconds,
        )
        self._stamp = node.encode().ljust(16, b"\0")[-16:]
        self._prefix = prefix
        self._jitter = jitter
        self._listener: BackplaneListener | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._queue: list[Command] = []
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._lost = False  # something we said was not delivered: the others must compare
        self.away = False  # the last try to say something failed
        self.published = 0

    async def start(self, listener: BackplaneListener) -> None:
        self._listener = listener
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(lasting("listening to Redis", self._reader.run), name="casefeed-redis-reader"),
            loop.create_task(lasting("writing to Redis", self._write), name="casefeed-redis-writer"),
        ]

    async def close(self) -> None:
        self._listener = None
        with contextlib.suppress(*Trouble):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._send(self._take())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._speaker.close()
        with contextlib.suppress(*Trouble):
            await self._client.aclose()

    def publish(self, channel: str, message: bytes) -> None:
        self._enqueue(("PUBLISH", self._channel(channel), self._stamp + message), len(message))

    async def subscribe(self, channel: str) -> None:
        await self._reader.subscribe(self._channel(channel))

    def unsubscribe(self, channel: str) -> None:
        self._reader.unsubscribe(self._channel(channel))

    def hold(self, group: str, key: str, value: bytes, seconds: float) -> None:
        index, lease = self._lease_index(group), self._lease(group, key)
        milliseconds = max(1, int(seconds * 1000))
        self._enqueue(("SET", lease, value, "PX", milliseconds), len(value))
        self._enqueue(("SADD", index, key), 0)
        self._enqueue(("PEXPIRE", index, 2 * milliseconds), 0)

    def release(self, group: str, key: str) -> None:
        self._enqueue(("DEL", self._lease(group, key)), 0)
        self._enqueue(("SREM", self._lease_index(group), key), 0)

    async def held(self, group: str) -> Mapping[str, bytes]:
        if self.away:
            return {}
        try:
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                names: set[bytes] = await self._ask("SMEMBERS", self._lease_index(group))
                keys = [name.decode() for name in names]
                leases = [self._lease(group, key) for key in keys]
                values: list[bytes | None] = await self._ask("MGET", *leases) if keys else []
        except Trouble as error:
            log.info("leases cannot be read: %r", error)
            return {}
        over = [key for key, value in zip(keys, values, strict=True) if value is None]
        if over:
            self._enqueue(("SREM", self._lease_index(group), *over), 0)
        return {key: value for key, value in zip(keys, values, strict=True) if value is not None}

    def _channel(self, name: str) -> str:
        return f"{self._prefix}:{name}"

    def _lease(self, group: str, key: str) -> str:
        return f"{self._prefix}:lease:{{{group}}}:{key}"

    def _lease_index(self, group: str) -> str:
        return f"{self._prefix}:leases:{{{group}}}"

    def _enqueue(self, command: Command, size: int) -> None:
        if self.away:
            self._lost = True
            return
        if len(self._queue) >= QUEUE_COMMANDS or self._queued_bytes + size > QUEUE_BYTES:
            self._take()
            self._lost = True
        self._queue.append(command)
        self._queued_bytes += size
        self._wake.set()

    def _take(self) -> list[Command]:
        queue, self._queue = self._queue, []
        self._queued_bytes = 0
        return queue

    async def _write(self) -> None:
        failures = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._send(self._take())
                if self._lost:
                    self._lost = False
                    await self._send([("PUBLISH", self._channel(CONTROL), self._stamp + seal(DoubtSaid()))])
            except Trouble as error:
                if not self.away:
                    log.warning("Redis is away, saying nothing until it is back: %r", error)
                self._lost = self.away = True
                self._take()
                await asyncio.sleep(min(BACKOFF_LAST, BACKOFF_FIRST * 2**failures) * self._jitter())
                failures += 1
                self._wake.set()
                continue
            except BaseException:
                self._lost = True  # what was taken may not have been said: the others must compare
                self._wake.set()
                raise
            if self.away:
                log.warning("Redis is back")
                self.away = False
                self._renewed()
            failures = 0

    async def _send(self, commands: list[Command]) -> None:
        """Say all of them; without any, find out whether Redis is back."""
        if commands or self.away:
            await self._speaker.say([(self._verb(verb), *arguments) for verb, *arguments in commands] or [("PING",)])
            self.published += len(commands)

    async def _ask(self, *command: str) -> Any:
        return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]

    def _verb(self, verb: bytes | str | int) -> bytes | str | int:
        return "SPUBLISH" if verb == "PUBLISH" and self._reader.sharded else verb

    def _heard(self, channel: str, message: bytes) -> None:
        if self._listener is not None and not message.startswith(self._stamp):
            self._listener.heard(channel.removeprefix(f"{self._prefix}:"), message[16:])

    def _renewed(self) -> None:
        if self._listener is not None:
            self._listener.doubt()
