"""What the feed of a case means to its promises: entries are events, columns are facts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.cases.conditions import FIELDS, REQUEST_TYPE, custom_facts, question
from app.cases.entries import Recorded, brought_by_merging
from app.cases.events import CaseState
from app.cases.rules import PRIORITY_NAMES
from sla import (
    Clock,
    CustomerWrote,
    Event,
    Kind,
    Opened,
    Policy,
    Retargeted,
    StaffReplied,
    StatusChanged,
    Step,
    Stopped,
    Terms,
    policy_from_json,
    step_from_json,
)
from sla.conditions import questions_of

ASKED = frozenset({"priority", "account", "contact", "queue", "mailbox", "channel", "language", "tags", REQUEST_TYPE})
"""Facts that policies may ask about, beside custom fields: not who works on a case, nor what time alone changes."""

USUAL_BREACH: tuple[dict[str, Any], ...] = (
    {"what": "move_to_queue", "queue": "escalation"},
    {"what": "raise_priority", "levels": 1},
    {"what": "notify", "whom": ["owner", "team", "lead"]},
)
"""What a broken promise leads to where its policy says nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """From `position` of the feed on, these terms hold: a version of a policy, and the targets it gave for the facts.

    The first pin of a case holds from its opening. With its pins the whole life of a clock can be worked out again
    from the feed alone, whatever has become of the policies.
    """

    position: int
    version_id: int
    targets: Mapping[Kind, int]

    def to_json(self) -> dict[str, Any]:
        targets = {str(kind): seconds for kind, seconds in self.targets.items()}
        return {"position": self.position, "version": self.version_id, "targets": targets}

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> Pin:
        targets = {Kind(kind): int(seconds) for kind, seconds in table["targets"].items()}
        return cls(position=table["position"], version_id=table["version"], targets=targets)


def events_of(entry: Recorded) -> list[Event]:
    """What an entry means to the clocks; most mean nothing. Notes and automatic mail answer nobody."""
    at, by = entry.at, entry.author.name
    match entry.kind:
        case "opened":
            at = _came_at(entry)
            return [Opened(at=at, by=by, awaits_answer=entry.author.kind != "staff")]
        case "message" if brought_by_merging(entry):
            return []
        case "message" if entry.author.kind == "contact":
            return [CustomerWrote(at=at, by=by)]
        case "merged_in" if entry.data.get("waited"):
            return [CustomerWrote(at=at, by=by)]
        case "message" if entry.author.kind == "staff":
            return [StaffReplied(at=at, by=by)]
        case "status_changed":
            to = entry.data.get("to")
            return [StatusChanged(at=at, by=by, category=str(to["category"]))] if isinstance(to, dict) else []
        case "moved_out" if entry.data.get("emptied"):
            return [Stopped(at=at, by=by)]
        case "spam_marked" if entry.data.get("spam"):
            return [Stopped(at=at, by=by)]
        case "merged":
            return [Stopped(at=at, by=by)]
        case _:
            return []


def history(entries: Iterable[Recorded], pins: Sequence[Pin], terms: Mapping[int, Terms]) -> list[Event]:
    """The life of a case in the words of service levels. `terms` are those of each pin, by its position.

    The first pin is where a replay begins, so only the later ones are events.
    """
    later = {pin.position for pin in pins[1:]}
    events: list[Event] = []
    feed = list(entries)
    undone = undone_positions(feed)
    for entry in feed:
        if entry.position not in undone:
            events.extend(events_of(entry))
        if entry.position in later:
            events.append(Retargeted(at=entry.at, terms=terms[entry.position]))
    return events


TAKES_BACK = frozenset({"moved_out", "unmerged", "unmerged_out"})
"""Kinds of entries that name another one as never having happened, and what that had caused (`undone`)."""


