"""Cuts the byte stream of an IMAP server into whole responses, however it was chopped on its way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mail.errors import ProtocolViolation

Segments = tuple[bytes, ...]
"""One response without its line ends: line, literal, line, literal, … line. A line announces the literal behind it."""

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes; a SEARCH over two million messages is one line of this size, and nothing else comes near."""

LONGEST_LITERAL = 256 * 1024 * 1024
"""Bytes; intake asks for no more than its own, smaller limit, so a larger one is an attack or a fault."""

_LITERAL = re.compile(rb"\{(\d{1,19})\+?\}\Z")
# Texts for people may end in {12} without meaning it: these responses never carry literals (RFC 3501, section 7).
_TEXT_ONLY = re.compile(rb"(?:\* |\+|[A-Za-z0-9]+ )(?:OK|NO|BAD|BYE|PREAUTH)\b|\+", re.IGNORECASE)


class ResponseReader:
    """Feed it what arrives; it gives back complete responses. Each byte is looked at once, nothing recurses."""

    def __init__(self, *, longest_line: int = LONGEST_LINE, longest_literal: int = LONGEST_LITERAL) -> None:
        self._longest_line = longest_line
        self._longest_literal = longest_literal
        self._buffer = bytearray()
        self._searched = 0
        self._literal: int | None = None
        self._segments: list[bytes] = []

    @property
    def unread(self) -> bool:
        """Whether bytes of an unfinished response wait."""
        return bool(self._buffer or self._segments)

    def feed(self, data: bytes) -> Iterator[Segments]:
        """Add `data` and yield every response that is complete now. Raises ProtocolViolation on unbounded input."""
        self._buffer += data
        position = 0
        try:
            while True:
                if self._literal is not None:
                    end = position + self._literal
                    if len(self._buffer) < end:
                        break
                    self._segments.append(bytes(memoryview(self._buffer)[position:end]))
                    position, self._literal = end, None
                    continue
                end = self._buffer.find(b"\r\n", max(position, self._searched))
                if end < 0:
                    if len(self._buffer) - position > self._longest_line:
                        raise ProtocolViolation("The server sent a line without end.")
                    break
                line = bytes(memoryview(self._buffer)[position:end])
                position = end + 2
                self._segments.append(line)
                announced = self._announced_literal(line)
                if announced is None:
                    response, self._segments = tuple(self._segments), []
                    yield response
                else:
                    self._literal = announced
        finally:
            del self._buffer[:position]
            # The last byte may be the first half of a line end.
            self._searched = max(0, len(self._buffer) - 1) if self._literal is None else 0

    def _announced_literal(self, line: bytes) -> int | None:
        if not line.endswith(b"}") or (len(self._segments) == 1 and _TEXT_ONLY.match(line)):
            return None
        match = _LITERAL.search(line)
        if match is None:
            return None
        size = int(match.group(1))
        if size > self._longest_literal:
            raise ProtocolViolation(f"The server announced {size} bytes at once, more than the desk accepts.")
        return size
