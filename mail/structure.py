"""Cuts the bytes of a message into headers and parts, exactly and in linear time, without decoding anything.

The standard library's parser recurses per nesting level, copies every part through text, and cannot give back the exact
bytes of a part (which signatures and forwarded messages need); this one only finds borders, within limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .errors import ParseRefused

_HEADER_NAME = frozenset(range(33, 127)) - {ord(":")}  # RFC 5322 2.2


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may cost. Real mail stays far below all of them; what is above is kept, but not understood."""

    size: int = 64 * 1024 * 1024  # bytes; Exchange Online stops at 150 MB in the most generous setting, Gmail at 25 MB
    depth: int = 40  # nested parts; a forward of a forward costs two
    parts: int = 1_000
    header_lines: int = 5_000  # of one part, folded lines counted each; list servers reach some hundreds
    header_bytes: int = 2 * 1024 * 1024  # of one part; enough for ten thousand recipients


@dataclass(slots=True)
class Part:
    """One node of the message: raw header fields (name in lower case), and where its bytes lie in `source`."""

    source: bytes = field(repr=False)
    start: int
    end: int
    fields: list[tuple[str, bytes]]
    body_start: int
    children: list[Part] = field(default_factory=list)

    @property
    def raw(self) -> bytes:
        """Headers and body, exactly as received."""
        return self.source[self.start : self.end]

    @property
    def body(self) -> bytes:
        """The body before any transfer decoding, exactly as received."""
        return self.source[self.body_start : self.end]

    def field(self, name: str) -> bytes:
        """The first raw value of a header field, or empty bytes."""
        return next((value for key, value in self.fields if key == name), b"")

    def all(self, name: str) -> list[bytes]:
        """All raw values of a header field, in order."""
        return [value for key, value in self.fields if key == name]


def normalise(raw: bytes) -> bytes:
    """The message without what transports put before it: blank lines, a byte order mark, an mbox
    line; CR-only line ends."""
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while start < len(raw) and raw[start] in b"\r\n":
        start += 1
    if raw.startswith((b"From ", b">From "), start) and (end := raw.find(b"\n", start)) != -1:
        start = end + 1
    return raw[start:] if start else raw


def read_head(source: bytes, start: int, end: int, limits: Limits) -> tuple[list[tuple[str, bytes]], int]:
    """Header fields between `start` and `end`, and where the body begins.

    A line that is no header is skipped when headers go on after it (relays break long lines), else
    the body begins there.
    """
    fields: list[tuple[str, list[bytes]]] = []
    position = start
    lines = 0
    while position < end:
        newline = source.find(b"\n", position, end)
        after = end if newline == -1 else newline + 1
        line = source[position:after].rstrip(b"\r\n")
        if not line:
            return [(name, b"\n".join(value)) for name, value in fields], after
        lines += 1
        if lines > limits.header_lines or after - start > limits.header_bytes:
            raise ParseRefused("too_many_headers", f"more than {lines - 1} lines")
        if line[0] in b" \t":
            if fields:
                fields[-1][1].append(line)
            elif line.strip():
                break
        elif (name := _name(line)) is not None:
            fields.append((name, [line[line.index(b":") + 1 :]]))
        elif not _header_follows(source, after, end):
            break
        elif fields:
            fields[-1][1].append(b" " + line)
        position = after
    return [(name, b"\n".join(value)) for name, value in fields], position


def _name(line: bytes) -> str | None:
    colon = line.find(b":", 0, 200)
    if colon < 1:
        return None
    name = line[:colon].rstrip(b" \t")
    return name.decode("ascii").lower() if name and all(byte in _HEADER_NAME for byte in name) else None


_KNOWN = frozenset({
    "from", "to", "cc", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding",
    "received", "reply-to",
    "return-path", "sender", "delivered-to", "references", "in-reply-to", "dkim-signature", "authentication-results",
})  # fmt: skip
_LOST_FOLDS = 12  # lines looked ahead: folded fields whose indentation a gateway removed


def _header_follows(source: bytes, position: int, end: int) -> bool:
    """True if a header that every message has comes after some lines that are none."""
    for _ in range(_LOST_FOLDS):
        newline = source.find(b"\n", position, end)
        line = source[position : end if newline == -1 else newline].rstrip(b"\r")
        if not line or newline == -1:
            return False
        name = _name(line)
        if (
            name is not None
            and line[line.find(b":") + 1 :][:1] in (b" ", b"\t")
            and (name in _KNOWN or name.startswith(("x-", "content-")))
        ):
            return True
        position = newline + 1
    return False


def split_multipart(part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """Start and end of each part between the boundary lines (RFC 2046 5.1.1); a missing closing line is forgiven."""
    if not boundary:
        return []
    source, end = part.source, part.end
    mark = b"--" + boundary
    borders: list[tuple[int, int]] = []
    position = part.body_start
    opened: int | None = None
    while True:
        found = source.find(mark, position, end)
        if found == -1:
            break
        newline = source.find(b"\n", found, end)
        after = end if newline == -1 else newline + 1
        rest = source[found + len(mark) : after].strip()
        if (found == part.body_start or source[found - 1] == 0x0A) and rest in (b"", b"--"):
            if opened is not None:
                borders.append((opened, max(opened, _before_newline(source, found, opened))))
            opened = None if rest else after
            if rest:
                return borders
        position = max(after, found + 1) if newline != -1 else end
    if opened is not None and opened < end:
        borders.append((opened, end))
    return borders


def _before_newline(source: bytes, position: int, start: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    if position > start and source[position - 1] == 0x0A:
        position -= 1
        if position > start and source[position - 1] == 0x0D:
            position -= 1
    return position


def guess_boundary(part: Part) -> bytes:
    """The boundary of a multipart that does not name it: the first `--line` that is followed by a Content- header."""
    source, position = part.source, part.body_start
    while (found := source.find(b"--", position, part.end)) != -1:
        newline = source.find(b"\n", found, part.end)
        if newline == -1:
            return b""
        if (found == part.body_start or source[found - 1] == 0x0A) and source[
            newline + 1 : newline + 9
        ].lower() == b"content-":
            return source[found + 2 : newline].rstrip()
        position = newline
    return b""


def walk(part: Part) -> Iterator[Part]:
    """The part and everything below it, in reading order."""
    stack = [part]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))
