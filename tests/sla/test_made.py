"""The promises that were made, one after the other, with what became of each."""

from __future__ import annotations

from datetime import datetime

from sla import (
    CustomerWrote,
    Kind,
    Opened,
    StaffReplied,
    State,
    StatusChanged,
    Terms,
    calendar_from_json,
    made_promises,
)

HOURS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
TERMS = Terms(
    calendar=calendar_from_json({"tz": "UTC", "hours": HOURS}),
    targets={Kind.FIRST_RESPONSE: 3600, Kind.NEXT_RESPONSE: 7200},
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}:00+00:00")


def test_each_question_of_a_customer_is_a_promise_of_its_own() -> None:
    made = made_promises(
        [
            Opened(at=at("02 09:00")),
            StaffReplied(at=at("02 09:30")),
            CustomerWrote(at=at("02 10:00")),
            StaffReplied(at=at("02 13:00")),
            CustomerWrote(at=at("02 14:00")),
            StatusChanged(at=at("02 15:00"), category="waiting"),
        ],
        TERMS,
        at("03 12:00"),
    )
    told = [(one.kind, one.started_at, one.due_at, one.broken, one.state) for one in made]
    assert told == [
        (Kind.FIRST_RESPONSE, at("02 09:00"), at("02 10:00"), False, State.MET),
        (Kind.NEXT_RESPONSE, at("02 10:00"), at("02 12:00"), True, State.MISSED),
        (Kind.NEXT_RESPONSE, at("02 14:00"), at("02 16:00"), False, State.PAUSED),
    ]


def test_what_is_still_owed_at_the_end_is_looked_at_then() -> None:
    (made,) = made_promises([Opened(at=at("02 09:00"))], TERMS, at("02 10:01"))
    assert (made.broken, made.state) == (True, State.BREACHED)
    (made,) = made_promises([Opened(at=at("02 09:00"))], TERMS, at("02 09:59"))
    assert (made.broken, made.state) == (False, State.RUNNING)
