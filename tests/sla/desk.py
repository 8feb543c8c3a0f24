"""The invented desk that the service-level tests speak about, and random histories of its cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from sla import (
    Calendar,
    CustomerWrote,
    Event,
    Kind,
    Opened,
    Reopened,
    Resolved,
    Retargeted,
    StaffReplied,
    StatusChanged,
    Stopped,
    Terms,
    calendar_from_json,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR = 3600


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def calendar(zone: str, hours: dict[str, list[list[str]]], **more: Any) -> Calendar:
    return calendar_from_json({"tz": zone, "hours": hours, **more})


OFFICE = calendar(
    "Europe/Helsinki",
    {day: [["09:00", "17:00"]] for day in DAYS[:5]},
    holidays=[{"date": "2026-04-03", "name": "Good Friday"}, {"date": "2026-04-06", "name": "Easter Monday"}],
)
ALWAYS = calendar("Europe/Helsinki", {day: [["00:00", "24:00"]] for day in DAYS})
NIGHT = calendar("America/St_Johns", {day: [["21:30", "04:15"], ["12:00", "12:30"]] for day in DAYS})
NEVER = calendar("UTC", {})

TERMS = Terms(
    calendar=OFFICE,
    targets={Kind.FIRST_RESPONSE: HOUR, Kind.NEXT_RESPONSE: 2 * HOUR, Kind.RESOLUTION: 8 * HOUR},
)

ORIGIN = datetime(2026, 3, 26, 7, 30, tzinfo=UTC)
targets = st.dictionaries(st.sampled_from(Kind), st.integers(1, 60).map(lambda quarters: quarters * 900), max_size=3)
terms = st.builds(
    Terms,
    calendar=st.sampled_from([OFFICE, ALWAYS, NIGHT, NEVER]),
    targets=targets,
    pausing=st.sampled_from([frozenset({"waiting", "on_hold"}), frozenset(), frozenset({"on_hold"})]),
)
categories = st.sampled_from(["new", "open", "waiting", "on_hold", "resolved", "closed"])
gaps = st.sampled_from([0, 0, 60, 900, 1800, 3600, 7200, 20 * 3600, 70 * 3600])


def _event(kind: type[Event], moment: datetime, category: str, new_terms: Terms) -> Event:
    if kind is Retargeted:
        return Retargeted(at=moment, terms=new_terms)
    if kind is StatusChanged:
        return StatusChanged(at=moment, category=category)
    return kind(at=moment)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Return what happened to one case, from its opening on, in order of time."""
    moment = ORIGIN + timedelta(seconds=draw(st.integers(0, 96)) * 900)
    events: list[Event] = [Opened(at=moment, category=draw(categories), awaits_answer=draw(st.booleans()))]
    kinds = st.sampled_from([CustomerWrote, StaffReplied, StatusChanged, Resolved, Reopened, Retargeted, Stopped])
    for kind in draw(st.lists(kinds, max_size=12)):
        moment += timedelta(seconds=draw(gaps))
        new_terms = draw(terms) if kind is Retargeted else TERMS
        events.append(_event(kind, moment, draw(categories) if kind is StatusChanged else "", new_terms))
    return events
