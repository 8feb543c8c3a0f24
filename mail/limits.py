"""Token buckets: so much at once, so much refilled in a span of time. Pure: the caller keeps the bucket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` at once, and `burst` more in every `span`, evenly."""

    burst: int
    span: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was left at `filled_at`."""

    tokens: float
    filled_at: datetime


def full(limit: Limit, now: datetime) -> Bucket:
    return Bucket(float(limit.burst), now)


def filled(bucket: Bucket, limit: Limit, now: datetime) -> Bucket:
    """The bucket as it stands now. A clock that was set back refills nothing, and takes nothing away."""
    passed = max(now - bucket.filled_at, timedelta())
    tokens = min(bucket.tokens + passed / limit.span * limit.burst, float(limit.burst))
    return Bucket(max(tokens, 0.0), max(now, bucket.filled_at))


def take(bucket: Bucket, limit: Limit, now: datetime, *, count: int = 1) -> Bucket | None:
    """The bucket after `count` were taken; None where it does not hold so many."""
    ready = filled(bucket, limit, now)
    # Sixty sixtieths of a token are one, whatever the last bit of a float says.
    if ready.tokens + 1e-9 < count:
        return None
    return Bucket(max(ready.tokens - count, 0.0), ready.filled_at)


def next_at(bucket: Bucket, limit: Limit, now: datetime) -> datetime:
    """When the next one may be taken: now, or once the bucket holds a whole token."""
    ready = filled(bucket, limit, now)
    missing = max(1.0 - ready.tokens, 0.0)
    return ready.filled_at + limit.span * (missing / limit.burst)
