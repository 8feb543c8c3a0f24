"""Decides which messages meet the criteria of an IMAP SEARCH (RFC 3501, section 6.4.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.post_office.imap_wire import Value
from app.post_office.store import StoredMail

_FLAGS = {
    "SEEN": "\\Seen",
    "ANSWERED": "\\Answered",
    "FLAGGED": "\\Flagged",
    "DELETED": "\\Deleted",
    "DRAFT": "\\Draft",
}


class BadSearch(ValueError):
    """Criteria that this server does not know."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message with its sequence number; its content is read only when a criterion asks for it."""

    number: int
    mail: StoredMail
    read: Callable[[], bytes]


Criterion = Callable[[Candidate], bool]


def compile_search(words: Sequence[Value], *, highest_number: int, highest_uid: int) -> Criterion:
    """One criterion from the words of a SEARCH command. Raises BadSearch."""
    rest = list(words)
    if rest and isinstance(rest[0], bytes) and rest[0].upper() == b"CHARSET":
        rest = rest[2:]
    criteria: list[Criterion] = []

    def take() -> Value:
        if not rest:
            raise BadSearch("a criterion is incomplete")
        return rest.pop(0)

    def text() -> str:
        value = take()
        return value.decode("utf-8", "replace").lower() if isinstance(value, bytes) else ""

    def one() -> Criterion:
        value = take()
        if isinstance(value, list):
            return compile_search(value, highest_number=highest_number, highest_uid=highest_uid)
        word = (value or b"").decode("ascii", "replace").upper()
        if word == "NOT":
            inner = one()
            return lambda candidate: not inner(candidate)
        if word == "OR":
            left, right = one(), one()
            return lambda candidate: left(candidate) or right(candidate)
        if word == "UID":
            uids = number_set(text(), highest_uid)
            return lambda candidate: uids(candidate.mail.uid)
        if word[:1].isdigit() or word[:1] == "*":
            numbers = number_set(word, highest_number)
            return lambda candidate: numbers(candidate.number)
        return _simple(word, text)

    while rest:
        criteria.append(one())
    return lambda candidate: all(criterion(candidate) for criterion in criteria)


def number_set(text: str, highest: int) -> Callable[[int], bool]:
    """A sequence set such as "1:3,7,9:*" as a test; `*` is the highest number there is."""
    ranges = []
    for piece in text.split(","):
        first, colon, last = piece.partition(":")
        ends = [
            highest if end == "*" else int(end) if end.isdigit() else -1 for end in (first, last if colon else first)
        ]
        if min(ends) < 0:
            raise BadSearch(f"{piece!r} is no set of numbers")
        ranges.append((min(ends), max(ends)))
    return lambda number: any(low <= number <= high for low, high in ranges)


def _simple(word: str, text: Callable[[], str]) -> Criterion:
    if word in ("ALL", "OLD"):
        return lambda candidate: True
    if word in ("NEW", "RECENT"):
        return lambda candidate: False
    if word in _FLAGS:
        flag = _FLAGS[word]
        return lambda candidate: flag in candidate.mail.flags
    if word.startswith("UN") and word[2:] in _FLAGS:
        missing = _FLAGS[word[2:]]
        return lambda candidate: missing not in candidate.mail.flags
    if word in ("KEYWORD", "UNKEYWORD"):
        keyword, wanted = text(), word == "KEYWORD"
        return lambda candidate: (keyword in {flag.lower() for flag in candidate.mail.flags}) == wanted
    if word in ("LARGER", "SMALLER"):
        size, larger = int(text() or 0), word == "LARGER"
        return lambda candidate: candidate.mail.size > size if larger else candidate.mail.size < size
    if word in ("SINCE", "BEFORE", "ON", "SENTSINCE", "SENTBEFORE", "SENTON"):
        return _dated(word.removeprefix("SENT"), _day(text()))
    if word in ("SUBJECT", "FROM", "TO", "CC", "BCC"):
        return _header_contains(word.lower(), text())
    if word == "HEADER":
        return _header_contains(text(), text())
    if word in ("TEXT", "BODY"):
        wanted_text = text().encode()
        return lambda candidate: wanted_text in candidate.read().lower()
    raise BadSearch(f"{word} is not known here")


def _dated(word: str, day: date) -> Criterion:
    def met(candidate: Candidate) -> bool:
        received = candidate.mail.received_at.astimezone(UTC).date()
        return received >= day if word == "SINCE" else received < day if word == "BEFORE" else received == day

    return met


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise BadSearch(f"{text!r} is no date") from error


def _header_contains(name: str, wanted: str) -> Criterion:
    def met(candidate: Candidate) -> bool:
        head = candidate.read().partition(b"\r\n\r\n")[0].decode("utf-8", "replace").lower()
        lines = head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")
        return any(line.startswith(f"{name}:") and wanted in line for line in lines)

    return met
