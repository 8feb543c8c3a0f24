"""The states of a promise and what may happen to it, as a table that knows nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What is promised."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class State(StrEnum):
    """Where one clock stands."""

    IDLE = "idle"  # nothing has been asked for yet
    RUNNING = "running"
    PAUSED = "paused"  # owed, but it is not our turn; not due while it lasts
    BREACHED = "breached"  # the due moment has passed and the promise is still owed
    MET = "met"
    MISSED = "missed"  # done, but after the due moment
    ENDED = "ended"  # no longer owed: spam, merged


class Verb(StrEnum):
    """What may happen to a clock."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    BREACH = "breach"
    RENEW = "renew"  # a longer target makes a breached promise keepable again
    MEET = "meet"
    REOPEN = "reopen"
    RESTORE = "restore"
    STOP = "stop"


def _table(rows: dict[State, dict[Verb, State]]) -> Mapping[State, Mapping[Verb, State]]:
    return MappingProxyType({state: MappingProxyType(row) for state, row in rows.items()})


TRANSITIONS = _table(
    {
        State.IDLE: {Verb.START: State.RUNNING},
        State.RUNNING: {
            Verb.PAUSE: State.PAUSED,
            Verb.BREACH: State.BREACHED,
            Verb.MEET: State.MET,
            Verb.STOP: State.ENDED,
        },
        State.PAUSED: {Verb.RESUME: State.RUNNING, Verb.MEET: State.MET, Verb.STOP: State.ENDED},
        State.BREACHED: {Verb.RENEW: State.RUNNING, Verb.MEET: State.MISSED, Verb.STOP: State.ENDED},
        State.MET: {Verb.START: State.RUNNING, Verb.REOPEN: State.RUNNING},
        State.MISSED: {Verb.START: State.RUNNING, Verb.REOPEN: State.BREACHED},
        State.ENDED: {Verb.REOPEN: State.RUNNING, Verb.RESTORE: State.RUNNING},
    }
)
"""What each verb makes of each state; a verb that is not in a row changes nothing there."""

OWED = frozenset({State.RUNNING, State.PAUSED, State.BREACHED})
