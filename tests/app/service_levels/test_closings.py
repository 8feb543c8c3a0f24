"""What iCalendar text closes: whole days, hours, repetitions, and what cannot be read."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.service_levels.closings import Closings, FeedUnreadable, closings, taken_in

HELSINKI = ZoneInfo("Europe/Helsinki")


def calendar(*events: str) -> str:
    body = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Tests//EN\n{body}END:VCALENDAR\n".replace("\n", "\r\n")


def read(*events: str) -> Closings:
    return closings(calendar(*events), HELSINKI, date(2026, 1, 1), date(2027, 12, 31))


def test_an_all_day_event_closes_its_dates_up_to_its_end() -> None:
    found = read("UID:1\nDTSTART;VALUE=DATE:20260601\nDTEND;VALUE=DATE:20260603\nSUMMARY:Moving house")
    assert found.days == {date(2026, 6, 1): "Moving house", date(2026, 6, 2): "Moving house"}
    assert read("UID:1\nDTSTART;VALUE=DATE:20260601").days == {date(2026, 6, 1): ""}


def test_a_timed_event_closes_its_hours_in_the_zone_of_the_calendar_also_over_midnight() -> None:
    found = read("UID:1\nDTSTART:20260120T200000Z\nDTEND:20260121T020000Z\nSUMMARY:Maintenance")
    assert dict(found.hours) == {
        date(2026, 1, 20): [(22 * 3600, 24 * 3600)],
        date(2026, 1, 21): [(0, 4 * 3600)],
    }
    floating = read("UID:1\nDTSTART:20260120T100000\nDURATION:PT90M")
    assert dict(floating.hours) == {date(2026, 1, 20): [(10 * 3600, 41_400)]}


def test_a_meeting_in_another_zone_stays_at_its_hour_there_when_the_clocks_change() -> None:
    found = read(
        "UID:1\nDTSTART;TZID=America/New_York:20260302T090000\nDTEND;TZID=America/New_York:20260302T100000\n"
        "RRULE:FREQ=WEEKLY;COUNT=6"
    )
    opening = {day: windows[0][0] // 3600 for day, windows in found.hours.items()}
    assert opening == {
        date(2026, 3, 2): 16,
        date(2026, 3, 9): 15,  # New York has set its clocks, Helsinki has not
        date(2026, 3, 16): 15,
        date(2026, 3, 23): 15,
        date(2026, 3, 30): 16,
        date(2026, 4, 6): 16,
    }


def test_repetitions_left_out_moved_and_cancelled() -> None:
    meeting = "UID:2\nDTSTART;VALUE=DATE:20260105\nRRULE:FREQ=WEEKLY;UNTIL=20260201\nEXDATE;VALUE=DATE:20260112"
    moved = "UID:2\nRECURRENCE-ID;VALUE=DATE:20260119\nDTSTART;VALUE=DATE:20260120\nSUMMARY:Later"
    cancelled = "UID:3\nDTSTART;VALUE=DATE:20260301\nSTATUS:CANCELLED"
    assert sorted(read(meeting, moved, cancelled).days) == [
        date(2026, 1, 5),
        date(2026, 1, 20),
        date(2026, 1, 26),
    ]
    yearly = read("UID:4\nDTSTART;VALUE=DATE:19990623\nRRULE:FREQ=YEARLY\nSUMMARY:Midsummer")
    assert sorted(yearly.days) == [date(2026, 6, 23), date(2027, 6, 23)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "not an iCalendar file"),
        ("<html>Sign in</html>", "not an iCalendar file"),
        ("BEGIN:VEVENT\r\nEND:VEVENT\r\n", "no VCALENDAR"),
        (calendar("UID:1\nSUMMARY:Lost"), "no beginning"),
        (calendar("UID:1\nDTSTART:20260120T100000Z\nRRULE:FREQ=SECONDLY"), "more often than daily"),
        (calendar("UID:1\nDTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20990101"), "at once"),
        (calendar("UID:1\nDTSTART;VALUE=DATE:20260102\nDTEND;VALUE=DATE:20260101"), "lasts"),
        (calendar("UID:1\nDTSTART;VALUE=DATE:20260102\nDTEND:20260103T100000Z"), "ends with a time"),
        (calendar(*["UID:1\nDTSTART;VALUE=DATE:20260102"] * 5_001), "more than 5000 events"),
        ("x" * (2 * 1024 * 1024 + 1), "larger than"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, words: str) -> None:
    with pytest.raises(FeedUnreadable, match=words):
        closings(text, HELSINKI, date(2026, 1, 1), date(2027, 12, 31))


def test_own_hours_on_a_date_win_over_a_holiday_from_elsewhere() -> None:
    definition: dict[str, Any] = {
        "tz": "Europe/Helsinki",
        "holidays": ["2026-12-24"],
        "shifts": {"2026-12-06": [["10:00", "14:00"]]},
        "breaks": {"2026-01-20": [["12:00", "12:30"]]},
    }
    country = {date(2026, 12, 6): "Independence Day", date(2026, 12, 24): "Christmas Eve"}
    whole = taken_in(definition, [country], [{date(2026, 1, 20): [(22 * 3600, 86_400)]}])
    assert whole["holidays"] == [{"date": "2026-12-24", "name": "Christmas Eve"}]
    assert whole["breaks"] == {"2026-01-20": [["12:00", "12:30"], ["22:00", "24:00"]]}
