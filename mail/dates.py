"""Reads the Date field: RFC 5322, its obsolete forms, and what programs write that never read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from .headers import unfold


def read_date(value: bytes) -> datetime | None:
    """The moment in UTC that a Date header names, or None; two-digit years and named zones as RFC 5322 4.3 says."""
    words = _without_comments(unfold(value)[:200].decode("ascii", "ignore"))
    parsed = None
    for candidate in (words, words.replace(".", ":"), ":".join(piece.strip() for piece in words.split(":"))):
        try:
            parsed = parsedate_tz(candidate)
        except (ValueError, IndexError, TypeError, AttributeError, OverflowError):
            parsed = None
        if parsed is not None:
            break
    if parsed is None or parsed[0] < 1900 or any(half in words.upper().split() for half in ("AM", "PM")):
        return _iso_date(words) or _loose_date(words)
    try:
        year, month, day, hour, minute, second = parsed[:6]
        zone = timezone(timedelta(seconds=parsed[9] or 0))
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _without_comments(words: str) -> str:
    output, depth = [], 0
    for char in words:
        depth += char == "("
        if not depth:
            output.append(char)
        depth -= char == ")" and depth > 0
    return "".join(output)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


_ZONES = {  # hours east of Greenwich (RFC 5322 4.3, and what European and Asian programs write)
    "utc": 0, "gmt": 0, "ut": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "jst": 9, "bst": 1,
}  # fmt: skip


def _loose_date(words: str) -> datetime | None:
    """A date with a named month in any order, such as "January 6, 2009 4:44:14 PM CST"."""
    month = day = year = None
    hour = minute = second = 0
    zone = timedelta()
    for word in words.replace(",", " ").lower().split():
        if word[:3] in _MONTHS and word.strip(".").isalpha():
            month = _MONTHS.index(word[:3]) + 1
        elif ":" in word and all(number.isdigit() and len(number) < 3 for number in word.split(":")):
            hour, minute, second = (*(int(number) for number in word.split(":")[:3]), 0)[:3]
        elif word in ("am", "pm"):
            hour = hour % 12 + (12 if word == "pm" else 0)
        elif word.isdigit() and len(word) == 4:
            year = int(word)
        elif word.isdigit() and len(word) <= 2 and day is None:
            day = int(word)
        elif word[:1] in "+-" and word[1:].isdigit() and len(word) == 5:
            zone = timedelta(hours=int(word[1:3]), minutes=int(word[3:5])) * (-1 if word[0] == "-" else 1)
        elif word in _ZONES:
            zone = timedelta(hours=_ZONES[word])
    if month is None or day is None or year is None:
        return None
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=timezone(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _iso_date(words: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(words.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
