"""The way between nodes as it would be with the library's own pipeline: the baseline for our speaker."""

from __future__ import annotations

from channels.redis_backplane import RedisBackplane
from channels.redis_speaker import BATCH_COMMANDS, Command


class PipelinedBackplane(RedisBackplane):
    """Takes a connection from the library's pool for each batch, and lets the library read the answers."""

    async def _send(self, commands: list[Command]) -> None:
        for start in range(0, len(commands), BATCH_COMMANDS):
            async with self._client.pipeline(transaction=False) as pipeline:
                for verb, *arguments in commands[start : start + BATCH_COMMANDS]:
                    pipeline.execute_command(self._verb(verb), *arguments)
                await pipeline.execute()
