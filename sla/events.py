"""What happens to a subject, in the words of service levels; a bridge maps its own history to these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from sla.states import Kind, Verb

if TYPE_CHECKING:
    from sla.clocks import Terms

DONE = frozenset({"resolved", "closed"})
"""Status categories in which nothing is owed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at `at` (aware); `by` and `why` are only shown, in explanations."""

    at: datetime
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Event):
    """The subject exists. `awaits_answer` is False where staff opened it and the customer has asked nothing yet."""

    category: str = "new"
    awaits_answer: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote(Event):
    """The customer asked or added something that wants an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReplied(Event):
    """A person answered the customer. Notes and automatic mail are no answer; do not report them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Event):
    """The status has now this category: new, open, waiting, on_hold, resolved or closed (or any of your own)."""

    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(StatusChanged):
    """Done; the same as StatusChanged to resolved."""

    category: str = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(StatusChanged):
    """Not done after all; the same as StatusChanged to open."""

    category: str = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retargeted(Event):
    """Other terms hold from now on: priority, policy or calendar changed."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Event):
    """Nothing is owed any more, and nothing was done: spam, merged into another."""


MEANING = MappingProxyType(
    {
        Opened: {
            Kind.FIRST_RESPONSE: Verb.START,
            Kind.NEXT_RESPONSE: Verb.START,
            Kind.RESOLUTION: Verb.START,
        },
        CustomerWrote: {Kind.NEXT_RESPONSE: Verb.START},
        StaffReplied: {Kind.FIRST_RESPONSE: Verb.MEET, Kind.NEXT_RESPONSE: Verb.MEET},
        Stopped: dict.fromkeys(Kind, Verb.STOP),
    }
)
"""What each event does to each clock."""

WHEN_DONE = MappingProxyType(dict.fromkeys(Kind, Verb.MEET))
"""What a status in DONE does: who solves it has also answered it."""

WHEN_NOT_DONE = MappingProxyType(
    {Kind.FIRST_RESPONSE: Verb.RESTORE, Kind.NEXT_RESPONSE: Verb.RESTORE, Kind.RESOLUTION: Verb.REOPEN}
)
"""What any other status does to clocks that had finished: answers stay given, the solution is owed again."""
