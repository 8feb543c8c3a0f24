"""Conditions: what SQL finds among all cases is what the pure evaluator says of each, whatever is asked."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cases.condition_sql import where
from app.cases.conditions import FACTS, OPERATORS, Kind, Look, case_condition, facts_of, holds, is_passing, is_personal
from app.cases.models import Case, ReadPosition, Status
from app.cases.queries import Filter
from app.cases.rules import CATEGORIES, PRIORITIES
from app.database import Work, fetch_rows
from app.database import database as opened
from app.errors import Invalid
from app.events import Bus
from app.first_start import STATUSES
from app.people.models import Contact
from app.queues.models import Queue
from tests.support.people import seed_people

NOW = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)
TAGS = ("vip", "возврат", "lasku ä", "a%b_c!")
SUBJECTS = ("Oven is cold", "Печь не греет", "Lasku on väärin", "100% of_it! is", "OVEN again")
CUSTOM: tuple[dict[str, Any], ...] = (
    {},
    {"shop": "Töölö", "copies": 2, "urgent": True, "request_type": "Repair of ovens"},
    {"shop": "", "copies": 2.5, "urgent": False},
    {"shop": "a", "copies": 0, "request_type": "a"},
    {"shop": 7, "copies": "2", "urgent": "true"},
)
USER = 3


def question() -> st.SearchStrategy[dict[str, Any]]:
    numbers = st.sampled_from((0, 1, 2, 2.5, -1))
    ids = st.sampled_from((1, 2, 3, 4, 99))
    values: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.PRIORITY: st.sampled_from(tuple(PRIORITIES)),
        Kind.ID: ids,
        Kind.LIST: st.sampled_from((*TAGS, "VIP", "none")),
        Kind.SECONDS: st.sampled_from((-7200, -3600, 0, 1, 3600, 7200, 10**9)),
        Kind.FLAG: st.booleans(),
        Kind.TEXT: st.sampled_from(("oven", "ПЕЧЬ", "% of_", "väärin on", "x", " ")),
        Kind.CUSTOM: st.one_of(numbers, st.booleans(), st.sampled_from(("Töölö", "a", "2", "true", ""))),
    }
    words = {
        "status": st.sampled_from((*CATEGORIES, "nothing")),
        "category": st.sampled_from(CATEGORIES),
        "channel": st.sampled_from(("mail", "portal", "fax")),
        "language": st.sampled_from(("en", "ru", "fi", "sv")),
    }

    def of(fact: str) -> st.SearchStrategy[dict[str, Any]]:
        kind = FACTS.get(fact, Kind.CUSTOM)
        value = words[fact] if kind is Kind.WORD else values[kind]
        if fact == "owner":
            value = st.one_of(ids, st.just("me"))

        def asked(operator: str) -> st.SearchStrategy[dict[str, Any]]:
            wanted = value
            if operator == "known":
                wanted = st.booleans()
            elif operator in {"in", "not_in"}:
                wanted = st.lists(value, max_size=3)
            elif operator in {"is", "is_not"} and kind is Kind.ID:
                wanted = st.one_of(value, st.none())
            elif operator in {"contains", "contains_not"} and kind is Kind.CUSTOM:
                wanted = st.sampled_from(("tÖÖ", "ovens repair", "A", "%", " ", "2"))
            elif operator in {"less", "more"} and kind is Kind.CUSTOM:
                wanted = st.one_of(numbers, st.sampled_from(("Töölö", "a", "2")))
            return wanted.map(lambda given: {"fact": fact, "operator": operator, "value": given})

        return st.sampled_from(sorted(OPERATORS[kind])).flatmap(asked)

    facts = (*FACTS, "fields.shop", "fields.copies", "fields.urgent", "fields.missing")
    return st.sampled_from(facts).flatmap(of)


CONDITIONS = st.recursive(
    question(),
    lambda part: st.one_of(
        st.lists(part, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(part, max_size=3).map(lambda parts: {"any": parts}),
        part.map(lambda one: {"not": one}),
    ),
    max_leaves=6,
)


async def seed() -> None:
    work = Work(now=NOW, bus=Bus())
    people = await seed_people(work)
    for key, names in STATUSES:
        await Status.create(key=key, category=key, names=names)
    chance = random.Random(42)
    statuses = await Status.all()
    queues = [await Queue.create(name=f"Queue {number}", created_at=NOW) for number in range(3)]
    contacts = await Contact.all()

    def some(*choices: Any) -> Any:
        return chance.choice(choices)

    for _ in range(60):
        status, contact = some(*statuses), some(*contacts)
        case = await Case.create(
            subject=some(*SUBJECTS), status_id=status.id, category=status.category, priority=some(1, 2, 3, 4),
            queue_id=some(*queues).id, owner_id=some(None, people["maria"].id, people["tomas"].id),
            contact_id=contact.id, account_id=some(None, contact.account_id), channel=some("mail", "portal"),
            mailbox_id=some(None, 1, 2), language=some("en", "ru", "fi"), custom=some(*CUSTOM),
            tags=chance.sample(TAGS, some(0, 0, 1, 2)), last_position=some(1, 2, 3),
            opened_at=NOW - timedelta(seconds=some(0, 1, 3600, 7200, 90000)), updated_at=NOW, public_at=NOW,
            waiting_since=some(None, NOW, NOW - timedelta(hours=1), NOW - timedelta(seconds=0.25)),
            next_due_at=some(None, NOW, NOW + timedelta(hours=1), NOW - timedelta(hours=2, microseconds=1)),
            escalated_at=some(None, NOW), snoozed_until=some(None, NOW),
        )  # fmt: skip
        if chance.random() < 0.5:
            await ReadPosition.create(case_id=case.id, user_id=USER, position=some(1, 3), at=NOW)


async def test_sql_and_python_give_the_same_answer_to_every_question(database: str) -> None:
    look = Look(now=NOW, user_id=USER)
    async with opened(database):
        await seed()
        read = {row.case_id: row.position for row in await ReadPosition.filter(user_id=USER)}
        cases = await Case.all().select_related("status")
        facts = {case.id: facts_of(case, case.status.key, look, read=read.get(case.id, 0)) for case in cases}
        loop = asyncio.get_running_loop()

        async def found(wanted: Any) -> set[int]:
            chosen = Filter()
            chosen.add(where(wanted, chosen, look))
            return {
                row["id"] for row in await fetch_rows(f"SELECT c.id FROM desk_case c WHERE {chosen}", *chosen.values)
            }

        @settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(CONDITIONS)
        def compare(plain: dict[str, Any]) -> None:
            wanted = case_condition(plain)
            assert case_condition(wanted.to_json()) == wanted
            expected = {case_id for case_id, known in facts.items() if holds(wanted, known)}
            assert asyncio.run_coroutine_threadsafe(found(wanted), loop).result(30) == expected

        await asyncio.to_thread(compare)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fact": "colour", "operator": "is", "value": "red"}, "Nothing is known of"),
        ({"fact": "tags", "operator": "is", "value": "vip"}, "ask one of"),
        ({"fact": "priority", "operator": "is", "value": "huge"}, "no value of priority"),
        ({"fact": "priority", "operator": "is", "value": ["high"]}, "no value of priority"),
        ({"fact": "fields.shop", "operator": "contains", "value": 7}, "no value of fields.shop"),
        ({"fact": "age", "operator": "less", "value": "soon"}, "no value of age"),
        ({"fact": "queue", "operator": "is", "value": True}, "no value of queue"),
        ({"fact": "subject", "operator": "contains", "value": ""}, "no value of subject"),
        ({"fact": "fields.a'b", "operator": "known", "value": True}, "Nothing is known of"),
        ({"every": []}, "all, any, not, or fact"),
        ([], "expected an object"),
    ],
)
def test_a_wrong_condition_is_refused_when_it_is_written(wrong: Any, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        case_condition({"all": [{"not": wrong}]} if isinstance(wrong, dict) else wrong)
    assert said.lower() in refused.value.message.lower()


def test_a_condition_says_whether_it_is_about_the_reader_or_about_time() -> None:
    mine = case_condition({"not": {"fact": "owner", "operator": "in", "value": ["me", 4]}})
    late = case_condition({"all": [{"fact": "due_in", "operator": "less", "value": 0}]})
    assert (is_personal(mine), is_passing(mine)) == (True, False)
    assert (is_personal(late), is_passing(late)) == (False, True)
    assert not is_personal(case_condition({"fact": "owner", "operator": "is", "value": 3}))
