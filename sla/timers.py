"""The loop that wakes at the next due moment, claims what is due and hands it to a handler, once each and in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sla.ports import Claim, TimerHandler, TimersHandler, TimerStore, Wait

log = logging.getLogger(__name__)

# Seconds. Another process may schedule something earlier without being able to poke us; this is how late we then are
# at most if no doorbell (Redis, NOTIFY) reaches us either. One indexed read every so often costs nothing.
LONGEST_SLEEP = 30.0
# Seconds. When something is due and yet not to be had, another worker is taking it this moment: do not spin.
SHORTEST_SLEEP = 0.05
# Timers per claim: few enough to be worked off well within the lease, many enough that a backlog is not a query each.
BATCH = 50
# Longer than a handler takes by two orders of magnitude; a crashed worker's timers are delayed by this much.
LEASE = timedelta(seconds=60)
# Seconds before the first retry of a failed step, doubled up to the longest; the same for a store that does not answer.
FIRST_RETRY = 1.0
LONGEST_RETRY = 300.0
# Failing timers remembered for their growing delay; beyond that something bigger is broken, and forgetting is harmless.
REMEMBERED_FAILURES = 10_000
# How many times a delay is doubled before the longest is certain; keeps 2**n small for a timer that fails for years.
_DOUBLINGS = 10


def retry_delay(failures: int) -> float:
    """Return the seconds to wait after this many failures in a row (1 or more)."""
    return float(min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(failures - 1, _DOUBLINGS)))


class Timers:
    """Sleeps until the store's next due moment; `poke` it when something earlier was scheduled.

    Run one per worker: `await timers.run()` ends only by cancellation or `stop`. `now` and `wait` are handed in so that
    tests need no real time. A step that fails is given back and tried again later; it holds up nothing else.
    `together` may take several claims at once, such as after a night switched off; the handler gets what it leaves.
    """

    def __init__(
        self,
        store: TimerStore,
        handler: TimerHandler,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        wait: Wait | None = None,
        together: TimersHandler | None = None,
        batch: int = BATCH,
        lease: timedelta = LEASE,
        longest_sleep: float = LONGEST_SLEEP,
    ) -> None:
        self._store = store
        self._handler = handler
        self._together = together
        self._now = now
        self._poked = asyncio.Event()
        self._wait = wait or self._wait_for_poke
        self._batch = batch
        self._lease = lease
        self._longest_sleep = longest_sleep
        self._failures: dict[str, int] = {}
        self._store_failures = 0
        self._stopping = False

    def poke(self) -> None:
        """Look again at once: something was scheduled that may be earlier than what we sleep for."""
        self._poked.set()

    def stop(self) -> None:
        """End `run` after the step in hand; what is claimed and not begun is given back."""
        self._stopping = True
        self._poked.set()

    async def run(self) -> None:
        """Fire timers until stopped. Errors of the store are logged and waited out."""
        while not self._stopping:
            self._poked.clear()
            try:
                while await self.fire_due() and not self._stopping:
                    pass
                sleep = await self._seconds_to_sleep()
                self._store_failures = 0
            except Exception:
                self._store_failures += 1
                sleep = retry_delay(self._store_failures)
                log.exception("timers: the store failed; trying again in %s seconds", sleep)
            if not self._stopping:
                await self._wait(sleep)

    async def fire_due(self) -> int:
        """Claim one batch of what is due and handle it, earliest first; return how many were claimed."""
        claims = sorted(
            await self._store.claim(self._now(), self._batch, self._lease),
            key=lambda claim: (claim.due_at, claim.timer_id),
        )
        count = len(claims)
        if self._together is not None and count > 1:
            claims = await self._take_together(self._together, claims)
        for index, claim in enumerate(claims):
            now = self._now()
            if self._stopping or now >= claim.lease_until:
                # Somebody else may hold it by now; the token would be refused anyway.
                await self._give_back(claims[index:], now)
                break
            await self._fire(claim, now)
        return count

    async def _take_together(self, together: TimersHandler, claims: Sequence[Claim]) -> list[Claim]:
        """Answer the claims that are still to be handled one by one: all, where taking them together failed."""
        finished: Collection[str] = ()
        try:
            finished = await together(claims, self._now())
        except Exception:
            log.exception("timers: %s could not be handled together; one by one now", len(claims))
        return [claim for claim in claims if claim.timer_id not in finished]

    async def _fire(self, claim: Claim, now: datetime) -> None:
        try:
            await self._handler(claim, now)
        except Exception:
            if len(self._failures) >= REMEMBERED_FAILURES:
                self._failures.clear()
            failures = self._failures[claim.timer_id] = self._failures.get(claim.timer_id, 0) + 1
            delay = retry_delay(failures)
            log.exception("timers: %s failed %s times; trying again in %s seconds", claim.timer_id, failures, delay)
            await self._store.release(claim, self._now() + timedelta(seconds=delay))
        else:
            self._failures.pop(claim.timer_id, None)
            await self._store.done(claim)

    async def _give_back(self, claims: list[Claim], now: datetime) -> None:
        for claim in claims:
            await self._store.release(claim, now)

    async def _seconds_to_sleep(self) -> float:
        due = await self._store.next_due()
        if due is None:
            return self._longest_sleep
        return min(self._longest_sleep, max(SHORTEST_SLEEP, (due - self._now()).total_seconds()))

    async def _wait_for_poke(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._poked.wait()
