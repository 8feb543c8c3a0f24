"""Conditions over cases: the language of policies (sla.conditions), with the facts that queues and views ask about.

A condition is data: `{"all": […]}`, `{"any": […]}`, `{"not": …}` or `{"fact", "operator", "value"}`. Its questions are
checked here when it is written, answered for one case by `holds`, and for a million by the SQL of
app.cases.condition_sql: both always answer the same (tests/app/cases/test_conditions.py). Policies ask the same
questions. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from app.cases.models import Case
from app.cases.rules import CATEGORIES, PRIORITIES, PRIORITY_NAMES
from app.errors import Invalid
from sla.conditions import Condition, Test, condition_from_json, questions_of, read_test
from sla.errors import PolicyError

FIELDS = "fields."
FIELD_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
ME = "me"
"""As a value of `owner`: whoever looks."""
REQUEST_TYPE = "request_type"
"""The kind of request is the custom field of this key, and a fact of its own."""


class Kind(Enum):
    """What values a fact has, and so what may be asked of it."""

    WORD = "word"
    PRIORITY = "priority"
    ID = "id"
    LIST = "list"
    SECONDS = "seconds"
    FLAG = "flag"
    TEXT = "text"
    CUSTOM = "custom"


FACTS: Mapping[str, Kind] = {
    "status": Kind.WORD,
    "category": Kind.WORD,
    "priority": Kind.PRIORITY,
    "queue": Kind.ID,
    "owner": Kind.ID,
    "contact": Kind.ID,
    "account": Kind.ID,
    "mailbox": Kind.ID,
    "channel": Kind.WORD,
    "language": Kind.WORD,
    "tags": Kind.LIST,
    "subject": Kind.TEXT,
    REQUEST_TYPE: Kind.CUSTOM,
    "age": Kind.SECONDS,
    "waiting": Kind.SECONDS,
    "due_in": Kind.SECONDS,
    "unread": Kind.FLAG,
    "escalated": Kind.FLAG,
    "snoozed": Kind.FLAG,
}
"""Facts by name; `fields.<key>` are the custom fields beside them. Seconds count from the moment that is asked at."""

OPERATORS: Mapping[Kind, frozenset[str]] = {
    Kind.WORD: frozenset({"is", "is_not", "in", "not_in"}),
    Kind.PRIORITY: frozenset({"is", "is_not", "in", "not_in", "less", "more"}),
    Kind.ID: frozenset({"is", "is_not", "in", "not_in", "known"}),
    Kind.LIST: frozenset({"contains", "contains_not", "known"}),
    Kind.SECONDS: frozenset({"less", "more", "known"}),
    Kind.FLAG: frozenset({"is"}),
    Kind.TEXT: frozenset({"contains", "contains_not"}),
    Kind.CUSTOM: frozenset({"is", "is_not", "in", "not_in", "less", "more", "contains", "contains_not", "known"}),
}
PERSONAL = frozenset({"unread"})
PASSING = frozenset({"age", "waiting", "due_in"})
"""Facts that change by time passing alone."""
MOST_PARTS = 100
LONGEST_VALUE = 400  # characters


@dataclass(frozen=True, slots=True)
class Question(Test):
    """A question about a case, answered by what its fact is."""

    def holds(self, facts: Mapping[str, Any]) -> bool:
        return _answer(self, facts)


def question(fact: Any, operator: Any, value: Any, field: str) -> Question:
    """A question that was checked when it was written. Raises PolicyError where no question can be made of it."""
    read = read_test(fact, operator, value, field)
    return Question(read.fact, read.operator, read.value)


def case_condition(value: Any, *, field: str = "condition") -> Condition:
    """A checked condition from its JSON. Raises Invalid with the field at fault."""
    try:
        found = condition_from_json(value, field, ask=question)
    except PolicyError as error:
        raise Invalid(error.message[:1].upper() + error.message[1:], field=error.field or field) from error
    check_questions(found, field=field)
    return found


def check_questions(condition: Condition, *, field: str) -> None:
    """Refuse questions that no case can answer, and too many of them. Raises Invalid."""
    if sum(1 for _ in questions_of(condition)) > MOST_PARTS:
        raise Invalid(f"Ask at most {MOST_PARTS} questions in one condition.", field=field)
    for test in questions_of(condition):
        _check(test, field)


def kind_of(fact: str) -> Kind | None:
    if fact.startswith(FIELDS) and FIELD_KEY.fullmatch(fact[len(FIELDS) :]):
        return Kind.CUSTOM
    return FACTS.get(fact)


def _check(test: Test, field: str) -> None:
    kind = kind_of(test.fact)
    if kind is None:
        raise Invalid(f"Nothing is known of {test.fact!r}; ask about {', '.join(FACTS)} or fields.<key>.", field=field)
    if test.operator not in OPERATORS[kind]:
        wanted = ", ".join(sorted(OPERATORS[kind]))
        raise Invalid(f"Of {test.fact} ask one of: {wanted}.", field=field)
    if test.operator == "known":
        return
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if not all(_fits(kind, test, value) for value in values) or len(values) > MOST_PARTS:
        raise Invalid(f"This is no value of {test.fact}: {test.value!r}.", field=field)


def _fits(kind: Kind, test: Test, value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    match kind:
        case Kind.PRIORITY:
            return isinstance(value, str) and value in PRIORITIES
        case Kind.WORD if test.fact == "category":
            return value in CATEGORIES
        case Kind.CUSTOM if test.operator in {"contains", "contains_not"} and not isinstance(value, str):
            return False
        case Kind.WORD | Kind.LIST | Kind.TEXT:
            return isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE and "\x00" not in value
        case Kind.ID if test.fact == "owner" and value == ME:
            return True
        case Kind.ID:
            return (whole and 0 < value < 2**31) or (value is None and test.operator in {"is", "is_not"})
        case Kind.SECONDS:
            return whole and abs(value) < 10**10
        case Kind.FLAG:
            return isinstance(value, bool)
        case _ if test.operator in {"less", "more"}:
            number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**12
            return number or (isinstance(value, str) and len(value) <= LONGEST_VALUE)
        case _:
            number = isinstance(value, int | float) and abs(value) < 10**12
            return number or (isinstance(value, str) and len(value) <= LONGEST_VALUE and "\x00" not in value)


def is_personal(condition: Condition) -> bool:
    """Whether the answer depends on who looks."""
    return any(
        test.fact in PERSONAL
        or (test.fact == "owner" and (test.value == ME or (isinstance(test.value, tuple) and ME in test.value)))
        for test in questions_of(condition)
    )


def is_passing(condition: Condition) -> bool:
    """Whether the answer changes by time alone."""
    return any(test.fact in PASSING for test in questions_of(condition))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who asks, and when; unread and `me` are about that user."""

    now: datetime
    user_id: int | None = None


