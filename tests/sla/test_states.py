"""The table of states is what the page of semantics says it is, cell by cell."""

from __future__ import annotations

import pytest

from sla import State, Verb
from sla.states import OWED, TRANSITIONS

CHANGES = {
    ("idle", "start"): "running",
    ("running", "pause"): "paused",
    ("running", "breach"): "breached",
    ("running", "meet"): "met",
    ("running", "stop"): "ended",
    ("paused", "resume"): "running",
    ("paused", "meet"): "met",
    ("paused", "stop"): "ended",
    ("breached", "renew"): "running",
    ("breached", "meet"): "missed",
    ("breached", "stop"): "ended",
    ("met", "start"): "running",
    ("met", "reopen"): "running",
    ("missed", "start"): "running",
    ("missed", "reopen"): "breached",
    ("ended", "reopen"): "running",
    ("ended", "restore"): "running",
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", Verb)
def test_every_cell(state: State, verb: Verb) -> None:
    assert TRANSITIONS[state].get(verb) == CHANGES.get((state, verb))


def test_every_state_is_reached_from_idle_and_every_owed_one_can_be_done() -> None:
    reached = {State.IDLE}
    while new := {target for state in reached for target in TRANSITIONS[state].values()} - reached:
        reached |= new
    assert reached == set(State)
    assert all({Verb.MEET, Verb.STOP} <= set(TRANSITIONS[state]) for state in OWED)
