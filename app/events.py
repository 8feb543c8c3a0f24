"""What happened, told to others: inside the same transaction, and once more after it is committed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

if TYPE_CHECKING:
    from app.database import Work

log = structlog.get_logger(__name__)


class Event:
    """Base of all domain events; each is a frozen dataclass of plain values."""


E = TypeVar("E", bound=Event)
Inside = Callable[["Work", Any], Awaitable[None]]
After = Callable[[Any], Awaitable[None]]


@dataclass(slots=True)
class Bus:
    """Who wants to hear of which event.

    *Inside* subscribers run in the transaction and fail it; *after* subscribers run once it is committed, one after
    the other in the order of the events, and a failure of one is logged and changes nothing of what was committed.
    """

    _inside: dict[type[Event], list[Inside]] = field(default_factory=lambda: defaultdict(list))
    _after: dict[type[Event], list[After]] = field(default_factory=lambda: defaultdict(list))

    def inside(self, kind: type[E], handler: Callable[[Work, E], Awaitable[None]]) -> None:
        self._inside[kind].append(handler)

    def after(self, kind: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        self._after[kind].append(handler)

    async def tell_inside(self, work: Work, event: Event) -> None:
        for handler in self._inside[type(event)]:
            await handler(work, event)

    async def tell_after(self, event: Event) -> None:
        for handler in self._after[type(event)]:
            try:
                await handler(event)
            except Exception:
                log.exception("after_commit_failed", event_kind=type(event).__name__)
