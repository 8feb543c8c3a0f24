"""Reads what a calendar file of a message asks or tells (RFC 5545, RFC 5546): what, when, where, who."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from .charsets import decode, tidy
from .message import Attachment, Guest, Invitation

if TYPE_CHECKING:
    from icalendar import Component

log = logging.getLogger("casefeed.mail.invitations")

LARGEST = 512 * 1024  # bytes; an invitation is some kilobytes, a whole exported calendar is a file like others
AT_MOST = 10  # events of one message that are shown
GUESTS = 100  # of one event
_TYPES = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
_METHODS = frozenset({"request", "cancel", "reply", "publish", "counter", "declinecounter", "add", "refresh"})


def invitations(files: Iterable[Attachment]) -> tuple[Invitation, ...]:
    """Every event in the calendar files, each once. What cannot be read stays a file and nothing more."""
    found: dict[tuple[str, str, str], Invitation] = {}
    for file in files:
        if not is_calendar(file) or len(file.content) > LARGEST or b"BEGIN:VEVENT" not in file.content.upper():
            continue
        try:
            for invitation in _read(file.content):
                # Programs send one event twice: as a part of the text, and as a file.
                found.setdefault((invitation.uid, invitation.method, str(invitation.start)), invitation)
                if len(found) >= AT_MOST:
                    return tuple(found.values())
        except Exception as error:  # a library reads what strangers write: its failure costs the card, not the mail
            log.info("calendar file not read: %s", type(error).__name__)
    return tuple(found.values())


def is_calendar(file: Attachment) -> bool:
    return file.content_type in _TYPES or file.filename.lower().endswith((".ics", ".vcs"))


def _read(content: bytes) -> Iterator[Invitation]:
    from icalendar import Calendar  # only mail with a calendar file pays for loading it

    text = decode(content, "utf-8")[0].lstrip("\ufeff")
    for calendar in Calendar.from_ical(text, multiple=True):
        method = _words(calendar.get("METHOD")).lower()
        for event in calendar.walk("VEVENT"):
            yield _invitation(event, method if method in _METHODS else "publish")


def _invitation(event: Component, method: str) -> Invitation:
    start, all_day, floating = _moment(event.get("DTSTART"))
    end, _, _ = _moment(event.get("DTEND"))
    if end is None and start is not None and (span := getattr(event.get("DURATION"), "dt", None)) is not None:
        end = start + span if isinstance(span, timedelta) else None
    if end is None and all_day and start is not None:
        end = start + timedelta(days=1)
    attendees = event.get("ATTENDEE") or []
    guests = [_guest(one) for one in (attendees if isinstance(attendees, list) else [attendees])[:GUESTS]]
    organizer = event.get("ORGANIZER")
    status = _words(event.get("STATUS")).lower()
    return Invitation(
        method="cancel" if status == "cancelled" and method in ("publish", "request") else method,
        uid=_words(event.get("UID"))[:255],
        summary=_words(event.get("SUMMARY"))[:500],
        start=start,
        end=end,
        all_day=all_day,
        floating=floating,
        location=_words(event.get("LOCATION"))[:500],
        organizer=_guest(organizer) if organizer else None,
        guests=tuple(guests),
        repeats=event.get("RRULE") is not None or event.get("RDATE") is not None,
    )


def _moment(value: Any) -> tuple[datetime | None, bool, bool]:
    """In UTC; whether it is a whole day; whether it names no zone (then it is meant for wherever one is)."""
    moment = getattr(value, "dt", None)
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC), False, True
        return moment.astimezone(UTC), False, False
    if isinstance(moment, date):
        return datetime.combine(moment, time(), tzinfo=UTC), True, True
    return None, False, False


def _guest(value: Any) -> Guest:
    parameters = getattr(value, "params", {})
    address = _words(value)
    if address[:7].lower() == "mailto:":
        address = address[7:]
    return Guest(
        email=address[:320],
        name=_words(parameters.get("CN"))[:200],
        answer=_words(parameters.get("PARTSTAT")).lower()[:20],
    )


def _words(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return " ".join(tidy(str(value)).split()) if value is not None else ""
