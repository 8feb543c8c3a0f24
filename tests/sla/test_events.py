"""Every event has a meaning, and the special ones mean what the general one says."""

from __future__ import annotations

from datetime import timedelta

import pytest

import sla.events
from sla import (
    Event,
    Kind,
    Opened,
    Reopened,
    Resolved,
    Retargeted,
    StatusChanged,
    Verb,
    replay,
)
from sla.events import MEANING, WHEN_DONE, WHEN_NOT_DONE
from tests.sla.desk import ORIGIN, TERMS

LATER = ORIGIN + timedelta(hours=1)


def test_every_event_means_something() -> None:
    events = {thing for thing in vars(sla.events).values() if isinstance(thing, type) and issubclass(thing, Event)}
    assert events - {Event} == {*MEANING, StatusChanged, Resolved, Reopened, Retargeted}


def test_meanings_are_about_known_clocks() -> None:
    for meaning in (*MEANING.values(), WHEN_DONE, WHEN_NOT_DONE):
        assert set(meaning) <= set(Kind)
        assert set(meaning.values()) <= set(Verb)


@pytest.mark.parametrize("category", ["resolved", "closed"])
def test_resolved_is_a_status(category: str) -> None:
    opened = Opened(at=ORIGIN)
    assert replay([opened, Resolved(at=LATER)], TERMS) == replay(
        [opened, StatusChanged(at=LATER, category=category)], TERMS
    )


def test_reopened_is_a_status() -> None:
    before = [Opened(at=ORIGIN), Resolved(at=ORIGIN)]
    again = StatusChanged(at=LATER, category="open")
    assert replay([*before, Reopened(at=LATER)], TERMS) == replay([*before, again], TERMS)


def test_who_and_why_are_only_shown() -> None:
    plain = StatusChanged(at=LATER, category="waiting")
    told = StatusChanged(at=LATER, category="waiting", by="Maria Keller", why="photo of the oven")
    assert replay([Opened(at=ORIGIN), plain], TERMS) == replay([Opened(at=ORIGIN), told], TERMS)
