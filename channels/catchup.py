"""Order out of two sources: what is told live and what is replayed become each position once, in order, or a resync."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

AHEAD_LIMIT = 256  # entries kept that came before their turn; beyond that the replay will bring them anyway


@dataclass(frozen=True, slots=True)
class These(Generic[Item]):
    """The next positions, in order and without holes (possibly none)."""

    entries: tuple[tuple[int, Item], ...] = ()


@dataclass(frozen=True, slots=True)
class Resync:
    """No order can be made of it: start over from ``head``."""

    reason: str
    head: int


def judge(after: int, entries: Sequence[tuple[int, Item]], head: int) -> These[Item] | Resync:
    """Is this page of a store what follows ``after``? Its entries, or the reason why it cannot be continued from.

    Page and head may have been read one after the other, so either may know of entries that the other does not.
    """
    if head < after:
        return Resync("rewound", head)  # the store has forgotten positions that were handed out
    unbroken = all(position == after + count for count, (position, _) in enumerate(entries, 1))
    if not unbroken:
        return Resync("hole", max(head, entries[-1][0]))
    return These(tuple(entries))


class Catchup(Generic[Item]):
    """The place of one reader in one log. Feed it in any order; it answers with what is next."""

    __slots__ = ("_ahead", "known", "position")

    def __init__(self, position: int) -> None:
        self.position = position
        self.known = position  # the highest position anybody has spoken of
        self._ahead: dict[int, Item] = {}

    @property
    def behind(self) -> bool:
        """Something exists that is not here yet: a replay after ``position`` is due."""
        return self.known > self.position

    def told(self, head: int) -> None:
        """Somebody says that the log reaches to ``head``."""
        self.known = max(self.known, head)

    def advance(self, position: int) -> bool:
        """Is this simply the next entry, with nothing waiting? Then it is taken, and need not be told to ``live``."""
        if position != self.position + 1 or self._ahead:
            return False
        self.position = position
        if position > self.known:
            self.known = position
        return True

    def live(self, position: int, item: Item) -> These[Item]:
        """One entry was published; duplicates and entries ahead of their turn answer with nothing yet."""
        if self.advance(position):
            return These(((position, item),))
        self.told(position)
        if self.position < position <= self.position + AHEAD_LIMIT:
            self._ahead[position] = item
        return self._next()

    def replayed(self, after: int, entries: Sequence[tuple[int, Item]], head: int) -> These[Item] | Resync:
        """A page of the store, asked for after position ``after`` (which this reader had then)."""
        answer = judge(after, entries, head)
        if isinstance(answer, Resync):
            self.position = self.known = answer.head
            self._ahead.clear()
            return answer
        self.told(head)
        for position, item in entries:
            if position > self.position:
                self._ahead[position] = item
        return self._next()

    def doubtful(self) -> None:
        """What was spoken of beyond this position does not exist after all."""
        self.known = self.position
        self._ahead.clear()

    def _next(self) -> These[Item]:
        ready: list[tuple[int, Item]] = []
        while (item := self._ahead.pop(self.position + 1, None)) is not None:
            self.position += 1
            ready.append((self.position, item))
        return These(tuple(ready))
