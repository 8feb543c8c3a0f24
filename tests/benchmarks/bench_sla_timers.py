"""The timer's idle cost and its wake-up with 1,000,000 open cases on PostgreSQL, against 10,000 in the same tables.

Idle is one look at what is due next, and one claim that finds nothing. A wake-up is one timer that has come due: the
look, the claim, and giving it back as done. The figure is what nine of ten runs take at least, since other processes of
the machine only ever add to it; the handler does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from app.database import connection
from app.service_levels.models import CaseClock
from app.service_levels.timer_store import ClockTimers
from tests.benchmarks.promise_seed import OPENED, desk_with_one_case, multiply
from tests.support.postgres import Postgres

FEW, MANY = 10_000, 1_000_000
ROUNDS = 400
LEASE = timedelta(seconds=60)
NOW = OPENED + timedelta(minutes=5)


async def milliseconds(work: Callable[[], Awaitable[None]], rounds: int = ROUNDS) -> float:
    """What nine of ten runs take at least; the first ones only warm."""
    times = []
    for number in range(rounds + 20):
        begun = time.perf_counter()
        await work()
        if number >= 20:
            times.append(time.perf_counter() - begun)
    return 1000 * sorted(times)[rounds // 10]


async def measure() -> dict[str, float]:
    store = ClockTimers()

    async def look() -> None:
        await store.next_due()

    async def idle() -> None:
        await store.next_due()
        assert await store.claim(NOW, 200, LEASE) == []

    picked = await CaseClock.filter(kind="first_response").order_by("-id").first()
    assert picked is not None

    async def set_due() -> None:
        await CaseClock.filter(id=picked.id).update(claim_at=NOW, wake_at=NOW)

    async def wake() -> None:
        await set_due()
        await store.next_due()
        (claim,) = await store.claim(NOW, 200, LEASE)
        await store.done(claim)

    only_set = await milliseconds(set_due)
    await CaseClock.filter(id=picked.id).update(claim_at=None, wake_at=None)
    return {
        "look": await milliseconds(look),
        "idle": await milliseconds(idle),
        "wake-up": await milliseconds(wake) - only_set,
    }


async def run() -> dict[str, Any]:
    """Measure with few, add the others, measure again."""
    postgres = Postgres()
    try:
        async with desk_with_one_case(postgres) as (_, case_id):
            await multiply(case_id, case_id + 1, FEW, entries=False, spread=True)
            await connection().execute_script("VACUUM ANALYZE case_clock")
            few = await measure()
            begun = time.perf_counter()
            await multiply(case_id, FEW + 1, MANY, entries=False, spread=True)
            await connection().execute_script("VACUUM ANALYZE case_clock")
            seeded = time.perf_counter() - begun
            many = await measure()
    finally:
        postgres.stop()
    return {
        "open cases": MANY,
        "seconds to make them": seeded,
        **{f"milliseconds with 10,000, {name}": value for name, value in few.items()},
        **{f"milliseconds with 1,000,000, {name}": value for name, value in many.items()},
        **{f"1,000,000 to 10,000, {name} ratio": many[name] / few[name] for name in few},
    }
