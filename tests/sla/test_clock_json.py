"""A clock survives being kept as JSON, and what is no clock is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from sla import Event, SlaError, Terms, clock_from_json, clock_to_json, replay
from tests.sla.desk import histories
from tests.sla.desk import terms as any_terms


@given(any_terms, histories())
def test_a_clock_survives_json(terms: Terms, events: list[Event]) -> None:
    for clock in replay(events, terms):
        read = clock_from_json(json.loads(json.dumps(clock_to_json(clock))))
        assert read == clock
        assert (type(read.kind), type(read.state)) == (type(clock.kind), type(clock.state))


@pytest.mark.parametrize(
    "table",
    [
        None,
        {},
        {"kind": "resolution"},
        {"kind": "delivery", "state": "idle"},
        {"kind": "resolution", "state": "asleep"},
        {"kind": "resolution", "state": "idle", "colour": "red"},
        {"kind": "resolution", "state": "idle", "due_at": "soon"},
        {"kind": "resolution", "state": "idle", "due_at": 5},
    ],
)
def test_what_is_no_clock_is_refused(table: Any) -> None:
    with pytest.raises(SlaError) as caught:
        clock_from_json(table)
    assert caught.value.code == "bad_clock"
