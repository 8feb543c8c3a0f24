"""Calendars are read from JSON with errors that name the field, and written back unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from sla import Calendar, CalendarError, calendar_from_json, calendar_to_json
from tests.sla.desk import DAYS
from tests.sla.test_calendar import calendars

OFFICE = {day: [["09:00", "17:00"]] for day in DAYS[:5]}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"tz": "Mars/Olympus"}, "unknown_zone", "tz"),
        ({"tz": "../etc/passwd"}, "unknown_zone", "tz"),
        ({"tz": "Europe"}, "unknown_zone", "tz"),
        ({"tz": None}, "missing_zone", "tz"),
        ({"hours": {"monday": []}}, "unknown_weekday", "hours.monday"),
        ({"hours": []}, "", ""),
        ({"hours": [1]}, "wrong_type", "hours"),
        ({"hours": {"mon": "09:00-17:00"}}, "wrong_type", "hours.mon"),
        ({"hours": {"mon": [["09:00"]]}}, "bad_period", "hours.mon[0]"),
        ({"hours": {"mon": [["09:00", "25:00"]]}}, "bad_time", "hours.mon[0][1]"),
        ({"hours": {"mon": [["09:60", "17:00"]]}}, "bad_time", "hours.mon[0][0]"),
        ({"hours": {"mon": [[9, 17]]}}, "bad_time", "hours.mon[0][0]"),
        ({"holidays": ["24.12.2026"]}, "bad_date", "holidays[0]"),
        ({"holidays": [{"date": "2026-02-30"}]}, "bad_date", "holidays[0].date"),
        ({"shifts": {"tomorrow": []}}, "bad_date", "shifts.tomorrow"),
        ({"breaks": {"2026-12-24": [["12:00", "x"]]}}, "bad_time", "breaks.2026-12-24[0][1]"),
        ({"open": True}, "unknown_field", "open"),
    ],
)
def test_a_wrong_definition_is_refused_by_field(change: dict[str, Any], code: str, field: str) -> None:
    definition = {"tz": "Europe/Helsinki", "hours": OFFICE, **change}
    if not code:
        assert calendar_from_json(definition).never_opens
        return
    with pytest.raises(CalendarError) as caught:
        calendar_from_json(definition)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.message.endswith(".")


@given(calendars)
def test_the_definition_survives_json(desk: Calendar) -> None:
    assert calendar_from_json(calendar_to_json(desk)) == desk


def test_holiday_names_survive_json() -> None:
    definition = {
        "tz": "Europe/Helsinki",
        "hours": OFFICE,
        "holidays": [{"date": "2026-12-06", "name": "Independence"}],
        "shifts": {},
        "breaks": {},
    }
    assert calendar_to_json(calendar_from_json(definition)) == definition
