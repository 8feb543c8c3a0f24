"""The table of clocks keeps the same promises as the store in memory (tests/sla/test_memory.py)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from app.service_levels.models import CaseClock
from app.service_levels.timer_store import ClockTimers
from sla import Claim, Kind, TimerStore
from tests.support.casework import change, open_case
from tests.support.desk import TestDesk

LEASE = timedelta(seconds=60)


async def timer(desk: TestDesk, seconds: float) -> CaseClock:
    """A clock with a timer so many seconds from now, and no other on its case."""
    case = await open_case(desk)
    await CaseClock.filter(case_id=case.id).update(wake_at=None, claim_at=None)
    clock = await CaseClock.get(case_id=case.id, kind=str(Kind.FIRST_RESPONSE))
    due = desk.clock.now + timedelta(seconds=seconds)
    await CaseClock.filter(id=clock.id).update(wake_at=due, claim_at=due)
    return clock


async def claim(desk: TestDesk, *, limit: int = 9) -> list[Claim]:
    return await ClockTimers().claim(desk.clock.now, limit, LEASE)


async def test_claims_what_is_due_earliest_first_up_to_the_limit(desk: TestDesk) -> None:
    port: TimerStore = ClockTimers()
    later, second, first, third = [await timer(desk, seconds) for seconds in (1, -1, -2, 0)]
    claims = await port.claim(desk.clock.now, 2, LEASE)
    assert [one.timer_id for one in claims] == [str(first.id), str(second.id)]
    assert [one.payload for one in claims] == [first.case_id, second.case_id]
    assert [one.timer_id for one in await claim(desk)] == [str(third.id)]
    assert await port.next_due() == desk.clock.now + timedelta(seconds=1)
    assert later.id not in {int(one.timer_id) for one in claims}


async def test_a_claim_is_exclusive_until_its_lease_ends_and_then_fenced(desk: TestDesk) -> None:
    store = ClockTimers()
    await timer(desk, 0)
    (first,) = await claim(desk)
    assert await claim(desk) == []
    assert await store.next_due() == first.lease_until == desk.clock.now + LEASE
    desk.clock.advance(seconds=60)
    (second,) = await claim(desk)
    assert second.token > first.token
    await store.done(first)
    await store.release(first, desk.clock.now)
    assert await claim(desk) == [], "the second holds it whatever the first says"
    await store.done(second)
    assert await store.next_due() is None


async def test_what_is_given_back_comes_again_at_its_retry(desk: TestDesk) -> None:
    store = ClockTimers()
    await timer(desk, 0)
    (held,) = await claim(desk)
    retry = desk.clock.now + timedelta(seconds=5)
    await store.release(held, retry)
    assert await store.next_due() == retry
    desk.clock.advance(seconds=5)
    (again,) = await claim(desk)
    assert (again.due_at, again.token) == (held.due_at, held.token + 1)


async def test_what_is_scheduled_anew_survives_the_end_of_the_old_claim(desk: TestDesk) -> None:
    store = ClockTimers()
    case = await open_case(desk)
    desk.clock.advance(hours=3, minutes=30)
    (held,) = await claim(desk)
    await change(desk, case, priority="low")
    await store.done(held)
    clock = await CaseClock.get(id=int(held.timer_id))
    assert await store.next_due() == clock.wake_at
    assert clock.wake_at == case.opened_at + timedelta(hours=7, minutes=30)


async def test_what_is_cancelled_does_not_come_back(desk: TestDesk) -> None:
    store = ClockTimers()
    case = await open_case(desk)
    desk.clock.advance(hours=3, minutes=30)
    (held,) = await claim(desk)
    await change(desk, case, status="waiting")
    await store.release(held, desk.clock.now)
    assert await store.next_due() is None


async def test_many_workers_share_what_is_due(desk: TestDesk) -> None:
    wanted = {str((await timer(desk, -seconds)).id) for seconds in range(20)}
    shares = await asyncio.gather(*(claim(desk, limit=3) for _ in range(10)))
    got = [one.timer_id for share in shares for one in share]
    rest = [one.timer_id for one in await claim(desk, limit=50)]
    assert sorted([*got, *rest]) == sorted(wanted), "nobody's twice, and none left over"


async def test_moments_with_and_without_parts_of_a_second_are_in_order(desk: TestDesk) -> None:
    """SQLite compares moments as text."""
    whole, part = await timer(desk, 0), await timer(desk, 0.25)
    assert [one.timer_id for one in await claim(desk)] == [str(whole.id)]
    desk.clock.advance(seconds=0.25)
    assert [one.timer_id for one in await claim(desk)] == [str(part.id)]
    soon: datetime | None = await ClockTimers().next_due()
    assert soon == desk.clock.now - timedelta(seconds=0.25) + LEASE
