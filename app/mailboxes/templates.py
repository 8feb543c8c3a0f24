"""Filling in templates: {{name}}, sections and conditions. Values are never read as templates. Pure.

{{contact.name}}                                   the value
{{#answer.due}} … {{/answer.due}}                  only where the name has a value
{% if case.priority == "urgent" %} … {% elif agent.name %} … {% else %} … {% endif %}
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.errors import Invalid
from app.mailboxes.conditions import Condition, NotACondition, names_in, parse

_TOKEN = re.compile(
    r"\{\{(?P<sign>[#/]?)\s*(?P<name>[^{}%#/][^{}%]{0,60}?)\s*\}\}|\{%\s*(?P<word>[^{}%]{1,400}?)\s*%\}"
)
_ALONE = re.compile(r"^[ \t]*(\{%[^{}%]{1,400}%\})[ \t]*\n", re.MULTILINE)
_LINK = re.compile(r"https?://[^\s<>\"']+")
TEMPLATE_LENGTH = 20_000  # characters of a body
DEEPEST = 10  # conditions within conditions


class Wrong(Exception):
    """What is wrong with a template, in words for its author."""


@dataclass(frozen=True, slots=True)
class Value:
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The first branch whose condition holds; a condition of None is `else`."""

    branches: tuple[tuple[Condition | None, tuple[Piece, ...]], ...]


Piece = str | Value | Choice


def check(text: str, *, allowed: Mapping[str, str], field: str) -> None:
    """Raise Invalid when `text` names something that will never have a value, or does not close what it opens."""
    try:
        pieces = _parsed(text)
        for name in _names(pieces):
            if name not in allowed:
                known = ", ".join(sorted(allowed))
                raise Wrong(f"There is no placeholder {name!r}. There are: {known}.")
    except (Wrong, NotACondition) as error:
        raise Invalid(str(error), field=field) from error


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with everything filled in; names without a value become nothing. Raises Invalid for what `check` would."""
    try:
        return "".join(_written(_parsed(text), values))
    except (Wrong, NotACondition) as error:
        raise Invalid(str(error), field="body") from error


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[Piece, ...]:
    """The pieces, kept for the next mail with these words.

    Iterative: what is open stands on a stack of at most DEEPEST levels.
    """
    text = _ALONE.sub(r"\1", text)
    stack: list[tuple[str, list[tuple[Condition | None, list[Piece]]]]] = [("", [(None, [])])]
    last = 0
    for found in _TOKEN.finditer(text):
        pieces = stack[-1][1][-1][1]
        pieces.append(_literal(text[last : found.start()]))
        last = found.end()
        name, sign, word = found["name"], found["sign"], found["word"]
        if name is not None and not sign:
            pieces.append(Value(name))
        elif name is not None and sign == "#":
            stack.append((f"#{name}", [(Condition.named(name), [])]))
        elif name is not None:
            _close(stack, f"#{name}", f"{{{{/{name}}}}}")
        elif word.startswith("if "):
            stack.append(("if", [(parse(word[3:]), [])]))
        elif word.startswith("elif ") or word == "else":
            if stack[-1][0] != "if" or stack[-1][1][-1][0] is None:
                raise Wrong(f"{{% {word} %}} stands outside of an {{% if … %}}, or after its {{% else %}}.")
            stack[-1][1].append((parse(word[5:]) if word != "else" else None, []))
        elif word == "endif":
            _close(stack, "if", "{% endif %}")
        else:
            raise Wrong(f"{{% {word} %}} is not known; there are if, elif, else and endif.")
        if len(stack) > DEEPEST:
            raise Wrong(f"More than {DEEPEST - 1} conditions stand within each other.")
    stack[-1][1][-1][1].append(_literal(text[last:]))
    if len(stack) > 1:
        name = stack[-1][0]
        missing = "{% endif %}" if name == "if" else f"{{{{/{name[1:]}}}}}"
        raise Wrong(f"{missing} is missing.")
    return tuple(stack[0][1][0][1])


def _close(stack: list[tuple[str, list[tuple[Condition | None, list[Piece]]]]], name: str, written: str) -> None:
    if stack[-1][0] != name:
        raise Wrong(f"{written} closes what is not open there.")
    _, branches = stack.pop()
    stack[-1][1][-1][1].append(Choice(tuple((condition, tuple(pieces)) for condition, pieces in branches)))


def _literal(text: str) -> str:
    if any(mark in text for mark in ("{{", "}}", "{%", "%}")):
        raise Wrong("A pair of braces is left open; write {{name}}, {{#name}}…{{/name}} or {% if name %}…{% endif %}.")
    return text


def _written(pieces: Sequence[Piece], values: Mapping[str, str]) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
        elif isinstance(piece, Value):
            yield values.get(piece.name, "")
        else:
            for condition, branch in piece.branches:
                if condition is None or condition.holds(values):
                    yield from _written(branch, values)
                    break


def _names(pieces: Sequence[Piece]) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, Value):
            yield piece.name
        elif isinstance(piece, Choice):
            for condition, branch in piece.branches:
                yield from names_in(condition)
                yield from _names(branch)


def one_line(text: str) -> str:
    return " ".join(text.split())


def as_html(text: str) -> str:
    """Plain text as calm HTML: paragraphs, line breaks, links; everything else is escaped."""
    paragraphs = [part for part in re.split(r"\n{2,}", text.strip()) if part]
    body = "".join(f'<p style="margin:0 0 1em">{_linked(part)}</p>' for part in paragraphs)
    style = "font-family:system-ui,sans-serif;font-size:15px;line-height:1.5"
    return f'<!doctype html><html><body style="{style}">{body}</body></html>'


def _linked(text: str) -> str:
    pieces, last = [], 0
    for found in _LINK.finditer(text):
        link = html.escape(found[0].rstrip(".,;:!?)"))
        pieces.append(html.escape(text[last : found.start()]))
        pieces.append(f'<a href="{link}">{link}</a>')
        last = found.start() + len(found[0].rstrip(".,;:!?)"))
    pieces.append(html.escape(text[last:]))
    return "".join(pieces).replace("\n", "<br>")
