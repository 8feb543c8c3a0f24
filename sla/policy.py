"""Policies: which promise holds for whom, chosen by condition, first match wins, each version for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sla.calendar import Calendar
from sla.clocks import PAUSING, Terms
from sla.conditions import ALWAYS, Ask, Condition, Facts, condition_from_json, read_test
from sla.errors import PolicyError
from sla.escalation import Step, step_from_json
from sla.states import Kind

# Seconds: ten years. A longer promise is a typing error, and would only be found out in ten years.
LONGEST_TARGET = 10 * 366 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """So many open seconds for one kind of promise, under a condition of its own (usually the priority)."""

    kind: Kind
    seconds: int
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is promised to subjects that meet a condition, by which calendar, and what happens when it is not kept.

    `calendar` is the key of a calendar; `version` is part of the identity: a changed policy is another one, and a
    subject keeps the one it was opened under until somebody re-evaluates it on purpose.
    """

    key: str
    name: str
    calendar: str
    version: int = 1
    when: Condition = ALWAYS
    targets: tuple[Target, ...] = ()
    pausing: frozenset[str] = PAUSING
    steps: tuple[Step, ...] = field(default=())

    def targets_for(self, facts: Facts) -> dict[Kind, int]:
        """Return the seconds promised for each kind; of several targets for one kind the first that holds counts."""
        found: dict[Kind, int] = {}
        for target in self.targets:
            if target.kind not in found and target.when.holds(facts):
                found[target.kind] = target.seconds
        return found

    def terms_for(self, facts: Facts, calendar: Calendar) -> Terms:
        """Return what holds for a subject with these facts, by the calendar that `self.calendar` names."""
        return Terms(calendar=calendar, targets=self.targets_for(facts), pausing=self.pausing)


def choose(policies: Iterable[Policy], facts: Facts) -> Policy | None:
    """Return the first policy, in the order given, whose condition holds; None where nothing is promised."""
    return next((policy for policy in policies if policy.when.holds(facts)), None)


def policy_from_json(value: Any, *, ask: Ask = read_test) -> Policy:
    """Build a policy from its JSON, its questions read by `ask`; raises PolicyError with the field and what to do."""
    if not isinstance(value, Mapping):
        raise PolicyError("wrong_type", f"expected a policy object, got {type(value).__name__}.")
    known = {"key", "name", "calendar", "version", "when", "targets", "pausing", "steps"}
    for name in value:
        if name not in known:
            raise PolicyError("unknown_field", f"known are {', '.join(sorted(known))}.", field=str(name))
    version = value.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise PolicyError("bad_version", "a version is a whole number from 1.", field="version")
    steps = tuple(step_from_json(item, f"steps[{i}]") for i, item in enumerate(_list(value, "steps")))
    names = [step.id for step in steps]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise PolicyError("duplicate_step", f"there is another step {name!r}.", field=f"steps[{index}].id")
    return Policy(
        key=_text(value, "key"),
        name=_text(value, "name"),
        calendar=_text(value, "calendar"),
        version=version,
        when=condition_from_json(value.get("when"), ask=ask),
        targets=tuple(_target(item, f"targets[{i}]", ask) for i, item in enumerate(_list(value, "targets"))),
        pausing=frozenset(_list(value, "pausing", PAUSING)),
        steps=steps,
    )


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Return the JSON that `policy_from_json` reads back as an equal policy."""
    return {
        "key": policy.key,
        "name": policy.name,
        "calendar": policy.calendar,
        "version": policy.version,
        "when": policy.when.to_json(),
        "targets": [
            {"kind": str(target.kind), "seconds": target.seconds, "when": target.when.to_json()}
            for target in policy.targets
        ],
        "pausing": sorted(policy.pausing),
        "steps": [step.to_json() for step in policy.steps],
    }


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found.strip():
        raise PolicyError("missing", "this cannot be empty.", field=name)
    return found


def _list(value: Mapping[str, Any], name: str, default: Iterable[Any] = ()) -> list[Any]:
    found = value.get(name)
    if found is None:
        return list(default)
    if not isinstance(found, list | tuple):
        raise PolicyError("wrong_type", "expected a list.", field=name)
    if name == "pausing" and not all(isinstance(item, str) for item in found):
        raise PolicyError("wrong_type", "expected a list of status categories.", field=name)
    return list(found)


def _target(value: Any, field: str, ask: Ask) -> Target:
    if not isinstance(value, Mapping):
        raise PolicyError("wrong_type", "expected an object with kind and seconds.", field=field)
    for name in value:
        if name not in {"kind", "seconds", "when"}:
            raise PolicyError("unknown_field", "known are kind, seconds, when.", field=f"{field}.{name}")
    if value.get("kind") not in list(Kind):
        raise PolicyError("unknown_kind", f"use one of {', '.join(Kind)}.", field=f"{field}.kind")
    seconds = value.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds <= LONGEST_TARGET:
        raise PolicyError(
            "bad_seconds", "give whole seconds, more than none and up to ten years.", field=f"{field}.seconds"
        )
    when = condition_from_json(value.get("when"), f"{field}.when", ask=ask)
    return Target(kind=Kind(value["kind"]), seconds=seconds, when=when)
