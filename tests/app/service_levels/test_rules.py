"""Entries as events, columns as facts, and the steps that a policy has without saying so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.cases.entries import Author, InternalEntry, PublicEntry, Recorded
from app.cases.events import CaseState
from app.service_levels import rules
from app.service_levels.defaults import STANDARD
from app.service_levels.rules import Pin
from sla import (
    Clock,
    CustomerWrote,
    Event,
    Kind,
    Opened,
    Retargeted,
    StaffReplied,
    State,
    StatusChanged,
    Stopped,
    Terms,
    calendar_from_json,
    policy_from_json,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CUSTOMER, AGENT, SYSTEM = Author("contact", "Pavel Orlov"), Author("staff", "Maria Keller"), Author("system", "")


def entry(kind: str, author: Author = AGENT, *, position: int = 1, **data: Any) -> Recorded:
    if kind in {"opened", "message"}:
        return PublicEntry(
            case_id=1, position=position, kind=kind, author=author, at=NOW, data=data, public_position=position
        )
    return InternalEntry(case_id=1, position=position, kind=kind, author=author, at=NOW, data=data)


def state(**columns: Any) -> CaseState:
    usual: dict[str, Any] = {
        "case_id": 1,
        "number": 1001,
        "subject": "Ovens",
        "status": "new",
        "category": "new",
        "priority": 2,
        "queue_id": 1,
        "owner_id": None,
        "contact_id": 5,
        "account_id": 7,
        "channel": "mail",
        "mailbox_id": 3,
        "language": "fi",
        "tags": ("oven",),
        "opened_at": NOW,
        "head": 1,
        "public_head": 1,
    }
    return CaseState(**{**usual, **columns})


@pytest.mark.parametrize(
    ("one", "means"),
    [
        (entry("opened", CUSTOMER), [Opened(at=NOW, by="Pavel Orlov", awaits_answer=True)]),
        (entry("opened", AGENT), [Opened(at=NOW, by="Maria Keller", awaits_answer=False)]),
        (entry("message", CUSTOMER), [CustomerWrote(at=NOW, by="Pavel Orlov")]),
        (entry("message", AGENT), [StaffReplied(at=NOW, by="Maria Keller")]),
        (entry("message", SYSTEM), []),
        (entry("note", AGENT), []),
        (entry("mail_attached", CUSTOMER), []),
        (
            entry("status_changed", to={"key": "vendor", "category": "on_hold"}),
            [StatusChanged(at=NOW, by="Maria Keller", category="on_hold")],
        ),
        (entry("spam_marked", spam=True), [Stopped(at=NOW, by="Maria Keller")]),
        (entry("spam_marked", spam=False), []),
        (entry("priority_changed", to="high"), []),
    ],
)
def test_what_an_entry_means_to_the_clocks(one: Recorded, means: list[Event]) -> None:
    assert rules.events_of(one) == means


def test_terms_change_after_the_entry_that_changed_them() -> None:
    terms = Terms(calendar=calendar_from_json({"tz": "UTC"}), targets={Kind.RESOLUTION: 60})
    pins = [Pin(position=position, version_id=1, targets={}) for position in (1, 3)]
    feed = [entry("opened", CUSTOMER), entry("note", position=2), entry("message", position=3)]
    events = rules.history(feed, pins, {1: terms, 3: terms})
    assert [type(event) for event in events] == [Opened, StaffReplied, Retargeted]


def test_a_pin_comes_back_from_json() -> None:
    pin = Pin(position=4, version_id=2, targets={Kind.FIRST_RESPONSE: 900})
    assert pin.to_json() == {"position": 4, "version": 2, "targets": {"first_response": 900}}
    assert Pin.from_json(pin.to_json()) == pin


def test_facts_are_the_columns_that_a_policy_may_ask_about() -> None:
    assert rules.facts_of(state(), {"machine": "M4"}) == {
        "priority": "normal",
        "account": 7,
        "contact": 5,
        "queue": 1,
        "mailbox": 3,
        "channel": "mail",
        "language": "fi",
        "tags": ["oven"],
        "request_type": None,
        "fields.machine": "M4",
    }
    asked = rules.facts_of(state(), {"request_type": "repair"})
    assert (asked["request_type"], asked["fields.request_type"]) == ("repair", "repair")


def test_changed_facts_are_named() -> None:
    after = state(priority=3, tags=(), owner_id=9, category="open")
    fields = entry("fields_changed", to={"machine": "M5"})
    assert rules.changed_facts(state(), after, [fields]) == {"priority", "tags", "fields.machine"}
    repaired = entry("fields_changed", to={"request_type": "repair"})
    assert rules.changed_facts(state(), state(), [repaired]) == {"request_type", "fields.request_type"}
    assert rules.changed_facts(state(), state(owner_id=9), []) == frozenset()


def test_only_steps_of_promises_leave_promises_alone() -> None:
    assert rules.made_by_step([entry("escalated", SYSTEM, step="breach"), entry("priority_changed", SYSTEM)])
    assert not rules.made_by_step([entry("escalated", AGENT, reason="By hand")])
    assert not rules.made_by_step([entry("priority_changed", SYSTEM)])


def policy(**parts: Any) -> Any:
    return policy_from_json({"key": "1", "name": "Gold", "calendar": "1", **parts})


def test_the_facts_that_a_policy_asks_about() -> None:
    when = {"any": [{"fact": "account", "operator": "is", "value": 7}, {"all": []}]}
    target = {"kind": "resolution", "seconds": 60, "when": {"fact": "priority", "operator": "is", "value": "low"}}
    assert rules.facts_used(policy(when=when, targets=[target])) == {"account", "priority"}
    assert rules.facts_used(policy()) == frozenset()


def test_each_kind_without_a_word_on_its_breach_has_the_usual_steps() -> None:
    def usual(*steps: dict[str, Any]) -> list[str]:
        return [str(step.kind) for step in rules.steps_of(policy(steps=list(steps))) if step.id == "(usual)"]

    notify = [{"what": "notify", "whom": ["owner"]}]
    warning = {"id": "warning", "offset_seconds": -60, "actions": notify}
    assert usual(warning) == ["first_response", "next_response", "resolution"]
    assert usual(warning, {"id": "later", "offset_seconds": 60, "actions": notify}) == []
    assert usual({"id": "a", "offset_seconds": 0, "actions": notify, "kind": "resolution"}) == [
        "first_response",
        "next_response",
    ]
    assert usual({"id": "empty", "offset_seconds": 0}) == ["first_response", "next_response", "resolution"]


def test_the_earliest_due_moment_counts_what_is_owed() -> None:
    later = NOW.replace(hour=12)
    running = Clock(kind=Kind.RESOLUTION, state=State.RUNNING, due_at=later)
    breached = Clock(kind=Kind.FIRST_RESPONSE, state=State.BREACHED, due_at=NOW)
    met = Clock(kind=Kind.NEXT_RESPONSE, state=State.MET, due_at=NOW)
    assert rules.earliest_due([running, breached, met]) == NOW
    assert rules.earliest_due([running, met]) == later
    assert rules.earliest_due([met, Clock(kind=Kind.RESOLUTION, state=State.PAUSED)]) is None


@pytest.mark.parametrize(
    ("given", "found"),
    [("user:7", 7), ("7", 7), (7, 7), ("owner", None), (True, None), (None, None), ("user:٧", None), ("9" * 12, None)],
)
def test_people_are_named_by_their_id(given: object, found: int | None) -> None:
    assert rules.user_named(given) == found


def test_the_standard_policy_is_one() -> None:
    found = policy(**STANDARD).targets_for({"priority": "urgent"})
    assert found == {Kind.FIRST_RESPONSE: 3600, Kind.NEXT_RESPONSE: 3600, Kind.RESOLUTION: 4 * 3600}


def test_reasons_are_sentences() -> None:
    assert rules.reason_for(Kind.RESOLUTION, NOW, broken=True) == "The solution was due 2026-03-02 09:00 (UTC)."
    assert rules.reason_for(Kind.NEXT_RESPONSE, NOW, broken=False) == "The next answer is due 2026-03-02 09:00 (UTC)."
