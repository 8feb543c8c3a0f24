"""A clock that stands still until a test moves it, and one that goes."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

MONDAY_MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """Called like the real one; `advance` moves it."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        """`advance(minutes=5)`; answers the new moment."""
        self.now += timedelta(**span)
        return self.now


class RunningClock(Clock):
    """Goes at the pace of the real one from a chosen moment on, for tests of what happens by itself in time."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        super().__init__(now)
        self._begun = time.monotonic()

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self._begun)
