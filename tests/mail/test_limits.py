"""Token buckets: how much goes at once, how evenly they fill, and what odd clocks do to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mail.limits import Bucket, Limit, filled, full, next_at, take

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TWELVE = Limit(12)


def taken(bucket: Bucket, limit: Limit, now: datetime) -> Bucket:
    left = take(bucket, limit, now)
    assert left is not None
    return left


def test_a_burst_then_one_at_a_time() -> None:
    bucket = full(TWELVE, NOON)
    for _ in range(12):
        bucket = taken(bucket, TWELVE, NOON)
    assert take(bucket, TWELVE, NOON) is None
    assert next_at(bucket, TWELVE, NOON) == NOON + timedelta(minutes=5)
    assert take(bucket, TWELVE, NOON + timedelta(minutes=4, seconds=59)) is None
    assert taken(bucket, TWELVE, NOON + timedelta(minutes=5)).tokens < 1e-6
    assert filled(bucket, TWELVE, NOON + timedelta(days=2)).tokens == 12, "it never holds more than its size"


def test_a_clock_set_back_neither_gives_nor_takes() -> None:
    bucket = taken(full(TWELVE, NOON), TWELVE, NOON)
    back = filled(bucket, TWELVE, NOON - timedelta(hours=3))
    assert (back.tokens, back.filled_at) == (11, NOON)


@given(st.integers(1, 50), st.lists(st.integers(0, 7_200), max_size=150))
def test_never_more_than_the_burst_and_what_flowed_in(burst: int, waits: list[int]) -> None:
    limit, now, went = Limit(burst), NOON, 0
    bucket = full(limit, now)
    for seconds in waits:
        now += timedelta(seconds=seconds)
        left = take(bucket, limit, now)
        if left is not None:
            went, bucket = went + 1, left
    passed = (now - NOON) / limit.span
    assert went <= burst + passed * burst + 1e-6
