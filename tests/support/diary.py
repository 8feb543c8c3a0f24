"""What happened when, kept for the case that a test fails and somebody has to find out why."""

from __future__ import annotations

import time
from collections import deque

KEPT = 40  # lines; the last ones tell the cause
BEGAN = time.monotonic()


class Diary:
    """The last lines about one thing, each with seconds since the tests began."""

    def __init__(self, about: str) -> None:
        self.about = about
        self._lines: deque[str] = deque(maxlen=KEPT)

    def note(self, what: str) -> None:
        self._lines.append(f"{now():8.2f} s  {what}")

    def __str__(self) -> str:
        return "\n  ".join([f"{self.about}:", *(self._lines or ["nothing was noted"])])


def now() -> float:
    """Seconds since the tests began, on the clock of all diaries."""
    return time.monotonic() - BEGAN
