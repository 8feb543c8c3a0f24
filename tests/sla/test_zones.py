"""The stretches of one offset are found to the second, also where two changes lie close together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sla.errors import CalendarError
from sla.zones import BLOCK, SECOND, microseconds, moment_at, stretches, zone_named
from tests.sla.desk import at


@pytest.mark.parametrize(
    ("zone", "change", "before", "after"),
    [
        ("Europe/Helsinki", "2026-03-29T01:00:00+00:00", 2.0, 3.0),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00+00:00", 11.0, 10.5),
        ("Pacific/Apia", "2011-12-30T10:00:00+00:00", -10.0, 14.0),
        ("America/St_Johns", "2007-03-11T03:31:00+00:00", -3.5, -2.5),
    ],
)
def test_a_change_is_found_to_the_second(zone: str, change: str, before: float, after: float) -> None:
    moment = microseconds(at(change))
    parts = stretches(zone, moment // BLOCK)
    index = next(i for i, part in enumerate(parts) if part.start == moment)
    assert parts[index - 1].end == moment
    assert (parts[index - 1].offset, parts[index].offset) == (before * 3600 * SECOND, after * 3600 * SECOND)


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "Europe/Dublin", "America/Havana", "Asia/Tehran"])
def test_stretches_cover_their_block_and_say_what_zoneinfo_says(zone: str) -> None:
    first = microseconds(datetime(2018, 1, 1, tzinfo=UTC)) // BLOCK
    for number in range(first, first + 39):
        parts = stretches(zone, number)
        assert parts[0].start == number * BLOCK
        assert parts[-1].end == (number + 1) * BLOCK
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            assert following is None or (following.start == part.end and following.offset != part.offset)
            for moment in (part.start, (part.start + part.end) // 2, part.end - SECOND):
                offset = moment_at(moment).astimezone(zone_named(zone)).utcoffset()
                assert offset == timedelta(microseconds=part.offset)


def test_moments_become_microseconds_and_back() -> None:
    moment = at("1969-12-31T23:59:59.999999+00:00")
    assert microseconds(moment) == -1
    assert moment_at(-1) == moment


def test_outside_of_the_calendar_of_datetime_there_is_an_error_and_no_crash() -> None:
    for moment in ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"):
        with pytest.raises(CalendarError) as caught:
            stretches("Europe/Helsinki", microseconds(at(moment)) // BLOCK)
        assert caught.value.code == "too_far"
