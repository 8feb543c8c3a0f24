"""The sender's clock, in whatever words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.dates import read_date


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 4 May 2026 10:12:00 +0300",
        "4 May 26 07:12 GMT",
        "Mon, 4 May 2026 10:12:00 +0300 (EEST)",
        "Mon, 4 May 2026 10(hours):12:00 +0300",
        "2026-05-04T10:12:00+03:00",
        "May 4, 2026 10:12:00 AM EEST",
        "Mon,  4 May 2026 00:12:00 -0700",
    ],
)
def test_the_moment_is_read(written: str) -> None:
    assert read_date(written.encode()) == datetime(2026, 5, 4, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "yesterday", "32 Foo 2026", "Mon, 99 May 2026 10:12:00 +0300", "0", "::"])
def test_what_is_no_date_is_none(written: str) -> None:
    assert read_date(written.encode()) is None


@given(
    st.one_of(st.binary(max_size=80), st.text(alphabet="0123456789: +-JanMayPMGTC,./()", max_size=40).map(str.encode))
)
def test_any_bytes_are_a_moment_in_utc_or_none(value: bytes) -> None:
    moment = read_date(value)
    assert moment is None or moment.tzinfo is UTC
