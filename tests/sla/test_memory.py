"""What every timer store must do, shown on the one in memory: leases, fencing, order."""

from __future__ import annotations

from datetime import timedelta

from sla import MemoryTimerStore, TimerStore
from tests.sla.desk import at

NOON = at("2026-03-26T12:00+02:00")
LEASE = timedelta(seconds=60)


async def test_claims_what_is_due_earliest_first_up_to_the_limit() -> None:
    store = MemoryTimerStore()
    port: TimerStore = store
    for name, seconds in (("later", 1), ("second", -1), ("first", -2), ("third", 0)):
        store.schedule(name, NOON + timedelta(seconds=seconds), payload=name.upper())
    claims = await port.claim(NOON, 2, LEASE)
    assert [(claim.timer_id, claim.payload) for claim in claims] == [("first", "FIRST"), ("second", "SECOND")]
    assert [claim.timer_id for claim in await port.claim(NOON, 9, LEASE)] == ["third"]
    assert await port.next_due() == NOON + timedelta(seconds=1)


async def test_a_claim_is_exclusive_until_its_lease_ends_and_then_fenced() -> None:
    store = MemoryTimerStore()
    store.schedule("case 1", NOON)
    (first,) = await store.claim(NOON, 1, LEASE)
    assert await store.claim(NOON, 1, LEASE) == []
    assert await store.next_due() == NOON + LEASE
    (second,) = await store.claim(NOON + LEASE, 1, LEASE)
    assert second.token > first.token
    await store.done(first)
    await store.release(first, NOON)
    assert await store.claim(NOON + LEASE, 1, LEASE) == [], "the second holds it whatever the first says"
    await store.done(second)
    assert await store.next_due() is None


async def test_what_is_given_back_comes_again_at_its_retry() -> None:
    store = MemoryTimerStore()
    store.schedule("case 1", NOON)
    (claim,) = await store.claim(NOON, 1, LEASE)
    await store.release(claim, NOON + timedelta(seconds=5))
    assert await store.next_due() == NOON + timedelta(seconds=5)
    (again,) = await store.claim(NOON + timedelta(seconds=5), 1, LEASE)
    assert (again.due_at, again.token) == (NOON, claim.token + 1)


async def test_what_is_scheduled_anew_survives_the_end_of_the_old_claim() -> None:
    store = MemoryTimerStore()
    store.schedule("case 1", NOON)
    (claim,) = await store.claim(NOON, 1, LEASE)
    store.schedule("case 1", NOON + timedelta(hours=1))
    await store.done(claim)
    assert await store.next_due() == NOON + timedelta(hours=1)


async def test_what_is_cancelled_does_not_come_back() -> None:
    store = MemoryTimerStore()
    store.schedule("case 1", NOON)
    (claim,) = await store.claim(NOON, 1, LEASE)
    store.cancel("case 1")
    store.cancel("case 1")
    await store.release(claim, NOON)
    assert await store.next_due() is None
