"""Conditions are data: every operator, nesting, and refusal of what makes no sense before any case meets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sla import PolicyError, condition_from_json, conditions
from sla.conditions import ALWAYS, OPERATORS, Facts, questions_of, read_test

FACTS = {
    "priority": "high",
    "account": "Northwind Bakery",
    "tags": ["oven", "urgent"],
    "queue": None,
    "seats": 40,
    "subject": "The oven is cold",
}


def holds(fact: str, operator: str, value: Any) -> bool:
    return condition_from_json({"fact": fact, "operator": operator, "value": value}).holds(FACTS)


@pytest.mark.parametrize(
    ("fact", "operator", "value", "answer"),
    [
        ("priority", "is", "high", True),
        ("priority", "is", "low", False),
        ("priority", "is_not", "low", True),
        ("queue", "is", None, True),
        ("missing", "is_not", "x", True),
        ("priority", "in", ["high", "urgent"], True),
        ("priority", "not_in", ["high", "urgent"], False),
        ("tags", "contains", "oven", True),
        ("tags", "contains_not", "oven", False),
        ("subject", "contains", "oven", True),
        ("missing", "contains", "oven", False),
        ("missing", "contains_not", "oven", True),
        ("seats", "more", 39, True),
        ("seats", "less", 40, False),
        ("queue", "less", 40, False),
        ("queue", "more", 40, False),
        ("seats", "more", "many", False),
        ("queue", "known", False, True),
        ("seats", "known", True, True),
        ("missing", "known", True, False),
    ],
)
def test_operators(fact: str, operator: str, value: Any, answer: bool) -> None:
    assert holds(fact, operator, value) is answer


def test_every_operator_answers_for_a_fact_of_any_type() -> None:
    odd = [None, True, 0, 1.5, "", "text", [], ["a"], {}]
    for name in OPERATORS:
        value: Any = ["a"] if name in {"in", "not_in"} else True if name == "known" else "a"
        condition = condition_from_json({"fact": "odd", "operator": name, "value": value})
        assert {condition.holds({"odd": fact}) for fact in odd} <= {True, False}


def test_groups() -> None:
    high = {"fact": "priority", "operator": "is", "value": "high"}
    low = {"fact": "priority", "operator": "is", "value": "low"}
    for value, answer in [
        ({"all": [high, low]}, False),
        ({"any": [high, low]}, True),
        ({"all": [high, {"any": [low, high]}]}, True),
        ({"all": []}, True),
        ({"any": []}, False),
        ({"not": high}, False),
        ({"all": [high, {"not": {"any": [low, {"not": high}]}}]}, True),
        (None, True),
        ({}, True),
    ]:
        condition = condition_from_json(value)
        assert condition.holds(FACTS) is answer
        assert condition_from_json(condition.to_json()) == condition
    assert condition_from_json(None) == ALWAYS


def test_whoever_knows_more_of_the_facts_reads_the_questions() -> None:
    @dataclass(frozen=True, slots=True)
    class Shouted(conditions.Test):
        def holds(self, facts: Facts) -> bool:
            return bool(facts[self.fact] == self.value.lower())

    def ask(fact: Any, operator: Any, value: Any, field: str) -> Shouted:
        read = read_test(fact, operator, value, field)
        return Shouted(read.fact, read.operator, read.value)

    written = {"all": [{"not": {"fact": "priority", "operator": "is", "value": "LOW"}}]}
    loud = {"all": [*written["all"], {"fact": "priority", "operator": "is", "value": "HIGH"}]}
    assert condition_from_json(loud, ask=ask).holds(FACTS)
    assert not condition_from_json(loud).holds(FACTS)
    assert [test.value for test in questions_of(condition_from_json(loud, ask=ask))] == ["LOW", "HIGH"]


def nested(depth: int) -> dict[str, Any]:
    return {"all": [nested(depth - 1)]} if depth else {}


@pytest.mark.parametrize(
    ("value", "code", "field"),
    [
        ("high", "wrong_type", "when"),
        ({"all": "x"}, "wrong_type", "when.all"),
        ({"all": [], "any": []}, "bad_condition", "when"),
        ({"any": [{"fact": "x"}]}, "bad_condition", "when.any[0]"),
        ({"not": []}, "wrong_type", "when.not"),
        ({"fact": "", "operator": "is", "value": 1}, "bad_fact", "when.fact"),
        ({"fact": "x", "operator": "matches", "value": 1}, "unknown_operator", "when.operator"),
        ({"fact": "x", "operator": [], "value": 1}, "unknown_operator", "when.operator"),
        ({"fact": "x", "operator": "in", "value": "abc"}, "wrong_type", "when.value"),
        ({"fact": "x", "operator": "known", "value": "yes"}, "wrong_type", "when.value"),
        (nested(40), "too_deep", "when" + ".all[0]" * 17),
    ],
)
def test_refusals_name_the_field(value: Any, code: str, field: str) -> None:
    with pytest.raises(PolicyError) as caught:
        condition_from_json(value)
    assert (caught.value.code, caught.value.field) == (code, field)
