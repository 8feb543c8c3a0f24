"""The one connection on which a process speaks to the others through Redis: many commands in one write."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from redis import asyncio as aioredis

from .redis_listener import Trouble, options

BATCH_COMMANDS = 500  # commands per round trip; more would only delay the first of them
ANSWER_SECONDS = 2.0  # a Redis that takes longer counts as away

Command = tuple[bytes | str | int, ...]


class RedisSpeaker:
    """Says commands in their order and reads their answers; connects when there is something to say.

    The library's pipeline would take a connection from a pool for every batch, and guard its write and each of its
    answers with a timer of their own; between two nodes that is time which every entry pays.
    """

    def __init__(self, url: str, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._pool = aioredis.ConnectionPool.from_url(**options(url, answer_seconds=None))
        self._connection: Any = self._pool.make_connection()  # type: ignore[no-untyped-call]
        self._answer_seconds = answer_seconds
        self._turn = asyncio.Lock()

    async def say(self, commands: Sequence[Command]) -> list[Any]:
        """The answers, one for each command. Raises one of ``Trouble`` when Redis is away or refuses a command.

        Then nobody knows which of the commands were carried out.
        """
        answers: list[Any] = []
        async with self._turn:
            for start in range(0, len(commands), BATCH_COMMANDS):
                answers += await self._converse(commands[start : start + BATCH_COMMANDS])
        return answers

    async def close(self) -> None:
        """End the connection; ``say`` would open it again."""
        with contextlib.suppress(*Trouble):
            await self._connection.disconnect(nowait=True)

    async def _converse(self, commands: Sequence[Command]) -> list[Any]:
        connection = self._connection
        try:
            async with asyncio.timeout(self._answer_seconds):
                if connection.is_connected and await connection.can_read():
                    await connection.disconnect(nowait=True)  # nothing is awaited, so what is to be read is its end
                await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
                return [await connection.read_response() for _ in commands]
        except BaseException:
            # Answers may still be under way, and would be taken for those of the next commands.
            await connection.disconnect(nowait=True)
            raise
