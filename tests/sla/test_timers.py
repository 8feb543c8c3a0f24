"""Timers fire once, in order, at their moment; also late, with two workers, and after errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from sla import Claim, MemoryTimerStore, Timers
from sla.timers import FIRST_RETRY, LEASE, LONGEST_RETRY, LONGEST_SLEEP, SHORTEST_SLEEP, retry_delay
from tests.sla.desk import at

NOON = at("2026-03-26T12:00+02:00")


class Desk:
    """A store, a clock that moves only when told, and a record of what fired when."""

    def __init__(self) -> None:
        self.store = MemoryTimerStore()
        self.time = NOON
        self.fired: list[tuple[str, datetime]] = []
        self.slept: list[float] = []
        self.during: Callable[[Claim], None] = lambda claim: None

    def now(self) -> datetime:
        return self.time

    async def handle(self, claim: Claim, now: datetime) -> None:
        self.during(claim)
        self.fired.append((claim.timer_id, now))

    def worker(self, **options: int) -> Timers:
        return Timers(self.store, self.handle, now=self.now, **options)  # type: ignore[arg-type]

    async def run(self, naps: int, *, batch: int = 50) -> None:
        """Run one worker whose sleep moves the clock, for so many naps."""

        async def wait(seconds: float) -> None:
            self.slept.append(seconds)
            self.time += timedelta(seconds=seconds)
            if len(self.slept) >= naps:
                timers.stop()

        timers = Timers(self.store, self.handle, now=self.now, wait=wait, batch=batch)
        await asyncio.wait_for(timers.run(), 10)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.fired]


async def test_sleeps_until_the_next_due_moment_and_no_longer() -> None:
    desk = Desk()
    desk.store.schedule("case 1", NOON + timedelta(seconds=7))
    desk.store.schedule("case 2", NOON + timedelta(seconds=20))
    await desk.run(naps=3)
    assert desk.slept == [7, 13, LONGEST_SLEEP]
    assert desk.fired == [("case 1", NOON + timedelta(seconds=7)), ("case 2", NOON + timedelta(seconds=20))]


async def test_looks_again_though_nothing_is_due_for_long() -> None:
    desk = Desk()
    desk.store.schedule("case 1", NOON + timedelta(days=3))
    await desk.run(naps=2)
    assert desk.slept == [LONGEST_SLEEP, LONGEST_SLEEP]


async def test_after_a_day_switched_off_everything_fires_once_and_in_order() -> None:
    desk = Desk()
    for number in (3, 1, 4, 2, 5):
        desk.store.schedule(f"case {number}", NOON - timedelta(hours=24 - number))
    await desk.run(naps=1, batch=2)
    assert desk.names == [f"case {number}" for number in range(1, 6)]
    assert {moment for _, moment in desk.fired} == {NOON}


async def test_two_workers_share_and_nothing_fires_twice() -> None:
    desk = Desk()
    for number in range(100):
        desk.store.schedule(f"case {number}", NOON - timedelta(seconds=number))
    one, two = desk.worker(batch=7), desk.worker(batch=5)
    while sum(await asyncio.gather(one.fire_due(), two.fire_due())):
        pass
    assert sorted(desk.names) == sorted(f"case {number}" for number in range(100))


async def test_a_worker_that_died_is_replaced_when_its_lease_ends() -> None:
    desk = Desk()
    desk.store.schedule("case 1", NOON)
    await desk.store.claim(NOON, 10, LEASE)  # and is never heard of again
    await desk.run(naps=3)
    assert desk.fired == [("case 1", NOON + LEASE)]
    assert desk.slept[:2] == [LONGEST_SLEEP, LONGEST_SLEEP]


async def test_a_worker_that_was_asleep_too_long_gives_up_what_it_has_not_begun() -> None:
    desk = Desk()
    for number in range(3):
        desk.store.schedule(f"case {number}", NOON + timedelta(milliseconds=number))
    desk.time = NOON + timedelta(seconds=1)

    def fall_asleep(claim: Claim) -> None:
        desk.time += LEASE

    desk.during = fall_asleep
    await desk.worker().fire_due()
    assert desk.names == ["case 0"]
    desk.during = lambda claim: None
    await desk.worker().fire_due()
    assert desk.names == ["case 0", "case 1", "case 2"]


async def test_a_failing_step_is_tried_again_later_and_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.store.schedule("case 1", NOON)
    desk.store.schedule("case 2", NOON)
    failures = 2

    def fail(claim: Claim) -> None:
        nonlocal failures
        if claim.timer_id == "case 1" and failures:
            failures -= 1
            raise RuntimeError("the printer is on fire")

    desk.during = fail
    with caplog.at_level(logging.ERROR, logger="sla.timers"):
        await desk.run(naps=3)
    assert desk.names == ["case 2", "case 1"]
    assert desk.slept == [FIRST_RETRY, 2 * FIRST_RETRY, LONGEST_SLEEP]
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        "timers: case 1 failed 1 times",
        "timers: case 1 failed 2 times",
    ]


async def test_a_store_that_fails_is_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.store.schedule("case 1", NOON)
    claim = desk.store.claim
    failures = 3

    async def unreliable(now: datetime, limit: int, lease: timedelta) -> list[Claim]:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise ConnectionError("the database is away")
        return await claim(now, limit, lease)

    desk.store.claim = unreliable  # type: ignore[method-assign]
    with caplog.at_level(logging.CRITICAL, logger="sla.timers"):
        await desk.run(naps=4)
    assert desk.slept == [1, 2, 4, LONGEST_SLEEP]
    assert desk.names == ["case 1"]


async def test_scheduled_anew_while_it_fires_it_fires_again_then() -> None:
    desk = Desk()
    desk.store.schedule("case 1", NOON)

    def next_one(claim: Claim) -> None:
        if claim.due_at == NOON:
            desk.store.schedule("case 1", NOON + timedelta(seconds=10))

    desk.during = next_one
    await desk.run(naps=2)
    assert desk.fired == [("case 1", NOON), ("case 1", NOON + timedelta(seconds=10))]


async def test_poked_it_wakes_for_something_earlier() -> None:
    desk = Desk()
    fired = asyncio.Event()
    looked = asyncio.Event()
    next_due = desk.store.next_due

    async def watched() -> datetime | None:
        looked.set()
        return await next_due()

    desk.store.next_due = watched  # type: ignore[method-assign]
    desk.during = lambda claim: fired.set()
    timers = desk.worker()
    running = asyncio.create_task(timers.run())
    await asyncio.wait_for(looked.wait(), 5)  # it found nothing and would sleep for half a minute
    desk.store.schedule("case 1", NOON)
    timers.poke()
    await asyncio.wait_for(fired.wait(), 5)
    timers.stop()
    await asyncio.wait_for(running, 5)
    assert desk.names == ["case 1"]


async def test_stopping_gives_back_what_has_not_begun() -> None:
    desk = Desk()
    desk.store.schedule("case 1", NOON - timedelta(seconds=1))
    desk.store.schedule("case 2", NOON)
    timers = desk.worker()
    desk.during = lambda claim: timers.stop()
    await timers.run()
    assert desk.names == ["case 1"]
    assert [claim.timer_id for claim in await desk.store.claim(NOON, 10, LEASE)] == ["case 2"]


async def test_does_not_spin_when_another_worker_is_just_taking_it() -> None:
    desk = Desk()

    async def nothing(now: datetime, limit: int, lease: timedelta) -> list[Claim]:
        return []

    desk.store.schedule("case 1", NOON)
    desk.store.claim = nothing  # type: ignore[method-assign]
    await desk.run(naps=2)
    assert desk.slept == [SHORTEST_SLEEP, SHORTEST_SLEEP]


def test_retries_grow_and_stay_bounded() -> None:
    assert [retry_delay(failures) for failures in (1, 2, 3)] == [1, 2, 4]
    assert retry_delay(10_000) == LONGEST_RETRY
