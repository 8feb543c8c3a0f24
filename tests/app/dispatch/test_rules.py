"""Who may be given a case, and who of several is next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.dispatch.rules import Agent, Place, has_room, may_be_given, next_agent, works_in
from tests.support.clock import MONDAY_MORNING

MARIA = Agent(user_id=1, name="Maria", teams=frozenset({7}), on_duty=True, present=True)
TOMAS = replace(MARIA, user_id=2, name="Tomas")
OLGA = replace(MARIA, user_id=3, name="Olga", languages=frozenset({"ru"}))
ROUND = Place(queue_id=1, name="Support", team_id=7, assigning="round_robin")
LEAST = replace(ROUND, assigning="least_loaded")


def test_only_who_is_there_and_fits_is_given_a_case() -> None:
    assert may_be_given(MARIA, ROUND, "fi")
    assert not may_be_given(replace(MARIA, on_duty=False), ROUND, "fi")
    assert not may_be_given(replace(MARIA, present=False), ROUND, "fi")
    assert not may_be_given(OLGA, ROUND, "fi")
    assert not may_be_given(replace(MARIA, teams=frozenset({8})), ROUND, "fi")
    assert works_in(replace(MARIA, teams=frozenset()), replace(ROUND, team_id=None))
    assert not works_in(MARIA, replace(ROUND, skills=frozenset({"ovens"})))
    assert works_in(replace(MARIA, skills=frozenset({"ovens", "till"})), replace(ROUND, skills=frozenset({"ovens"})))


def test_the_agents_own_limit_goes_before_that_of_the_queue() -> None:
    busy = replace(MARIA, open_cases=3)
    assert has_room(busy, ROUND)
    assert not has_room(busy, replace(ROUND, capacity=3))
    assert has_room(replace(busy, capacity=4), replace(ROUND, capacity=3))
    assert not has_room(replace(busy, capacity=0), ROUND)


def test_round_robin_gives_to_who_has_waited_longest() -> None:
    just_now = replace(MARIA, given_at=MONDAY_MORNING)
    before = replace(TOMAS, given_at=MONDAY_MORNING - timedelta(hours=1), open_cases=9)
    assert next_agent([just_now, before], ROUND, "en") == before
    assert next_agent([just_now, before, replace(OLGA, given_at=None)], ROUND, "ru") == OLGA
    assert next_agent([just_now, before], ROUND, "en", not_to=[2]) == just_now
    assert next_agent([], ROUND, "en") is None


def test_least_loaded_gives_to_who_has_fewest() -> None:
    assert next_agent([replace(MARIA, open_cases=2), replace(TOMAS, open_cases=1)], LEAST, "en") == replace(
        TOMAS, open_cases=1
    )
    assert next_agent([MARIA, TOMAS], replace(LEAST, assigning="manual"), "en") is None
