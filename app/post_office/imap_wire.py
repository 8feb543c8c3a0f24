"""Reads IMAP commands and writes answers: lines, literals, and the words in them."""

from __future__ import annotations

import asyncio
import re

LARGEST_LITERAL = 50 * 1024 * 1024
"""Bytes of a message that a client may append."""

LONGEST_LINE = 1024 * 1024
"""Bytes of a command without its literals."""

Value = bytes | None | list["Value"]
_LITERAL = re.compile(rb"\{(\d{1,12})(\+?)\}\r?\n\Z")


class Refused(Exception):
    """The command is answered with NO (or BAD) and this text."""

    def __init__(self, text: str, *, status: bytes = b"NO") -> None:
        super().__init__(text)
        self.status = status


class Wire:
    """One client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, line: bytes) -> None:
        """Send one line (which may hold literals)."""
        self._writer.write(line + b"\r\n")

    async def drain(self) -> None:
        await self._writer.drain()

    async def line(self) -> bytes:
        """One line with its end; empty at the end of the connection."""
        return await self._reader.readline()

    async def command(self) -> tuple[bytes, ...] | None:
        """The lines and literals of one command; None at the end of the connection."""
        segments: list[bytes] = []
        while True:
            try:
                line = await self._reader.readline()
            except ValueError:  # longer than the reader's limit
                return None
            if not line.endswith(b"\n"):
                return None
            literal = _LITERAL.search(line)
            segments.append(line.rstrip(b"\r\n"))
            if literal is None:
                return tuple(segments)
            if int(literal[1]) > LARGEST_LITERAL:
                self.say(b"* BYE That is too much")
                return None
            if not literal[2]:
                self.say(b"+ Go on")
                await self.drain()
            segments.append(await self._reader.readexactly(int(literal[1])))

    def close(self) -> None:
        self._writer.close()


def as_bytes(value: Value) -> bytes:
    """A word; ValueError for a list."""
    if isinstance(value, list):
        raise ValueError("a list stands where a word belongs")
    return value or b""


def as_text(value: Value) -> str:
    return as_bytes(value).decode("utf-8", "replace")


def as_list(value: Value) -> list[Value]:
    """A list, or a list of the one word."""
    return value if isinstance(value, list) else [value]
