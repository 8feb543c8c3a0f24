"""Keeps work going that must not fail: whatever ends it is told to the operator, and it begins again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

RETRY_FIRST = 0.1  # seconds until it begins again; doubles with each end that comes soon
RETRY_LAST = 5.0  # seconds; a fault that repeats costs a line of the log this often, and nothing else

log = logging.getLogger("channels.lasting")


async def lasting(
    name: str,
    work: Callable[[], Awaitable[object]],
    *,
    retry_first: float = RETRY_FIRST,
    retry_last: float = RETRY_LAST,
) -> None:
    """Do ``work``, again and again, until this task is cancelled.

    Also when a library lets a ``CancelledError`` of its own escape: that would end a task as if it had been asked to,
    and nobody hears of it, not even a ``TaskGroup``.
    """
    clock, wait = asyncio.get_running_loop().time, retry_first
    while True:
        began = clock()
        if await _came_to_its_end(name, work):
            log.error("%s has ended and begins again", name)
        wait = retry_first if clock() - began > retry_last else wait
        await asyncio.sleep(wait)
        wait = min(wait * 2, retry_last)


async def until_done(
    name: str,
    work: Callable[[], Awaitable[object]],
    *,
    retry_first: float = RETRY_FIRST,
    retry_last: float = RETRY_LAST,
) -> None:
    """Do ``work`` until it has once come to its end, or this task is cancelled."""
    wait = retry_first
    while not await _came_to_its_end(name, work):
        await asyncio.sleep(wait)
        wait = min(wait * 2, retry_last)


async def _came_to_its_end(name: str, work: Callable[[], Awaitable[object]]) -> bool:
    try:
        await work()
    except asyncio.CancelledError:
        if is_asked_to_end():
            raise
        log.exception("%s was cancelled by nobody and begins again", name)
        return False
    except Exception:
        log.exception("%s has failed and begins again", name)
        return False
    return True


def is_asked_to_end() -> bool:
    """Whether somebody cancelled the running task; if not, a ``CancelledError`` seen here escaped from elsewhere."""
    this = asyncio.current_task()
    return this is None or this.cancelling() > 0
