"""Walks over sanitised HTML tag by tag, without building a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Token:
    """A tag (`tag` with its name, `/name` when closing) or a stretch of text (`tag` empty) of sanitised HTML."""

    source: str
    tag: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


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
        end, attributes = _tag_end(html, start + 1)
        name = html[start + 1 : end].split(None, 1)[0].rstrip("/>").lower() if end > start + 1 else ""
        yield Token(html[start:end], name or "?", attributes)
        position = end


def _tag_end(html: str, position: int) -> tuple[int, dict[str, str]]:
    """Where the tag ends, and its attributes as written."""
    attributes: dict[str, str] = {}
    name_start = position
    while True:
        close = html.find(">", position)
        quote = html.find('"', position, close if close != -1 else len(html))
        if quote == -1:
            return (close + 1 if close != -1 else len(html)), attributes
        end = html.find('"', quote + 1)
        if end == -1:
            return len(html), attributes
        name = html[name_start:quote].rstrip("=").rsplit(None, 1)[-1:] or [""]
        attributes[name[0].lower()] = html[quote + 1 : end]
        position = name_start = end + 1
