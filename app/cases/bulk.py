"""One change of many cases at once: what it would do, doing it, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.cases import actions, rules
from app.cases.columns import restore_status, set_owner, set_priority, set_queue, set_tags
from app.cases.feed import LockedCase, lock_case
from app.cases.models import BulkChange, Case
from app.database import Work
from app.errors import Conflict, DeskError, NotFound
from app.people.rights import Actor

CASES_AT_ONCE = 200
UNDO_WITHIN = timedelta(hours=24)

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to become of each case; what is not named stays."""

    status: str | None = None
    priority: rules.PriorityName | None = None
    queue_id: int | None = None
    owner_id: int | type[actions.KEEP] | None = actions.KEEP
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()
    spam: bool | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case: its columns before and after where they differ, or why nothing did."""

    case_id: int
    number: str
    subject: str
    before: Columns = field(default_factory=dict)
    after: Columns = field(default_factory=dict)
    refused: str | None = None


async def apply(work: Work, *, by: Actor, case_ids: Sequence[int], change: Change) -> tuple[int, list[Outcome]]:
    """Change the cases one after the other; one that refuses stays as it is and does not stop the others.

    Answers the id under which it can be taken back, and what became of each case.
    """
    outcomes = [await _one(work, by, case_id, change) for case_id in sorted(set(case_ids))]
    row = await BulkChange.create(
        user_id=by.user_id,
        at=work.now,
        cases={str(one.case_id): {"before": one.before, "after": one.after} for one in outcomes if one.before},
    )
    return row.id, outcomes


async def _one(work: Work, by: Actor, case_id: int, change: Change) -> Outcome:
    row = await Case.get_or_none(id=case_id)
    if row is None:
        return Outcome(case_id, "", "", refused="There is no such case.")
    before = _columns(row, await _status_of(row))
    named = (case_id, rules.display_number(row.number), row.subject)
    try:
        async with work.part():
            if change.spam is not None:
                await actions.mark_spam(work, by=by, case_id=case_id, spam=change.spam)
            await actions.change(
                work,
                by=by,
                case_id=case_id,
                status=change.status,
                priority=change.priority,
                queue_id=change.queue_id,
                owner_id=change.owner_id,
                tags=_tags(row.tags, change),
            )
    except DeskError as error:
        return Outcome(*named, refused=error.message)
    row = await Case.get(id=case_id)
    after = _columns(row, await _status_of(row))
    differ = [name for name in before if before[name] != after[name]]
    return Outcome(*named, before={one: before[one] for one in differ}, after={one: after[one] for one in differ})


async def undo(work: Work, *, by: Actor, bulk_id: int) -> list[Outcome]:
    """Give every case back what the change took from it, unless somebody has changed that again since.

    Raises NotFound (not one's own, or too long ago), Conflict (taken back before).
    """
    row = await BulkChange.filter(id=bulk_id, user_id=by.user_id).select_for_update().first()
    if row is None or row.at < work.now - UNDO_WITHIN:
        raise NotFound("There is nothing to take back.")
    if row.undone_at is not None:
        raise Conflict("This was taken back already.")
    await BulkChange.filter(id=bulk_id).update(undone_at=work.now)
    return [await _back(work, by, int(case_id), **told) for case_id, told in sorted(row.cases.items())]


async def _back(work: Work, by: Actor, case_id: int, *, before: Columns, after: Columns) -> Outcome:
    case = await lock_case(work, case_id)
    now = _columns(case.row, case.status.key)
    named = (case_id, rules.display_number(case.row.number), case.row.subject)
    wanted = {name: value for name, value in before.items() if now[name] == after[name]}
    try:
        async with work.part():
            await _set(case, wanted, by=by)
            await case.save()
    except DeskError as error:
        return Outcome(*named, refused=error.message)
    kept = sorted(before.keys() - wanted.keys())
    refused = f"Changed again since: {', '.join(kept)}." if kept else None
    return Outcome(*named, before={one: after[one] for one in wanted}, after=wanted, refused=refused)


async def _set(case: LockedCase, wanted: Columns, *, by: Actor) -> None:
    if "queue_id" in wanted:
        await set_queue(case, wanted["queue_id"], by=by)
    if "owner_id" in wanted:
        await set_owner(case, wanted["owner_id"], by=by)
    if "priority" in wanted:
        await set_priority(case, rules.PRIORITIES[wanted["priority"]], by=by)
    if "tags" in wanted:
        await set_tags(case, wanted["tags"], by=by)
    if "status" in wanted:
        await restore_status(case, wanted["status"], by=by)


def _tags(tags: Sequence[str], change: Change) -> list[str] | None:
    if not change.add_tags and not change.remove_tags:
        return None
    gone = set(rules.clean_tags(list(change.remove_tags)))
    return [tag for tag in [*tags, *change.add_tags] if tag not in gone]


def _columns(row: Case, status: str) -> Columns:
    return {
        "status": status,
        "priority": rules.PRIORITY_NAMES[row.priority],
        "queue_id": row.queue_id,
        "owner_id": row.owner_id,
        "tags": list(row.tags),
    }


async def _status_of(row: Case) -> str:
    return (await row.status).key
