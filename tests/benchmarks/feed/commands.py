"""What every contestant written in Python does alike: the entry it sends, and the commands it reads on stdin.

``round TOPICS BURST`` publishes BURST entries to each topic, one topic after the other; ``publish TOPIC STAMP`` one
entry that carries the moment (nanoseconds of the monotonic clock) at which it was asked for; 0 stands for the moment at
which the command is read.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

FIRST = 100_000  # every log ends here when the readers come, so that positions have the length they have in a busy case
TEXT = "x" * 230

Publish = Callable[[int, int], Awaitable[None] | None]


def entry(stamp: int) -> str:
    """About 290 bytes of JSON, as long for every contestant."""
    return f'{{"id":"000000000000","at":{stamp:019d},"author":"Maria Keller","text":"{TEXT}"}}'


def frame(topic: int, position: int, stamp: int) -> str:
    """What our server puts on the wire, for those who have no frames of their own."""
    return f'{{"type":"entry","topic":"case/{topic}","position":{position},"entry":{entry(stamp)}}}'


async def obey(publish: Publish) -> None:
    """Until stdin ends. ``publish`` takes a topic's number and a stamp."""
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("ready", flush=True)
    while words := (await commands.readline()).split():
        first, second = int(words[1]), int(words[2])
        if words[0] == b"publish":
            if (waiting := publish(first, second or time.monotonic_ns())) is not None:
                await waiting
            continue
        for topic in range(first):
            for _ in range(second):
                if (waiting := publish(topic, 0)) is not None:
                    await waiting
            await asyncio.sleep(0)
