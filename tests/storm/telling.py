"""What a storm that failed tells of its cause: every node, its tasks, every reader and each of their connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from tests.storm.readers import Lists, Reader
from tests.storm.world import World
from tests.support.diary import Diary, now

LOG_LINES = 15  # of each node
ERRORS = 3  # of each node, with their traces
ERROR = '"level":"error"'  # as the log says it in JSON
TRACE = 3000  # characters from the end of a line: the innermost frames and what was raised


async def explain(error: Exception, world: World, readers: Iterable[Reader], lists: Iterable[Lists]) -> None:
    """Add to an error where everything stands; what was explained when it happened is left as it is."""
    if not hasattr(error, "__notes__"):
        error.add_note(await _told(world, readers, lists))


async def _told(world: World, readers: Iterable[Reader], lists: Iterable[Lists]) -> str:
    logs = [node.log.read_text(errors="replace").splitlines() for node in world.nodes]  # before they tell their tasks
    tasks = await asyncio.gather(*(node.tasks() for node in world.nodes))
    parts = [f"at {now():.2f} s:", str(world.diary)]
    for node, log, standing in zip(world.nodes, logs, tasks, strict=True):
        errors = [line[-TRACE:].replace("\\n", "\n    ") for line in log if ERROR in line.replace(" ", "")]
        parts += [
            "\n    ".join([f"{node.diary}", f"  {len(errors)} errors, the last ones:", *errors[-ERRORS:]]),
            "\n    ".join(["  it said:", *log[-LOG_LINES:]]),
            f"  its tasks: {standing}",
        ]
    for reader in readers:
        parts += [f"{reader.proxy.diary}", f"  {reader.stands}; faults {reader.faults}"]
    diaries: set[Diary] = {one.proxy.diary for one in lists}
    return "\n".join([*parts, *map(str, diaries)])
