"""The offsets of a time zone over absolute time, found once and kept: zoneinfo answers only moment by moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla.errors import CalendarError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000  # microseconds: the engine counts in whole microseconds, so that sums are exact
DAY = 86_400 * SECOND
# Four weeks: long enough that an ordinary target touches one or two blocks, short enough to compile in microseconds.
BLOCK = 28 * DAY
# Blocks whose every probe is still a datetime in every zone: the first and last days of the type are left out.
FIRST_BLOCK = ((datetime(1, 1, 3, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)) // BLOCK + 1
LAST_BLOCK = ((datetime(9999, 12, 29, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)) // BLOCK - 1


class Stretch(NamedTuple):
    """Absolute time [start, end) with one offset; local = absolute + offset; all in microseconds."""

    start: int
    end: int
    offset: int


def microseconds(moment: datetime) -> int:
    """Return `moment` as microseconds since 1970; a moment without a zone is refused (CalendarError `naive_moment`)."""
    try:
        distance = moment - EPOCH
    except TypeError:
        raise CalendarError("naive_moment", f"{moment} has no time zone; hand in an aware datetime.") from None
    return (distance.days * 86_400 + distance.seconds) * SECOND + distance.microseconds


def moment_at(value: int) -> datetime:
    """Return the aware UTC moment `value` microseconds after 1970."""
    return EPOCH + timedelta(microseconds=value)


@lru_cache(maxsize=1024)
def zone_named(key: str) -> ZoneInfo:
    """Return the zone with this IANA name, or raise CalendarError `unknown_zone`."""
    try:
        return ZoneInfo(key)
    except (KeyError, OSError, ValueError):  # not in the database; a folder of it; a path outside of it
        message = f"there is no time zone {key!r}; use an IANA name like Europe/Helsinki."
        raise CalendarError("unknown_zone", message, field="tz") from None


def _offset(zone: ZoneInfo, moment: int) -> int:
    distance = moment_at(moment).astimezone(zone).utcoffset()
    return 0 if distance is None else (distance.days * 86_400 + distance.seconds) * SECOND + distance.microseconds


def _change(zone: ZoneInfo, low: int, high: int, before: int) -> int:
    """Return the first whole second in (low, high] whose offset is no longer `before`."""
    while high - low > SECOND:
        middle = low + (high - low) // 2 // SECOND * SECOND
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=8192)
def stretches(key: str, block: int) -> tuple[Stretch, ...]:
    """Return the stretches of one offset that make up block number `block` of zone `key`.

    Looks once a day: no zone has ever changed its offset and changed it back within one day.
    """
    if not FIRST_BLOCK <= block <= LAST_BLOCK:
        raise CalendarError("too_far", "the moment lies outside the years 1 to 9999; check the amount of time.")
    zone = zone_named(key)
    begin, end = block * BLOCK, (block + 1) * BLOCK
    found: list[Stretch] = []
    start, offset = begin, _offset(zone, begin)
    for probe in range(begin + DAY, end + 1, DAY):
        later = _offset(zone, probe)
        if later != offset:
            change = _change(zone, probe - DAY, probe, offset)
            if change > start:
                found.append(Stretch(start, change, offset))
            start, offset = change, later
    if start < end:
        found.append(Stretch(start, end, offset))
    return tuple(found)
