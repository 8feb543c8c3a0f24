"""A task is told down to the line where it waits, through everything it awaits."""

from __future__ import annotations

import asyncio
from collections.abc import Generator

from tests.support.standing import standing


class Hand:
    """Awaitable by a generator, as libraries write it."""

    def __init__(self, event: asyncio.Event) -> None:
        self.event = event

    def __await__(self) -> Generator[object, None, bool]:
        return (yield from self.event.wait().__await__())


async def outer(event: asyncio.Event) -> None:
    await middle(event)


async def middle(event: asyncio.Event) -> None:
    await Hand(event)


async def told(limit: int) -> list[str]:
    """The lines about a task that waits three calls deep."""
    event = asyncio.Event()
    task = asyncio.create_task(outer(event), name="baker")
    await asyncio.sleep(0)
    lines = standing(task, limit=limit).splitlines()
    event.set()
    await task
    return lines


async def test_every_frame_to_the_one_that_waits_is_told() -> None:
    name, *frames = await told(limit=6)
    assert name == "baker"
    assert [line.rpartition(" ")[2] for line in frames] == ["outer", "middle", "__await__"]
    assert all(__file__ in line for line in frames)


async def test_only_the_innermost_are_told_when_there_are_many() -> None:
    _, *frames = await told(limit=1)
    assert [line.rpartition(" ")[2] for line in frames] == ["__await__"]


async def test_a_task_that_has_ended_has_a_name_only() -> None:
    event = asyncio.Event()
    event.set()
    task = asyncio.create_task(outer(event), name="baker")
    await task
    assert standing(task, limit=6) == "baker"
