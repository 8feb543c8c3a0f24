"""The past of cases as the clocks see it, read in batches, and what other policies would have made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from app.cases.conditions import FIELDS, REQUEST_TYPE, custom_facts
from app.cases.entries import Author, InternalEntry, Recorded
from app.cases.rules import PRIORITY_NAMES
from app.database import fetch_rows, moment, plain
from app.service_levels import rules
from app.service_levels.choosing import choose, late_pins, pin_after
from app.service_levels.queries import Version
from app.service_levels.rules import Pin
from sla import Made, Terms, made_promises

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """A case with its feed (without words) and the terms that really held; `facts` are today's."""

    case_id: int
    number: int
    subject: str
    queue: tuple[int, str]
    account: tuple[int, str] | None
    facts: dict[str, Any]
    entries: list[Recorded] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)


async def past_cases(since: datetime, after: int, limit: int) -> list[PastCase]:
    """Up to `limit` cases with an id above `after` in whose feed something happened since then, with their feeds."""
    query = (
        "SELECT c.id, c.number, c.subject, c.priority, c.account_id, c.contact_id, c.queue_id, c.mailbox_id, "
        "c.channel, c.language, c.tags, c.custom, q.name AS queue_name, a.name AS account_name "
        "FROM desk_case c JOIN queue q ON q.id = c.queue_id LEFT JOIN account a ON a.id = c.account_id "
        f"WHERE c.id > $1 AND c.updated_at >= $2 ORDER BY c.id LIMIT {int(limit)}"  # a number of ours
    )
    found = {row["id"]: _past(row) for row in await fetch_rows(query, after, since)}
    if not found:
        return []
    marks = ", ".join(f"${number}" for number in range(1, len(found) + 1))
    feed = (
        "SELECT case_id, position, kind, author_kind, author_name, author_user_id, data, created_at FROM entry "
        f"WHERE case_id IN ({marks}) AND kind NOT IN ('note', 'mail_state') ORDER BY case_id, position"
    )
    for row in await fetch_rows(feed, *found):
        found[row["case_id"]].entries.append(_entry(row))
    pinned = f"SELECT case_id, pinned FROM case_clock WHERE case_id IN ({marks})"
    for row in await fetch_rows(pinned, *found):
        found[row["case_id"]].pins[:] = [Pin.from_json(table) for table in plain(row["pinned"])]
    return list(found.values())


def _past(row: Mapping[str, Any]) -> PastCase:
    custom = plain(row["custom"])
    account = None if row["account_id"] is None else (row["account_id"], row["account_name"])
    return PastCase(
        case_id=row["id"],
        number=row["number"],
        subject=row["subject"],
        queue=(row["queue_id"], row["queue_name"]),
        account=account,
        facts={
            "priority": PRIORITY_NAMES[row["priority"]],
            "account": row["account_id"],
            "contact": row["contact_id"],
            "queue": row["queue_id"],
            "mailbox": row["mailbox_id"],
            "channel": row["channel"],
            "language": row["language"],
            "tags": plain(row["tags"]),
            **custom_facts(custom),
        },
    )


def _entry(row: Mapping[str, Any]) -> Recorded:
    return InternalEntry(
        case_id=row["case_id"],
        position=row["position"],
        kind=row["kind"],
        author=Author(kind=row["author_kind"], name=row["author_name"], user_id=row["author_user_id"]),
        at=moment(row["created_at"]) or NEVER,
        data=plain(row["data"]),
    )


def changes_of(case: PastCase) -> Iterator[tuple[list[Recorded], dict[str, Any], dict[str, Any]]]:
    """Each action on the case, as its entries, with the facts before and after it, the first action first.

    The facts of the past are today's with every later change taken back. One action's entries have one moment.
    """
    actions = [list(group) for _, group in groupby(case.entries, key=lambda entry: entry.at)]
    facts = dict(case.facts)
    found = []
    for entries in reversed(actions):
        after = facts
        facts = dict(facts)
        for entry in reversed(entries):
            _take_back(facts, entry)
        found.append((entries, facts, after))
    yield from reversed(found)


def _take_back(facts: dict[str, Any], entry: Recorded) -> None:
    data = entry.data
    match entry.kind:
        case "priority_changed":
            facts["priority"] = data["from"]
        case "queue_changed":
            facts["queue"] = data["from"]["id"]
        case "tags_changed":
            facts["tags"] = [tag for tag in facts["tags"] if tag not in data["added"]] + list(data["removed"])
        case "fields_changed":
            for key, value in data["from"].items():
                facts[FIELDS + key] = value
                if key == REQUEST_TYPE:
                    facts[REQUEST_TYPE] = value
        case _:
            pass


def pins_under(case: PastCase, current: Sequence[Version]) -> list[Pin]:
    """The terms that the case would have had if these policies had held all along; empty where none would."""
    pins: list[Pin] = []
    kept: Version | None = None
    for index, (entries, before, after) in enumerate(changes_of(case)):
        if index == 0:
            kept, targets = choose(current, after)
            pins = [] if kept is None else [Pin(position=entries[0].position, version_id=kept.id, targets=targets)]
            continue
        if rules.made_by_step(entries):
            continue
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        if not changed:
            continue
        position = entries[-1].position
        if kept is None:
            kept, targets = choose(current, after)
            pins = [] if kept is None else late_pins(kept, targets, position)
        elif found := pin_after(current, after, changed, pins[-1], kept, position):
            pins.append(found[0])
            kept = found[1]
    return pins


def made_under(case: PastCase, pins: Sequence[Pin], versions: Mapping[int, Version], now: datetime) -> list[Made]:
    """The promises that these terms made or would have made, by the code that moves the real clocks."""
    if not pins:
        return []
    terms = {pin.position: versions[pin.version_id].terms(pin) for pin in pins}
    first: Terms = terms[pins[0].position]
    return made_promises(rules.history(case.entries, pins, terms), first, now)


def version_ids(cases: Iterable[PastCase]) -> set[int]:
    return {pin.version_id for case in cases for pin in case.pins}
