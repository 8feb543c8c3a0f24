"""Calendar files say what, when, where and who; what is broken stays a file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mail.message import Guest, Invitation
from mail.parsing import parse

EVENT = """BEGIN:VCALENDAR
PRODID:-//Harbour//Planner//EN
VERSION:2.0
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Harbour Time
BEGIN:STANDARD
DTSTART:19701025T040000
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:oven-7@northwind.example
SEQUENCE:0
SUMMARY:Oven inspection\\, second floor
LOCATION:Harbour Street 5\\; yard
DTSTART;TZID=Harbour Time:20260504T101500
DTEND;TZID=Harbour Time:20260504T111500
ORGANIZER;CN="Virtanen, Aino":mailto:aino@northwind.example
ATTENDEE;CN=Maria;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT:MAILTO:maria@desk.exam
 ple
ATTENDEE;PARTSTAT=ACCEPTED:mailto:pavel@northwind.example
END:VEVENT
END:VCALENDAR
"""


def read(calendar: str, *, kind: str = "text/calendar; method=REQUEST; charset=utf-8") -> tuple[Invitation, ...]:
    head = f"From: Aino <aino@northwind.example>\r\nSubject: Oven\r\nContent-Type: {kind}\r\n\r\n"
    return parse(head.encode() + calendar.replace("\n", "\r\n").encode()).invitations


def test_an_invitation_is_understood() -> None:
    assert read(EVENT) == (
        Invitation(
            method="request",
            uid="oven-7@northwind.example",
            summary="Oven inspection, second floor",
            start=datetime(2026, 5, 4, 7, 15, tzinfo=UTC),
            end=datetime(2026, 5, 4, 8, 15, tzinfo=UTC),
            location="Harbour Street 5; yard",
            organizer=Guest("aino@northwind.example", "Virtanen, Aino"),
            guests=(
                Guest("maria@desk.example", "Maria", "needs-action"),
                Guest("pavel@northwind.example", "", "accepted"),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("METHOD:REQUEST", "METHOD:CANCEL", {"method": "cancel"}),
        ("SEQUENCE:0", "STATUS:CANCELLED", {"method": "cancel"}),
        ("METHOD:REQUEST", "METHOD:REPLY", {"method": "reply"}),
        ("METHOD:REQUEST\n", "", {"method": "publish"}),
        ("SEQUENCE:0", "RRULE:FREQ=WEEKLY", {"repeats": True}),
        ("DTEND;TZID=Harbour Time:20260504T111500", "DURATION:PT30M", {"end": datetime(2026, 5, 4, 7, 45, tzinfo=UTC)}),
        (
            "DTSTART;TZID=Harbour Time:20260504T101500\nDTEND;TZID=Harbour Time:20260504T111500",
            "DTSTART;VALUE=DATE:20260504",
            {"all_day": True, "start": datetime(2026, 5, 4, tzinfo=UTC), "end": datetime(2026, 5, 5, tzinfo=UTC)},
        ),
        (
            "DTSTART;TZID=Harbour Time:",
            "DTSTART:",
            {"floating": True, "start": datetime(2026, 5, 4, 10, 15, tzinfo=UTC)},
        ),
        ("SUMMARY:Oven", "SUMMARY:\x07Oven", {"summary": "Oven inspection, second floor"}),
        ("LOCATION:", "X-LOCATION:", {"location": ""}),
    ],
)
def test_variants(old: str, new: str, expected: dict[str, object]) -> None:
    assert old in EVENT
    (found,) = read(EVENT.replace(old, new))
    assert {name: getattr(found, name) for name in expected} == expected


def test_windows_names_of_zones_are_known() -> None:
    calendar = EVENT.replace("Harbour Time", "FLE Standard Time")
    begin, end = calendar.index("BEGIN:VTIMEZONE"), calendar.index("END:VTIMEZONE\n") + len("END:VTIMEZONE\n")
    (found,) = read(calendar[:begin] + calendar[end:])
    assert found.start == datetime(2026, 5, 4, 7, 15, tzinfo=UTC)


def test_the_same_event_twice_is_one_and_the_file_stays() -> None:
    part = "--B\nContent-Type: text/calendar; method=REQUEST\n\n" + EVENT
    file = '--B\nContent-Type: application/ics; name="invite.ics"\nContent-Disposition: attachment\n\n' + EVENT
    message = parse(f"From: a@b.example\nContent-Type: multipart/mixed; boundary=B\n\n{part}{file}--B--\n".encode())
    assert len(message.invitations) == 1
    assert len(message.attachments) == 2


@pytest.mark.parametrize(
    "calendar",
    ["BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "BEGIN:VEVENT", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:yesterday\nEND:VEVENT"],
)
def test_a_broken_calendar_is_a_file(calendar: str) -> None:
    assert read(calendar) == ()
