"""What the timer loop needs from its surroundings: where due moments are kept, and who acts on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One due timer, lent to one worker until `lease_until`.

    `token` is the fencing token: it grows with every claim of the same timer, and the store accepts `done`, `release`
    and the handler's own writes only with the latest one, so that a worker that was asleep too long does no harm.
    """

    timer_id: str
    due_at: datetime
    token: int
    lease_until: datetime
    payload: Any = None


class TimerStore(Protocol):
    """An index of due moments that several workers share."""

    async def next_due(self) -> datetime | None:
        """Return the earliest moment at which some timer can be claimed, or None.

        For a timer that another worker holds that is the end of its lease, so that nothing is lost with a worker.
        """

    async def claim(self, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
        """Lend up to `limit` timers due at or before `now`, earliest first, each to one caller at a time."""

    async def done(self, claim: Claim) -> None:
        """Remove the timer, unless the claim is no longer the latest or the timer was scheduled anew meanwhile."""

    async def release(self, claim: Claim, retry_at: datetime) -> None:
        """Give the timer back, to be claimed again from `retry_at` on; nothing if the claim is not the latest."""


class TimerHandler(Protocol):
    """Acts on one due timer; must be idempotent in effect, by checking the claim's token in its own transaction."""

    async def __call__(self, claim: Claim, now: datetime) -> None: ...


class TimersHandler(Protocol):
    """Acts on several due timers at once and answers the ids of those that are finished, their timers set anew.

    All of it happens or nothing: where it raises, nothing may have happened.
    """

    async def __call__(self, claims: Sequence[Claim], now: datetime) -> Collection[str]: ...


class Wait(Protocol):
    """Waits until `seconds` have passed, or less; a loop that is given its own cannot be poked."""

    async def __call__(self, seconds: float) -> None: ...
