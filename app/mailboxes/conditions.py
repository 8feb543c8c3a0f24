"""The conditions of templates: names, words in quotes, == != in, and, or, not, brackets. Pure; nothing is executed.

case.priority == "urgent" and not agent.name
case.queue in "Support, Repairs"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"""\s*(?:(==|!=|\(|\))|"([^"]*)"|'([^']*)'|([a-z_][a-z_.]{0,39})|(\S))""")
MOST_WORDS = 60  # of one condition
_WORDS = frozenset({"and", "or", "not", "in"})


class NotACondition(Exception):
    """Why a condition cannot be understood, in words for its author."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`op` is name, text, not, and, or, ==, != or in; `text` the name or the words, `parts` stand on its sides."""

    op: str
    text: str = ""
    parts: tuple[Condition, ...] = ()

    @classmethod
    def named(cls, name: str) -> Condition:
        return cls("name", name)

    def holds(self, values: Mapping[str, str]) -> bool:
        match self.op:
            case "not":
                return not self.parts[0].holds(values)
            case "and":
                return self.parts[0].holds(values) and self.parts[1].holds(values)
            case "or":
                return self.parts[0].holds(values) or self.parts[1].holds(values)
            case "==":
                return _same(self.parts[0].value(values), self.parts[1].value(values))
            case "!=":
                return not _same(self.parts[0].value(values), self.parts[1].value(values))
            case "in":
                listed = self.parts[1].value(values).split(",")
                return any(_same(self.parts[0].value(values), one) for one in listed)
        return bool(self.value(values).strip())

    def value(self, values: Mapping[str, str]) -> str:
        return self.text if self.op == "text" else values.get(self.text, "")


def parse(text: str) -> Condition:
    """Raises NotACondition."""
    reader = _Reader(list(_tokens(text)), text.strip())
    found = reader.either()
    if reader.left:
        raise NotACondition(f"{reader.left[0][1]!r} is one word too many in the condition {reader.text!r}.")
    return found


def names_in(condition: Condition | None) -> Iterator[str]:
    if condition is None:
        return
    if condition.op == "name":
        yield condition.text
    for part in condition.parts:
        yield from names_in(part)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    found = list(_TOKEN.finditer(text.strip()))
    if len(found) > MOST_WORDS:
        raise NotACondition(f"A condition has at most {MOST_WORDS} words.")
    for one in found:
        sign, double, single, name, other = one.groups()
        if other is not None:
            raise NotACondition(f"{other!r} is not understood in the condition {text.strip()!r}.")
        if sign or name in _WORDS:
            yield "sign", sign or name
        elif name is not None:
            yield "name", name
        else:
            yield "text", double if double is not None else single


class _Reader:
    """or binds weaker than and, and weaker than not; brackets as usual. MOST_WORDS bounds how deep it goes."""

    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self.left = tokens
        self.text = text

    def either(self) -> Condition:
        found = self.both()
        while self._next("or"):
            found = Condition("or", parts=(found, self.both()))
        return found

    def both(self) -> Condition:
        found = self.negated()
        while self._next("and"):
            found = Condition("and", parts=(found, self.negated()))
        return found

    def negated(self) -> Condition:
        if self._next("not"):
            return Condition("not", parts=(self.negated(),))
        if self._next("("):
            found = self.either()
            if not self._next(")"):
                raise NotACondition(f"A bracket is left open in the condition {self.text!r}.")
            return found
        first = self._operand()
        for op in ("==", "!=", "in"):
            if self._next(op):
                return Condition(op, parts=(first, self._operand()))
        return first

    def _operand(self) -> Condition:
        if not self.left or self.left[0][0] == "sign":
            raise NotACondition(f"A name or words in quotes are missing in the condition {self.text!r}.")
        kind, text = self.left.pop(0)
        return Condition(kind, text)

    def _next(self, sign: str) -> bool:
        if self.left and self.left[0] == ("sign", sign):
            self.left.pop(0)
            return True
        return False
