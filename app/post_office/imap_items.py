"""Renders what an IMAP client asks of one message: headers, parts, envelope and body structure (RFC 3501, 7.4.2)."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Sequence
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

_SECTION = re.compile(
    rb"(?:BODY(?:\.PEEK)?)\[(?P<section>[^\]]*)\](?:<(?P<start>\d+)(?:\.(?P<count>\d+))?>)?", re.IGNORECASE
)
_SHORTHAND = {
    b"ALL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE"),
    b"FAST": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"),
    b"FULL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY"),
}
_OLD_NAMES = {b"RFC822": b"BODY[]", b"RFC822.HEADER": b"BODY.PEEK[HEADER]", b"RFC822.TEXT": b"BODY[TEXT]"}
_PARSER = BytesParser(policy=email.policy.compat32)


def expand(items: Sequence[bytes]) -> list[bytes]:
    """The items with shorthands written out."""
    return [name for item in items for name in _SHORTHAND.get(item.upper(), (item,))]


def marks_as_seen(items: Sequence[bytes]) -> bool:
    """Whether fetching these items counts as reading."""
    return any(_OLD_NAMES.get(item.upper(), item.upper()).startswith(b"BODY[") for item in items)


def needs_content(item: bytes) -> bool:
    """Whether the item asks for something that stands inside the message."""
    return item.upper() not in (b"UID", b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"MODSEQ")


def render(item: bytes, raw: bytes) -> bytes | None:
    """One item of a message as "NAME value"; None for an item that is none."""
    name = item.upper()
    if name == b"ENVELOPE":
        return b"ENVELOPE " + _envelope(_PARSER.parsebytes(raw, headersonly=True))
    if name in (b"BODYSTRUCTURE", b"BODY"):
        return name + b" " + _structure(_PARSER.parsebytes(raw))
    match = _SECTION.fullmatch(_OLD_NAMES.get(name, item))
    if match is None:
        return None
    content = _section(match["section"], raw)
    shown = name if name in _OLD_NAMES else b"BODY[" + match["section"] + b"]"
    if match["start"] is not None:
        start = int(match["start"])
        content = content[start : start + int(match["count"] or len(content))]
        shown += b"<%d>" % start
    return b"%s {%d}\r\n%s" % (shown, len(content), content)


def string(value: str | bytes | None) -> bytes:
    """NIL, a quoted string, or a literal where quotes would not do."""
    if value is None:
        return b"NIL"
    data = value.encode("utf-8", "replace") if isinstance(value, str) else value
    if len(data) < 1000 and all(0x20 <= byte < 0x7F for byte in data):
        return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b"{%d}\r\n%s" % (len(data), data)


def _section(section: bytes, raw: bytes) -> bytes:
    """The bytes of "", HEADER, TEXT, HEADER.FIELDS (…), 1, 1.2.MIME, 2.HEADER …"""
    numbers = re.match(rb"(?:\d+(?:\.|$))*", section)
    path = [int(number) for number in numbers[0].rstrip(b".").split(b".") if number] if numbers else []
    what = section[len(numbers[0]) if numbers else 0 :]
    part = raw
    for number in path:
        found = _part(part, number)
        if found is None:
            return b""
        part = found
    head, body = _split(part)
    word, _, arguments = what.partition(b" ")
    match word.upper():
        case b"":
            return body if path else part
        case b"MIME":
            return head
        case b"HEADER" | b"TEXT" as kind:
            if path:  # of an enclosed message
                head, body = _split(body)
            return head if kind == b"HEADER" else body
        case b"HEADER.FIELDS" | b"HEADER.FIELDS.NOT" as kind:
            names = {name.lower() for name in arguments.strip(b" ()").replace(b'"', b"").split()}
            return _fields(head, names, wanted=kind == b"HEADER.FIELDS")
    return b""


def _split(raw: bytes) -> tuple[bytes, bytes]:
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        end = raw.find(b"\n\n")
        return (raw, b"") if end < 0 else (raw[: end + 2], raw[end + 2 :])
    return raw[: end + 4], raw[end + 4 :]


def _fields(head: bytes, names: set[bytes], *, wanted: bool) -> bytes:
    fields = re.findall(rb"(?m)^[^\s:][^:\r\n]*:.*\r?\n(?:[ \t].*\r?\n)*", head)
    kept = [one for one in fields if (one.partition(b":")[0].strip().lower() in names) == wanted]
    return b"".join(kept) + b"\r\n"


def _part(raw: bytes, number: int) -> bytes | None:
    """The part of that number as it stands in the message; a message of one part is its own part 1."""
    head, body = _split(raw)
    message = _PARSER.parsebytes(head, headersonly=True)
    if message.get_content_type() == "message/rfc822":
        return _part(body, number)
    boundary = message.get_boundary()
    if message.get_content_maintype() != "multipart" or boundary is None:
        return raw if number == 1 else None
    pattern = rb"(?:^|\r?\n)--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(?:--)?[ \t]*(?=\r?\n|$)"
    pieces = re.split(pattern, body)
    return re.sub(rb"\A\r?\n", b"", pieces[number]) if number < len(pieces) - 1 else None


def _envelope(message: Message) -> bytes:
    sender = message.get_all("from", [])
    fields = [
        string(_header(message, "date")),
        string(_header(message, "subject")),
        _addresses(sender),
        _addresses(message.get_all("sender", []) or sender),
        _addresses(message.get_all("reply-to", []) or sender),
        _addresses(message.get_all("to", [])),
        _addresses(message.get_all("cc", [])),
        _addresses(message.get_all("bcc", [])),
        string(_header(message, "in-reply-to")),
        string(_header(message, "message-id")),
    ]
    return b"(" + b" ".join(fields) + b")"


def _header(message: Message, name: str) -> str | None:
    value = message.get(name)
    return None if value is None else " ".join(str(value).split())


def _addresses(values: Sequence[object]) -> bytes:
    entries = []
    for name, address in getaddresses([str(value) for value in values]):
        local, _, domain = address.rpartition("@")
        words = (string(name or None), b"NIL", string(local or address), string(domain))
        entries.append(b"(" + b" ".join(words) + b")")
    return b"(" + b"".join(entries) + b")" if entries else b"NIL"


def _structure(message: Message) -> bytes:
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        parts = b"".join(_structure(part) for part in message.get_payload() if isinstance(part, Message))
        return b"(" + parts + b" " + string(message.get_content_subtype().upper()) + b")"
    payload = b"" if message.is_multipart() else str(message.get_payload()).encode("utf-8", "surrogateescape")
    parameters = [string(word) for pair in (message.get_params() or [])[1:] for word in pair]
    kind = message.get_content_maintype()
    subtype = message.get_content_subtype()
    if kind == "message":  # shown as a file: its inner structure is not told
        kind, subtype = "application", "octet-stream"
    fields = [
        string(kind.upper()),
        string(subtype.upper()),
        b"(" + b" ".join(parameters) + b")" if parameters else b"NIL",
        string(_header(message, "content-id")),
        string(_header(message, "content-description")),
        string((_header(message, "content-transfer-encoding") or "7bit").upper()),
        b"%d" % len(payload),
    ]
    if kind == "text":
        fields.append(b"%d" % payload.count(b"\n"))
    return b"(" + b" ".join(fields) + b")"
