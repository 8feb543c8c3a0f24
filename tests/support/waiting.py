"""Waits for what real servers do in their own time, with a limit; pure code is handed its time instead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

STEP = 0.02  # seconds between two looks


async def until(look: Callable[[], Any | Awaitable[Any]], *, seconds: float = 10.0, what: str = "it") -> Any:
    """Call `look` until it answers something true, and answer that; raises TimeoutError naming `what`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = look()
        if isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        await asyncio.sleep(STEP)