def undone_positions(entries: Iterable[Recorded]) -> frozenset[int]:
    """Positions of what counts as never having happened: messages that were moved out, merges that were taken back."""
    undone: set[int] = set()
    feed = list(entries)
    opening = {entry.position for entry in feed if entry.kind == "opened"}
    for entry in feed:
        if entry.kind in TAKES_BACK and entry.amends is not None:
            undone |= {entry.amends, *entry.data.get("undone", ())}
        elif entry.kind == "status_changed" and "restores" in entry.data:
            undone.add(entry.position)
    return frozenset(undone - opening)


def _came_at(entry: Recorded) -> datetime:
    """When what opened the case came: a message that was split off came before its case was made."""
    origin = entry.data.get("moved_from")
    return datetime.fromisoformat(origin["at"]) if isinstance(origin, dict) else entry.at


def facts_of(case: CaseState, custom: Mapping[str, Any]) -> dict[str, Any]:
    """What conditions of policies may ask about."""
    return {
        "priority": PRIORITY_NAMES[case.priority],
        "account": case.account_id,
        "contact": case.contact_id,
        "queue": case.queue_id,
        "mailbox": case.mailbox_id,
        "channel": case.channel,
        "language": case.language,
        "tags": list(case.tags),
        **custom_facts(custom),
    }


def read_policy(definition: Mapping[str, Any]) -> Policy:
    """A policy whose conditions mean what they mean in queues and views. Raises PolicyError."""
    return policy_from_json(definition, ask=question)


def changed_facts(before: CaseState, after: CaseState, entries: Iterable[Recorded]) -> frozenset[str]:
    """Names of the facts that one action changed."""
    was, now = facts_of(before, {}), facts_of(after, {})
    changed = {name for name in now if was[name] != now[name]}
    for entry in entries:
        if entry.kind == "fields_changed":
            keys = {str(key) for key in entry.data.get("to", {})}
            changed |= {FIELDS + key for key in keys} | (keys & {REQUEST_TYPE})
    return frozenset(changed)


def made_by_step(entries: Iterable[Recorded]) -> bool:
    """Whether a step of a promise made these changes.

    They say who is to work on the case, not what was promised to the customer: a promise that is broken must not, by
    the higher priority that follows from it, break the next one.
    """
    return any(
        entry.kind == "escalated" and entry.author.kind == "system" and "step" in entry.data for entry in entries
    )


def facts_used(policy: Policy) -> frozenset[str]:
    """The facts that a policy asks about; a change of others cannot change what it promises."""
    conditions = (policy.when, *(target.when for target in policy.targets))
    return frozenset(test.fact for condition in conditions for test in questions_of(condition))


def steps_of(policy: Policy) -> tuple[Step, ...]:
    """The steps of a policy, and the usual ones at the breach for each kind that it says nothing of."""
    steps = list(policy.steps)
    for kind in Kind:
        told = any(step.offset_seconds >= 0 and step.actions and step.kind in (None, kind) for step in policy.steps)
        if not told:
            usual = {"id": "(usual)", "offset_seconds": 0, "kind": str(kind), "actions": list(USUAL_BREACH)}
            steps.append(step_from_json(usual))
    return tuple(steps)


def earliest_due(clocks: Iterable[Clock]) -> datetime | None:
    """The first due moment that is still owed, passed or not; what waits for the customer is not due."""
    return min((clock.due_at for clock in clocks if clock.is_owed and clock.due_at is not None), default=None)


KIND_NAMES: Mapping[Kind, str] = {
    Kind.FIRST_RESPONSE: "first answer",
    Kind.NEXT_RESPONSE: "next answer",
    Kind.RESOLUTION: "solution",
}


def reason_for(kind: Kind, due: datetime, *, broken: bool) -> str:
    """Why something happens to the case, as a sentence; `due` is in the zone that people are to read it in."""
    verb = "was" if broken else "is"
    return f"The {KIND_NAMES[kind]} {verb} due {due:%Y-%m-%d %H:%M} ({due.tzname()})."


def number(value: Any) -> int | None:
    """An id that a form may send as text; None for anything else."""
    if isinstance(value, bool):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def user_named(value: Any) -> int | None:
    """The id in `user:7` or `7`; None for roles such as `owner`."""
    return number(str(value).removeprefix("user:"))
