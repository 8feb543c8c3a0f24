"""Policies are chosen in order, promise by priority, and are read from JSON with errors that name the field."""

from __future__ import annotations

from typing import Any

import pytest

from sla import Kind, Policy, PolicyError, choose, policy_from_json, policy_to_json, replay
from sla.events import Opened
from tests.sla.desk import HOUR, OFFICE, at

NORTHWIND: dict[str, Any] = {
    "key": "northwind",
    "name": "Northwind Bakery, gold",
    "calendar": "always",
    "version": 3,
    "when": {"all": [{"fact": "account", "operator": "is", "value": "Northwind Bakery"}]},
    "targets": [
        {
            "kind": "first_response",
            "seconds": 900,
            "when": {"all": [{"fact": "priority", "operator": "in", "value": ["high", "urgent"]}]},
        },
        {"kind": "first_response", "seconds": HOUR},
        {"kind": "resolution", "seconds": 8 * HOUR},
    ],
    "pausing": ["waiting"],
    "steps": [
        {
            "id": "warn",
            "offset_seconds": -600,
            "actions": [{"what": "notify", "whom": ["owner"]}],
            "kind": "first_response",
        },
        {
            "id": "escalate",
            "offset_seconds": 0,
            "actions": [{"what": "move_to_queue", "queue": "escalation"}, {"what": "raise_priority", "levels": 1}],
        },
        {
            "id": "call",
            "offset_seconds": HOUR,
            "actions": [{"what": "webhook", "url": "https://example.com"}],
            "wall": True,
        },
    ],
}
EVERYBODY = {
    "key": "all",
    "name": "Everybody",
    "calendar": "office",
    "targets": [{"kind": "resolution", "seconds": 60}],
}


def changed(**change: Any) -> dict[str, Any]:
    return {**NORTHWIND, **change}


def test_the_first_policy_whose_condition_holds_is_chosen() -> None:
    policies = [policy_from_json(NORTHWIND), policy_from_json(EVERYBODY)]
    assert choose(policies, {"account": "Northwind Bakery"}) is policies[0]
    assert choose(policies, {"account": "Harbour Books"}) is policies[1]
    assert choose(policies[:1], {}) is None


def test_targets_depend_on_the_facts() -> None:
    policy = policy_from_json(NORTHWIND)
    assert policy.targets_for({"priority": "urgent"}) == {Kind.FIRST_RESPONSE: 900, Kind.RESOLUTION: 8 * HOUR}
    assert policy.targets_for({"priority": "low"})[Kind.FIRST_RESPONSE] == HOUR


def test_terms_drive_clocks() -> None:
    policy = policy_from_json(NORTHWIND)
    terms = policy.terms_for({"priority": "urgent"}, OFFICE)
    clocks = replay([Opened(at=at("2026-03-26T10:00+02:00"))], terms)
    assert clocks.first_response.due_at == at("2026-03-26T10:15+02:00")
    assert terms.pausing == {"waiting"}


def test_a_policy_survives_json() -> None:
    for definition in (NORTHWIND, EVERYBODY):
        policy = policy_from_json(definition)
        assert policy_from_json(policy_to_json(policy)) == policy
    assert policy_from_json(EVERYBODY).pausing == {"waiting", "on_hold"}
    assert isinstance(policy_from_json(EVERYBODY), Policy)


@pytest.mark.parametrize(
    ("definition", "code", "field"),
    [
        ([], "wrong_type", ""),
        (changed(name=" "), "missing", "name"),
        (changed(calendar=None), "missing", "calendar"),
        (changed(version=0), "bad_version", "version"),
        (changed(version=True), "bad_version", "version"),
        (changed(priority=1), "unknown_field", "priority"),
        (changed(pausing="waiting"), "wrong_type", "pausing"),
        (changed(pausing=[1]), "wrong_type", "pausing"),
        (changed(targets=[1]), "wrong_type", "targets[0]"),
        (changed(targets=[{"kind": "delivery", "seconds": 1}]), "unknown_kind", "targets[0].kind"),
        (changed(targets=[{"kind": [], "seconds": 1}]), "unknown_kind", "targets[0].kind"),
        (changed(targets=[{"kind": "resolution", "seconds": 0}]), "bad_seconds", "targets[0].seconds"),
        (changed(targets=[{"kind": "resolution", "minutes": 5}]), "unknown_field", "targets[0].minutes"),
        (changed(when={"any": [1]}), "wrong_type", "when.any[0]"),
        (changed(steps=[{"id": "a", "offset_seconds": 1}] * 2), "duplicate_step", "steps[1].id"),
        (changed(steps=[{"id": "breach", "offset_seconds": 1}]), "bad_id", "steps[0].id"),
        (changed(steps=[{"id": "a", "offset_seconds": 1.5}]), "bad_offset", "steps[0].offset_seconds"),
        (changed(steps=[{"id": "a", "offset_seconds": 1, "kind": "x"}]), "unknown_kind", "steps[0].kind"),
        (changed(steps=[{"id": "a", "offset_seconds": 1, "wall": 1}]), "wrong_type", "steps[0].wall"),
        (changed(steps=[{"id": "a", "offset_seconds": 1, "do": 1}]), "unknown_field", "steps[0].do"),
        (
            changed(steps=[{"id": "a", "offset_seconds": 1, "actions": [{"what": "explode"}]}]),
            "unknown_action",
            "steps[0].actions[0].what",
        ),
        (
            changed(steps=[{"id": "a", "offset_seconds": 1, "actions": [{"what": "tag"}]}]),
            "missing",
            "steps[0].actions[0].tag",
        ),
    ],
)
def test_refusals_name_the_field(definition: Any, code: str, field: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_from_json(definition)
    assert (caught.value.code, caught.value.field) == (code, field)
