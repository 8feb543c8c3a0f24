"""The word lists are clean, so that anybody may add to them."""

from __future__ import annotations

from importlib.resources import files

import pytest

from mail import words

LISTS = sorted(path.name.removesuffix(".txt") for path in files(words).iterdir() if path.name.endswith(".txt"))


@pytest.mark.parametrize("name", LISTS)
def test_phrases_are_lower_case_once_each_and_not_empty(name: str) -> None:
    phrases = words.read(name)
    assert len(phrases) > 3
    assert len(set(phrases)) == len(phrases)
    assert [phrase for phrase in phrases if phrase != phrase.lower() or not phrase.strip()] == []


def test_labels_have_a_kind() -> None:
    assert words.read_kinds("labels")["von"] == "from"
    assert set(words.read_kinds("labels").values()) == {"from", "date", "to", "cc", "subject", "reply-to", "importance"}


def test_quotation_marks_keep_outer_spaces() -> None:
    assert "on " in words.read("attribution_starts")