def facts_of(case: Case, status: str, look: Look, *, read: int = 0) -> dict[str, Any]:
    """What conditions may ask about one case; `read` is how far the one who looks has read it."""

    def seconds(start: datetime | None, end: datetime | None) -> float | None:
        return None if start is None or end is None else (end - start).total_seconds()

    return {
        "status": status,
        "category": case.category,
        "priority": PRIORITY_NAMES[case.priority],
        "queue": case.queue_id,
        "owner": case.owner_id,
        "contact": case.contact_id,
        "account": case.account_id,
        "mailbox": case.mailbox_id,
        "channel": case.channel,
        "language": case.language,
        "tags": list(case.tags),
        "subject": case.subject,
        "age": seconds(case.opened_at, look.now),
        "waiting": seconds(case.waiting_since, look.now),
        "due_in": seconds(look.now, case.next_due_at),
        "unread": case.category != "closed" and case.last_position > read,
        "escalated": case.escalated_at is not None,
        "snoozed": case.snoozed_until is not None,
        ME: look.user_id,
        **custom_facts(case.custom),
    }


def custom_facts(custom: Mapping[str, Any]) -> dict[str, Any]:
    """The custom fields of a case as facts."""
    return {REQUEST_TYPE: custom.get(REQUEST_TYPE), **{FIELDS + key: value for key, value in custom.items()}}


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether a condition holds for the facts of a case (`facts_of`)."""
    return condition.holds(facts)


def _answer(test: Test, facts: Mapping[str, Any]) -> bool:
    kind, fact, value = kind_of(test.fact), facts.get(test.fact), test.value
    if kind is Kind.ID:
        mine = facts.get(ME)
        given = tuple(mine if one == ME else one for one in (value if isinstance(value, tuple) else (value,)))
        value = given if isinstance(value, tuple) else given[0]
    if kind is Kind.PRIORITY and test.operator in {"less", "more"}:
        fact, value = (next((n for name, n in PRIORITIES.items() if name == one), None) for one in (fact, value))
    if kind is Kind.TEXT:
        found = contains_words(str(fact or ""), str(value))
        return found if test.operator == "contains" else not found
    if kind is Kind.LIST and test.operator != "known":
        found = str(value).lower() in (fact or ())
        return found if test.operator == "contains" else not found
    if kind is Kind.CUSTOM:
        return _custom(test, fact)
    return Test(test.fact, test.operator, value).holds({test.fact: fact})


def contains_words(text: str, wanted: str) -> bool:
    """Whether every word of `wanted` stands somewhere in `text`, in capitals or not."""
    text = text.lower()
    return all(word in text for word in wanted.lower().split())


def _custom(test: Test, fact: Any) -> bool:
    """Custom values are compared as what they are: numbers with numbers, all else as text."""
    if test.operator == "known":
        return (fact is not None and fact != "") is test.value
    if test.operator in {"less", "more"}:
        if not same_sort(fact, test.value):
            return False
        return bool(fact < test.value if test.operator == "less" else fact > test.value)
    if test.operator in {"contains", "contains_not"}:
        return (isinstance(fact, str) and contains_words(fact, str(test.value))) is (test.operator == "contains")
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    found = any(same_sort(fact, value) and fact == value for value in values)
    return found if test.operator in {"is", "in"} else not found


def same_sort(fact: Any, value: Any) -> bool:
    """Whether two values may be compared: both switches, both numbers, or both texts."""
    if isinstance(fact, bool) or isinstance(value, bool):
        return isinstance(fact, bool) and isinstance(value, bool)
    if isinstance(fact, int | float):
        return isinstance(value, int | float)
    return isinstance(fact, str) and isinstance(value, str)
