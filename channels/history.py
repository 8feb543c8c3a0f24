"""The last entries of a log in memory, so that whoever was away for a moment needs no store."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

HISTORY_ENTRIES = 128  # a short tunnel's worth of a busy case
HISTORY_BYTES = 64 * 1024  # per stream; 1,000 busy streams stay below 64 MB


class History:
    """An unbroken run of entries that ends at ``head``; bounded in entries and bytes.

    Positions follow from ``head``, so only the bytes are kept: they are nothing that Python's garbage collector tracks,
    while a tuple for each entry of thousands of cases made it run again and again.
    """

    __slots__ = ("_entries", "_size", "head")

    def __init__(self, head: int) -> None:
        self.head = head
        self._entries: deque[bytes] = deque()
        self._size = 0

    @property
    def first(self) -> int:
        """The oldest position that is kept (head + 1 when none is)."""
        return self.head - len(self._entries) + 1

    def append(self, position: int, entry: bytes) -> None:
        """The next entry; anything but head + 1 starts a new run."""
        if position != self.head + 1:
            self.restart(position - 1)
        self.head = position
        self._entries.append(entry)
        self._size += len(entry)
        while len(self._entries) > HISTORY_ENTRIES or self._size > HISTORY_BYTES:
            self._size -= len(self._entries.popleft())

    def prepend(self, entries: Sequence[tuple[int, bytes]]) -> None:
        """Older entries, in order, as far as they join the run and there is room."""
        for position, entry in reversed(entries):
            full = len(self._entries) >= HISTORY_ENTRIES or self._size + len(entry) > HISTORY_BYTES
            if full or position < self.first - 1:
                return
            if position == self.first - 1:
                self._entries.appendleft(entry)
                self._size += len(entry)

    def restart(self, head: int) -> None:
        """Forget everything; the run is empty and ends at ``head``."""
        self.head = head
        self._entries.clear()
        self._size = 0

    def after(self, position: int, limit: int) -> list[tuple[int, bytes]] | None:
        """At most ``limit`` entries after ``position``, or None when memory does not reach back that far."""
        if position < self.first - 1 or position > self.head:
            return None
        skip = position - self.first + 1
        return list(enumerate(islice(self._entries, skip, skip + limit), position + 1))
