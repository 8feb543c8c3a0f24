"""Conditions as data over a plain mapping of facts: checked when they are written, never in the middle of a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sla.errors import PolicyError

Facts = Mapping[str, Any]
"""What is known of a subject: priority, account, queue, mailbox, request_type, tags, fields.<key> …"""

# Deep enough for every form a person fills in; a limit at all so that nobody's import can exhaust the stack.
DEEPEST = 16


def _same(fact: Any, value: Any) -> bool:
    return bool(fact == value)


def _among(fact: Any, value: Any) -> bool:
    return fact in value


def _contains(fact: Any, value: Any) -> bool:
    if isinstance(fact, str):
        return isinstance(value, str) and value in fact
    return isinstance(fact, list | tuple | set | frozenset) and value in fact


def _less(fact: Any, value: Any) -> bool:
    try:
        return bool(fact < value)
    except TypeError:  # a fact that is missing or of another kind is neither less nor more
        return False


def _more(fact: Any, value: Any) -> bool:
    return _less(value, fact)


def _known(fact: Any, value: Any) -> bool:
    return (fact is not None and fact != "" and fact != []) is value


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "is": _same,
        "is_not": lambda fact, value: not _same(fact, value),
        "in": _among,
        "not_in": lambda fact, value: not _among(fact, value),
        "contains": _contains,
        "contains_not": lambda fact, value: not _contains(fact, value),
        "less": _less,
        "more": _more,
        "known": _known,
    }
)
"""What a test may ask, by name; the value of `in` and `not_in` is a list, that of `known` true or false."""


@dataclass(frozen=True, slots=True)
class Test:
    """One question about one fact."""

    fact: str
    operator: str
    value: Any

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return OPERATORS[self.operator](facts.get(self.fact), self.value)

    def to_json(self) -> dict[str, Any]:
        """Return what `condition_from_json` reads back."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"fact": self.fact, "operator": self.operator, "value": value}


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions of which all, or any, must hold; all of nothing holds, any of nothing does not."""

    every: bool
    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Answer them."""
        answers = (part.holds(facts) for part in self.parts)
        return all(answers) if self.every else any(answers)

    def to_json(self) -> dict[str, Any]:
        """Return what `condition_from_json` reads back."""
        return {"all" if self.every else "any": [part.to_json() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: Condition

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return not self.part.holds(facts)

    def to_json(self) -> dict[str, Any]:
        """Return what `condition_from_json` reads back."""
        return {"not": self.part.to_json()}


Condition = Test | Group | Not
ALWAYS = Group(every=True, parts=())


def questions_of(condition: Condition) -> Iterator[Test]:
    """Every question of a condition, in order."""
    match condition:
        case Test():
            yield condition
        case Not(part):
            yield from questions_of(part)
        case Group(parts=parts):
            for part in parts:
                yield from questions_of(part)


def read_test(fact: Any, operator: Any, value: Any, field: str) -> Test:
    """One question from its parts, answered by `OPERATORS`; PolicyError names `field` and the part of it at fault."""
    if not isinstance(fact, str) or not fact:
        raise PolicyError("bad_fact", "name the fact to look at.", field=f"{field}.fact")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise PolicyError("unknown_operator", f"use one of {', '.join(OPERATORS)}.", field=f"{field}.operator")
    if operator in {"in", "not_in"}:
        if not isinstance(value, list | tuple):
            raise PolicyError("wrong_type", "give a list of values.", field=f"{field}.value")
        value = tuple(value)
    elif operator == "known" and not isinstance(value, bool):
        raise PolicyError("wrong_type", "say true or false.", field=f"{field}.value")
    return Test(fact, operator, value)


Ask = Callable[[Any, Any, Any, str], Test]
"""How a question is read, as `read_test` does; who knows more of the facts makes one that answers its own way."""


def condition_from_json(value: Any, field: str = "when", *, ask: Ask = read_test) -> Condition:
    """Build a condition from `{"all": […]}`, `{"any": […]}`, `{"not": …}` or `{"fact", "operator", "value"}`.

    Nothing (None or {}) always holds. Raises PolicyError with the field and what to do.
    """
    return _condition(value, field, 0, ask)


def _condition(value: Any, field: str, depth: int, ask: Ask) -> Condition:
    if value is None or value == {}:
        return ALWAYS
    if depth > DEEPEST:
        raise PolicyError("too_deep", f"nest conditions at most {DEEPEST} deep.", field=field)
    if not isinstance(value, Mapping):
        raise PolicyError("wrong_type", f"expected an object, got {type(value).__name__}.", field=field)
    keys = set(value)
    for key, every in (("all", True), ("any", False)):
        if keys == {key}:
            if not isinstance(value[key], list | tuple):
                raise PolicyError("wrong_type", "expected a list of conditions.", field=f"{field}.{key}")
            parts = (_condition(item, f"{field}.{key}[{i}]", depth + 1, ask) for i, item in enumerate(value[key]))
            return Group(every=every, parts=tuple(parts))
    if keys == {"not"}:
        return Not(_condition(value["not"], f"{field}.not", depth + 1, ask))
    if keys != {"fact", "operator", "value"}:
        raise PolicyError("bad_condition", "write all, any, not, or fact with operator and value.", field=field)
    return ask(value["fact"], value["operator"], value["value"], field)
