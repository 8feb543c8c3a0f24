"""The rules of cases, each cell of the table and each cleaning of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases import rules

CELLS = [(category, verb) for category in rules.CATEGORIES for verb in rules.VERBS]


@pytest.mark.parametrize(("category", "verb"), CELLS)
def test_every_cell_is_a_category_or_a_refusal(category: rules.Category, verb: rules.Verb) -> None:
    assert rules.after(category, verb) in (*rules.CATEGORIES, None)


@pytest.mark.parametrize("category", rules.CATEGORIES)
def test_a_customer_who_writes_is_heard_in_every_state(category: rules.Category) -> None:
    assert rules.after(category, "customer_writes") in ("new", "open")


@pytest.mark.parametrize("category", rules.CATEGORIES)
def test_staff_may_answer_in_every_state_and_nothing_becomes_new_again(category: rules.Category) -> None:
    assert rules.after(category, "staff_replies") == ("open" if category == "new" else category)
    assert "new" not in {rules.after(category, verb) for verb in rules.VERBS} - {category}


def test_what_is_closed_must_be_opened_before_it_can_wait() -> None:
    assert rules.after("closed", "wait") is None
    assert rules.after("closed", "hold") is None
    assert rules.reachable("closed") == ("open", "closed")


def test_reachable_offers_the_own_category_and_every_other_that_a_verb_leads_to() -> None:
    assert rules.reachable("new") == ("new", "open", "waiting", "on_hold", "resolved", "closed")
    assert rules.reachable("resolved") == ("open", "waiting", "resolved", "closed")


def test_priorities_rise_to_urgent_and_no_further() -> None:
    assert [rules.raised(priority) for priority in (1, 2, 3, 4)] == [2, 3, 4, 4]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("The oven\r\nBcc: everybody", "The oven Bcc: everybody"),
        ("\u202eevil\u202c  text", "evil text"),
        ("", ""),
        ("  \t ", ""),
        ("x" * 1000, "x" * rules.SUBJECT_LENGTH),
    ],
)
def test_a_subject_is_one_clean_line(written: str, kept: str) -> None:
    assert rules.clean_subject(written) == kept


@given(st.text())
def test_no_subject_is_long_or_broken(written: str) -> None:
    cleaned = rules.clean_subject(written)
    assert len(cleaned) <= rules.SUBJECT_LENGTH
    assert cleaned.isprintable()


@given(st.lists(st.text(), max_size=80))
def test_tags_are_few_short_lower_case_and_each_once(tags: list[str]) -> None:
    cleaned = rules.clean_tags(tags)
    assert len(set(cleaned)) == len(cleaned) <= rules.TAGS_PER_CASE
    assert rules.clean_tags(cleaned) == cleaned
