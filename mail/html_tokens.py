"""Walks over sanitised HTML tag by tag, without building a tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Token(NamedTuple):
    """A tag (`tag` with its name, `/name` when closing) or a stretch of text (`tag` empty) of sanitised HTML."""

    source: str
    tag: str = ""

    def attributes(self) -> dict[str, str]:
        """The attributes of a tag as written, not yet unescaped."""
        pieces = self.source.split('"')
        return {
            name.rstrip("=").rsplit(None, 1)[-1].lower(): value
            for name, value in zip(pieces[::2], pieces[1::2], strict=False)
            if name.rstrip("=").strip()
        }


def tokens(html: str) -> Iterator[Token]:
    """The tags and texts of HTML as nh3 writes it: every `<` in text is escaped and every attribute value is quoted."""
    position, size = 0, len(html)
    while position < size:
        start = html.find("<", position)
        if start == -1:
            yield Token(html[position:])
            return
        if start > position:
            yield Token(html[position:start])
        position = _tag_end(html, start)
        source = html[start:position]
        words = source[1:].split(None, 1)
        yield Token(source, words[0].rstrip(">").lower() if words else "?")


def _tag_end(html: str, start: int) -> int:
    """Where the tag ends: at the first `>` outside quotation marks."""
    open_quote = False
    position = start
    while True:
        close = html.find(">", position)
        if close == -1:
            return len(html)
        open_quote ^= bool(html.count('"', position, close) & 1)
        if not open_quote:
            return close + 1
        position = close + 1
