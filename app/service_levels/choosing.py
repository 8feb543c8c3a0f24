"""Which policy holds for which facts, and when a change chooses anew: for real cases and for simulated ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.service_levels.queries import Version
from app.service_levels.rules import Pin
from sla import Kind

Choice = tuple[Version | None, dict[Kind, int]]


def choose(current: Sequence[Version], facts: Mapping[str, Any], *, kept: Version | None = None) -> Choice:
    """The first policy that holds, and its targets for these facts; of the kept one the kept version."""
    for version in current:
        if version.policy.when.holds(facts):
            chosen = kept if kept is not None and kept.policy_id == version.policy_id else version
            return chosen, chosen.policy.targets_for(facts)
    return None, {}


def asks(current: Sequence[Version], kept: Version | None = None) -> frozenset[str]:
    """The facts that any of these asks about; a change of others chooses nothing anew."""
    own: frozenset[str] = frozenset() if kept is None else kept.used
    return own.union(*(version.used for version in current))


def pin_after(
    current: Sequence[Version],
    facts: Mapping[str, Any],
    changed: Collection[str],
    last: Pin,
    kept: Version,
    position: int,
) -> tuple[Pin, Version] | None:
    """The terms that hold from `position` on after a change of facts; None where they stay what they were."""
    if not asks(current, kept) & frozenset(changed):
        return None
    chosen, targets = choose(current, facts, kept=kept)
    version = chosen or kept
    if version.id == last.version_id and targets == last.targets:
        return None
    return Pin(position=position, version_id=version.id, targets=targets), version


def late_pins(chosen: Version, targets: Mapping[Kind, int], position: int) -> list[Pin]:
    """For a case that nothing was promised at first: counted from its opening, owed from `position` on."""
    return [
        Pin(position=0, version_id=chosen.id, targets={}),
        Pin(position=position, version_id=chosen.id, targets=dict(targets)),
    ]
