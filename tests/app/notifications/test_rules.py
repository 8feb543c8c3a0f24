"""Choices and push services, as the pure rules see them."""

from __future__ import annotations

import pytest

from app.notifications import rules

SERVICES = "push.example, http://127.0.0.1:9000"


def test_nothing_makes_a_sound_unless_it_was_chosen() -> None:
    assert not [kind for kind in rules.KINDS if "sound" in rules.proposed(kind)]


@pytest.mark.parametrize(
    ("stored", "channels"),
    [
        ({}, ("list", "browser", "push")),
        ({"mentioned": ["push", "list"]}, ("list", "push")),
        ({"mentioned": ["push"]}, ()),
        ({"assigned": []}, ("list", "browser", "push")),
    ],
)
def test_a_choice_counts_for_its_kind_and_needs_the_list(
    stored: dict[str, list[str]], channels: tuple[str, ...]
) -> None:
    assert rules.chosen(stored, "mentioned") == channels


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        ("https://push.example/a", True),
        ("https://eu.push.example/a", True),
        ("http://push.example/a", False),
        ("https://push.example:8443/a", False),
        ("https://user@push.example/a", False),
        ("https://evilpush.example/a", False),
        ("https://push.example.evil/a", False),
        ("http://127.0.0.1:9000/a", True),
        ("http://127.0.0.1:9001/a", False),
    ],
)
def test_pushes_lead_to_known_services_only(endpoint: str, allowed: bool) -> None:
    assert rules.may_push_to(endpoint, SERVICES) is allowed


def test_waits_grow_and_a_service_may_ask_for_more_but_not_for_ever() -> None:
    assert [rules.retry_in(attempts, None) for attempts in (1, 2, 3, 9)] == [10, 40, 160, 1800]
    assert (rules.retry_in(1, 100), rules.retry_in(1, 10**6)) == (100, 3600)


@pytest.mark.parametrize(("about", "read"), [({}, True), ({"position": 4}, True), ({"position": 5}, False)])
def test_who_has_read_up_to_the_fourth_entry_need_not_be_told_of_it(about: dict[str, int], read: bool) -> None:
    assert rules.concerns(about, 4) is read
