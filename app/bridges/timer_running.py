"""A timer loop of this process while it runs: woken when something may be due earlier, ended with its step in hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from app.events import Bus, Event
from channels.lasting import until_done
from sla import Timers

LONGEST_SLEEP = 0.8  # seconds between two looks into the index: timers of other processes are kept in time too
ENDS_WITHIN = 5.0  # seconds for what is in hand when the server stops


class TimerRunning:
    """`moved` is the event after which the loop looks at once. Others may run beside it on the same table."""

    def __init__(self, bus: Bus, timers: Timers, *, moved: type[Event]) -> None:
        self._bus = bus
        self._moved_by = moved
        self.timers = timers

    def subscribe(self) -> None:
        self._bus.after(self._moved_by, self._moved)

    async def _moved(self, _: Event) -> None:
        self.timers.poke()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(until_done("the timers", self.timers.run))
        try:
            yield
        finally:
            self.timers.stop()
            with suppress(asyncio.CancelledError):
                try:
                    async with asyncio.timeout(ENDS_WITHIN):
                        await task
                except TimeoutError:
                    task.cancel()
