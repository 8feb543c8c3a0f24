"""What a storm that failed tells of its cause: every node, its tasks, every reader and each of their connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from tests.storm.readers import Lists, Reader
from tests.storm.world import World
from tests.support.diary import Diary, now

LOG_LINES = 15  # of each node


async def explain(error: Exception, world: World, readers: Iterable[Reader], lists: Iterable[Lists]) -> None:
    """Add to an error where everything stands; what was explained when it happened is left as it is."""
    if not hasattr(error, "__notes__"):
        error.add_note(await _told(world, readers, lists))


async def _told(world: World, readers: Iterable[Reader], lists: Iterable[Lists]) -> str:
    tasks = await asyncio.gather(*(node.tasks() for node in world.nodes))
    parts = [f"at {now():.2f} s:", str(world.diary)]
    for node, standing in zip(world.nodes, tasks, strict=True):
        said = "\n    ".join(node.log.read_text(errors="replace").splitlines()[-LOG_LINES:])
        parts += [str(node.diary), f"  its tasks: {standing}", f"  it said:\n    {said}"]
    for reader in readers:
        parts += [f"{reader.proxy.diary}", f"  {reader.stands}; faults {reader.faults}"]
    diaries: set[Diary] = {one.proxy.diary for one in lists}
    return "\n".join([*parts, *map(str, diaries)])
