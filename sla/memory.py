"""Due moments in memory: a timer store for one process, and the model that other stores must match."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sla.ports import Claim


@dataclass(frozen=True, slots=True)
class _Timer:
    due_at: datetime
    payload: Any
    token: int = 0
    held_until: datetime | None = None


class MemoryTimerStore:
    """A `TimerStore` that ends with the process. Looking for the next one takes time linear in its size."""

    def __init__(self) -> None:
        self._timers: dict[str, _Timer] = {}

    def schedule(self, timer_id: str, due_at: datetime, payload: Any = None) -> None:
        """Set when the timer is due; one that is claimed at this moment will fire again then."""
        known = self._timers.get(timer_id)
        self._timers[timer_id] = _Timer(due_at, payload, token=known.token + 1 if known else 0)

    def cancel(self, timer_id: str) -> None:
        """Forget the timer, if there is one."""
        self._timers.pop(timer_id, None)

    async def next_due(self) -> datetime | None:
        """Return the earliest moment at which a timer can be claimed."""
        return min((max(t.due_at, t.held_until or t.due_at) for t in self._timers.values()), default=None)

    async def claim(self, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
        """Lend what is due at `now` and not lent already."""
        free = sorted(
            (timer.due_at, timer_id)
            for timer_id, timer in self._timers.items()
            if timer.due_at <= now and (timer.held_until is None or timer.held_until <= now)
        )
        claims = []
        for due_at, timer_id in free[:limit]:
            timer = self._timers[timer_id]
            held = replace(timer, token=timer.token + 1, held_until=now + lease)
            self._timers[timer_id] = held
            claims.append(
                Claim(timer_id=timer_id, due_at=due_at, token=held.token, lease_until=now + lease, payload=held.payload)
            )
        return claims

    async def done(self, claim: Claim) -> None:
        """Forget the timer if this claim still holds it."""
        if self._is_latest(claim):
            del self._timers[claim.timer_id]

    async def release(self, claim: Claim, retry_at: datetime) -> None:
        """Free the timer from `retry_at` on if this claim still holds it; its due moment, and so its order, stays."""
        if self._is_latest(claim):
            self._timers[claim.timer_id] = replace(self._timers[claim.timer_id], held_until=retry_at)

    def _is_latest(self, claim: Claim) -> bool:
        timer = self._timers.get(claim.timer_id)
        return timer is not None and timer.token == claim.token
