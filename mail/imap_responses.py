"""Reads single IMAP responses into values: FETCH, SEARCH, LIST, STATUS and response codes (RFC 3501, section 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from mail.errors import ProtocolViolation
from mail.imap_names import decode_folder
from mail.imap_reader import Segments

Value = bytes | None | list["Value"]
"""Atoms, strings and literals are bytes, NIL is None, parentheses are lists."""

DEEPEST = 100
"""Nested parentheses; envelopes need 4, the body structure of real mail some 10 to 30."""

_TOKEN = re.compile(
    rb"""\ *(?:
        (?P<open>\() | (?P<close>\))
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | \{(?P<literal>\d+)\+?\}\Z
      | (?P<atom>[A-Za-z0-9.]+\[[^\]]*\](?:<\d+(?:\.\d+)?>)?|[^\ ()"]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_MONTHS = {month: number for number, month in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_DATE = re.compile(rb"([ \d]\d)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$")
_CODE = re.compile(rb"\[([A-Za-z0-9.\-]+)(?: ([^\]]*))?\] ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedItem:
    """What one FETCH response tells of one message; what was not asked for is None. Sizes in bytes."""

    uid: int | None = None
    size: int | None = None
    flags: frozenset[str] | None = None
    internal_date: datetime | None = None
    body: bytes | None = field(default=None, repr=False)
    modseq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFolder:
    """One folder that the server lists; `delimiter` is empty where it has no hierarchy."""

    name: str
    delimiter: str
    flags: frozenset[str]

    @property
    def selectable(self) -> bool:
        return not {flag.lower() for flag in self.flags} & {"\\noselect", "\\nonexistent"}


def parse_values(segments: Segments, *, start: int = 0) -> list[Value]:
    """The values of a response from byte `start` of its first line on. Raises ProtocolViolation."""
    top: list[Value] = []
    stack: list[list[Value]] = [top]
    for index in range(0, len(segments), 2):
        line = segments[index]
        position = start if index == 0 else 0
        end = len(line.rstrip(b" "))
        while position < end:
            match = _TOKEN.match(line, position)
            if match is None:
                raise ProtocolViolation("The server sent a response that is no IMAP.")
            position = match.end()
            kind = match.lastgroup
            if kind == "open":
                nested: list[Value] = []
                stack[-1].append(nested)
                stack.append(nested)
                if len(stack) > DEEPEST:
                    raise ProtocolViolation("The server sent a response nested without end.")
            elif kind == "close":
                if len(stack) == 1:
                    raise ProtocolViolation("The server closed a parenthesis that it did not open.")
                stack.pop()
            elif kind == "literal" and index + 1 < len(segments):
                stack[-1].append(segments[index + 1])
            elif kind == "quoted":
                stack[-1].append(_ESCAPED.sub(rb"\1", match["quoted"]))
            else:
                atom = match["atom"] or match[0].strip()
                stack[-1].append(None if atom.upper() == b"NIL" else atom)
    if len(stack) != 1:
        raise ProtocolViolation("The server did not close a parenthesis.")
    return top


def parse_fetch(segments: Segments) -> FetchedItem | None:
    """The message data of a `* n FETCH (…)` response (marker included); None for any other response."""
    head = re.match(rb"\* \d+ FETCH ", segments[0], re.IGNORECASE)
    if head is None:
        return None
    values = parse_values(segments, start=head.end())
    if not values or not isinstance(values[0], list):
        raise ProtocolViolation("The server sent FETCH data without parentheses.")
    pairs = values[0]
    uid = size = modseq = None
    flags = internal_date = body = None
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        name = key.upper() if isinstance(key, bytes) else b""
        if name == b"UID":
            uid = _number(value)
        elif name == b"RFC822.SIZE":
            size = _number(value)
        elif name == b"FLAGS" and isinstance(value, list):
            flags = frozenset(_text(flag) for flag in value)
        elif name == b"INTERNALDATE" and isinstance(value, bytes):
            internal_date = parse_internal_date(value)
        elif name == b"MODSEQ" and isinstance(value, list) and value:
            modseq = _number(value[0])
        elif name.startswith(b"BODY["):
            body = value if isinstance(value, bytes) else b""
    return FetchedItem(uid=uid, size=size, flags=flags, internal_date=internal_date, body=body, modseq=modseq)


def parse_search(segments: Segments) -> list[int]:
    """The numbers of a `* SEARCH …` response; empty for any other response."""
    words = segments[0].split()
    if len(words) < 2 or words[0] != b"*" or words[1].upper() != b"SEARCH":
        return []
    return [int(word) for word in words[2:] if word.isdigit()]


def parse_list(segments: Segments) -> ListedFolder | None:
    """The folder of a `* LIST (…) "/" name` response; None for any other response."""
    head = re.match(rb"\* LIST ", segments[0], re.IGNORECASE)
    if head is None:
        return None
    match parse_values(segments, start=head.end()):
        case [list() as flags, bytes() | None as delimiter, bytes() as name, *_]:
            return ListedFolder(
                name=decode_folder(name), delimiter=_text(delimiter), flags=frozenset(_text(flag) for flag in flags)
            )
    raise ProtocolViolation("The server sent a LIST response that is none.")


def parse_status(segments: Segments) -> dict[str, int]:
    """The counts of a `* STATUS name (MESSAGES 3 …)` response by name in capitals; empty for any other response."""
    head = re.match(rb"\* STATUS ", segments[0], re.IGNORECASE)
    if head is None:
        return {}
    values = parse_values(segments, start=head.end())
    pairs = values[-1] if values and isinstance(values[-1], list) else []
    return {_text(key).upper(): _number(value) for key, value in zip(pairs[::2], pairs[1::2], strict=False)}


def parse_count(segments: Segments, word: str) -> int | None:
    """The number of `* 23 EXISTS` or `* 2 EXPUNGE`; None for any other response."""
    parts = segments[0].split()
    if len(parts) == 3 and parts[0] == b"*" and parts[1].isdigit() and parts[2].upper() == word.encode("ascii"):
        return int(parts[1])
    return None


def response_code(text: bytes) -> tuple[str, str]:
    """The code at the start of a status text with its arguments: b"[UIDVALIDITY 7] ok" → ("UIDVALIDITY", "7")."""
    match = _CODE.match(text)
    if match is None:
        return "", ""
    return _text(match[1]).upper(), _text(match[2])


def plain_text(text: bytes) -> str:
    """The words for people of a status text, without its code, at most 300 letters."""
    match = _CODE.match(text)
    return (text[match.end() :] if match else text).decode("utf-8", "replace").strip()[:300]


def parse_internal_date(value: bytes) -> datetime | None:
    """When the server received a message, aware; None where the server sent no date that exists."""
    match = _DATE.match(value)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    try:
        zone = timezone(-offset if sign == b"-" else offset)
        number = _MONTHS[month.capitalize()]
        return datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=zone)
    except (KeyError, ValueError):
        return None


def _number(value: Value) -> int:
    if isinstance(value, bytes) and value.isdigit() and len(value) < 20:
        return int(value)
    raise ProtocolViolation("The server sent something else where a number belongs.")


def _text(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
