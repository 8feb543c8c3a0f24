"""Opens winmail.dat, the envelope in which Outlook and Exchange hide attachments from everybody else (MS-OXTNEF)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from .charsets import decode, tidy

_SIGNATURE = 0x223E9F78
_MAXIMUM_FILES = 500
_MAXIMUM_PROPERTIES = 5_000  # of one list; Outlook writes some hundred

# Attributes (MS-OXTNEF 2.1.3) and properties (MS-OXPROPS) that matter here.
_BODY, _PROPERTIES, _NEW_FILE, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = (
    0x2800C,
    0x69003,
    0x69002,
    0x18010,
    0x6800F,
    0x69005,
)
_PR_BODY, _PR_HTML, _PR_DATA, _PR_LONG_NAME, _PR_NAME, _PR_MIME, _PR_CONTENT_ID = (
    0x1000,
    0x1013,
    0x3701,
    0x3707,
    0x3001,
    0x370E,
    0x3712,
)
_FIXED = {
    0x2: 4,
    0x3: 4,
    0x4: 4,
    0x5: 8,
    0x6: 8,
    0x7: 8,
    0xA: 4,
    0xB: 4,
    0x14: 8,
    0x40: 8,
    0x48: 16,
}  # bytes on the wire by type
_VARIABLE = (0xD, 0x1E, 0x1F, 0x102)


@dataclass(slots=True)
class File:
    """A file from the envelope."""

    name: str = ""
    content_type: str = ""
    content: bytes = b""
    content_id: str = ""


@dataclass(slots=True)
class Envelope:
    """What was in it: files, and the body where Outlook put it there."""

    files: list[File] = field(default_factory=list)
    text: str = ""
    html: str = ""


def open_envelope(data: bytes) -> Envelope | None:
    """The contents, or None if the bytes are no such envelope. What is broken off in the middle is
    read as far as it goes."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    envelope = Envelope()
    for attribute, value in _attributes(data):
        if attribute == _NEW_FILE:
            if len(envelope.files) >= _MAXIMUM_FILES:
                break
            envelope.files.append(File())
        elif attribute == _BODY and not envelope.text:
            envelope.text = _text(value)
        elif attribute == _PROPERTIES:
            for name, kind, content in _properties(value):
                if name == _PR_BODY:
                    envelope.text = _string(kind, content) or envelope.text
                elif name == _PR_HTML:
                    envelope.html = _string(kind, content)
        elif envelope.files:
            _add(envelope.files[-1], attribute, value)
    envelope.files = [file for file in envelope.files if file.content or file.name]
    return envelope


def _add(file: File, attribute: int, value: bytes) -> None:
    if attribute == _FILE_TITLE and not file.name:
        file.name = _text(value)
    elif attribute == _FILE_DATA:
        file.content = value
    elif attribute == _FILE_PROPERTIES:
        for name, kind, content in _properties(value):
            if name == _PR_LONG_NAME or (name == _PR_NAME and not file.name):
                file.name = _string(kind, content) or file.name
            elif name == _PR_MIME:
                file.content_type = _string(kind, content).lower()
            elif name == _PR_CONTENT_ID:
                file.content_id = _string(kind, content)
            elif name == _PR_DATA and not file.content:
                file.content = content[16:] if kind == 0xD else content  # an embedded object begins with its class id


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Level (one byte), name and type (four), length (four), value, checksum (two), one after the other."""
    position = 6
    while position + 9 <= len(data):
        _, attribute, length = struct.unpack_from("<BII", data, position)
        position += 9
        yield attribute, data[position : position + length]
        position += length + 2


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Name, type and first value of each property in a MAPI list (MS-OXTNEF 2.1.3.4)."""
    if len(data) < 4:
        return
    count = min(struct.unpack_from("<I", data)[0], _MAXIMUM_PROPERTIES)
    position = 4
    try:
        for _ in range(count):
            kind, name = struct.unpack_from("<HH", data, position)
            position += 4
            if name >= 0x8000:  # a named property: class id, then a number or a name
                (by_name,) = struct.unpack_from("<I", data, position + 16)
                position += 20
                if by_name:
                    (length,) = struct.unpack_from("<I", data, position)
                    position += 4 + _padded(length)
                else:
                    position += 4
            values, several = 1, bool(kind & 0x1000)
            kind &= 0xFFF
            if several or kind in _VARIABLE:
                (values,) = struct.unpack_from("<I", data, position)
                position += 4
            first = None
            for _ in range(min(values, _MAXIMUM_PROPERTIES)):
                length = _FIXED.get(kind, -1)
                if kind in _VARIABLE:
                    (length,) = struct.unpack_from("<I", data, position)
                    position += 4
                if length < 0:
                    return
                if first is None:
                    first = data[position : position + length]
                position += _padded(length)
            if first is not None:
                yield name, kind, first
    except struct.error:  # broken off
        return


def _padded(length: int) -> int:
    return length + (-length % 4)


def _string(kind: int, content: bytes) -> str:
    if kind == 0x1F:
        return tidy(content.decode("utf-16-le", "replace")).rstrip("\0").strip()
    return _text(content)


def _text(content: bytes) -> str:
    return tidy(decode(content.rstrip(b"\0"))[0]).strip()
