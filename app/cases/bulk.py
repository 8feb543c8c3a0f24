"""The same done to many cases at once: what it would do, doing it, and taking it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from app.cases import actions, rules
from app.cases import work as casework
from app.cases.columns import restore_status, set_owner, set_priority, set_queue, set_tags
from app.cases.feed import LockedCase, one_change
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
class Beside:
    """Something done that no column shows and that is not taken back: words that were written, a case now watched."""

    kind: Literal["message", "note", "watch", "unwatch"]
    text: str = ""


Doing = Callable[[LockedCase], Awaitable[Sequence[Beside]]]
"""What is done to one case, by actions alone; answers what no column will show."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case: its columns before and after where they differ, or why nothing did."""

    case_id: int
    number: str
    subject: str
    before: Columns = field(default_factory=dict)
    after: Columns = field(default_factory=dict)
    beside: Sequence[Beside] = ()
    refused: str | None = None


def changing(change: Change, *, by: Actor) -> Doing:
    """To change columns of a case."""

    async def doing(case: LockedCase) -> Sequence[Beside]:
        case_id = case.row.id
        if change.spam is not None:
            await actions.mark_spam(case.work, by=by, case_id=case_id, spam=change.spam)
        await actions.change(
            case.work,
            by=by,
            case_id=case_id,
            status=change.status,
            priority=change.priority,
            queue_id=change.queue_id,
            owner_id=change.owner_id,
            tags=_tags(case.row.tags, change),
        )
        return ()

    return doing


async def apply(work: Work, *, by: Actor, case_ids: Sequence[int], change: Change) -> tuple[int, list[Outcome]]:
    """Change columns of the cases; see `do_to_each`."""
    return await do_to_each(work, by=by, case_ids=case_ids, doing=changing(change, by=by))


class _OnlyLooked(Exception):
    """Ends the transaction of a preview, so that nothing of it stays."""


async def look(
    unit: AbstractAsyncContextManager[Work], *, by: Actor, case_ids: Sequence[int], doing: Doing
) -> list[Outcome]:
    """What would become of each case. It is done and undone in one transaction, so that is what would really happen."""
    outcomes: list[Outcome] = []
    try:
        async with unit as work:
            _, outcomes = await do_to_each(work, by=by, case_ids=case_ids, doing=doing)
            raise _OnlyLooked
    except _OnlyLooked:
        return outcomes


async def do_to_each(work: Work, *, by: Actor, case_ids: Sequence[int], doing: Doing) -> tuple[int, list[Outcome]]:
    """Do it to one case after the other; one that refuses stays as it is and does not stop the others.

    Answers the id under which it can be taken back, and what became of each case.
    """
    outcomes = [await _told(work, case_id, doing) for case_id in sorted(set(case_ids))]
    return await _remember(work, by, outcomes), outcomes


async def do_to_one(work: Work, *, by: Actor, case_id: int, doing: Doing) -> tuple[int, Outcome]:
    """Do it to one case, and remember how to take it back. Raises what its actions raise."""
    outcome = await _done(work, case_id, doing)
    return await _remember(work, by, [outcome]), outcome


async def _remember(work: Work, by: Actor, outcomes: Sequence[Outcome]) -> int:
    changed = {str(one.case_id): {"before": one.before, "after": one.after} for one in outcomes if one.before}
    return (await BulkChange.create(user_id=by.user_id, at=work.now, cases=changed)).id


async def _told(work: Work, case_id: int, doing: Doing) -> Outcome:
    row = await Case.get_or_none(id=case_id)
    if row is None:
        return Outcome(case_id, "", "", refused="There is no such case.")
    try:
        async with work.part():
            return await _done(work, case_id, doing)
    except DeskError as error:
        return Outcome(case_id, rules.display_number(row.number), row.subject, refused=error.message)


async def _done(work: Work, case_id: int, doing: Doing) -> Outcome:
    async with one_change(work, case_id) as case:
        before = _columns(case)
        beside = await doing(case)
        after = _columns(case)
    differ = [name for name in before if before[name] != after[name]]
    return Outcome(
        case_id,
        rules.display_number(case.row.number),
        case.row.subject,
        before={one: before[one] for one in differ},
        after={one: after[one] for one in differ},
        beside=tuple(beside),
    )


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
    row = await Case.get(id=case_id)
    named = (case_id, rules.display_number(row.number), row.subject)
    try:
        async with work.part(), one_change(work, case_id) as case:
            now = _columns(case)
            wanted = {name: value for name, value in before.items() if now[name] == after[name]}
            await _set(case, wanted, by=by)
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
    if "snoozed_until" in wanted:
        until = wanted["snoozed_until"] and datetime.fromisoformat(wanted["snoozed_until"])
        if until and until > case.work.now:
            await casework.snooze(case.work, by=by, case_id=case.row.id, until=until)
        else:
            await casework.wake(case.work, by=by, case_id=case.row.id, because="person")


def _tags(tags: Sequence[str], change: Change) -> list[str] | None:
    if not change.add_tags and not change.remove_tags:
        return None
    gone = set(rules.clean_tags(list(change.remove_tags)))
    return [tag for tag in [*tags, *change.add_tags] if tag not in gone]


def _columns(case: LockedCase) -> Columns:
    row, snoozed = case.row, case.row.snoozed_until
    return {
        "status": case.status.key,
        "priority": rules.PRIORITY_NAMES[row.priority],
        "queue_id": row.queue_id,
        "owner_id": row.owner_id,
        "tags": list(row.tags),
        "snoozed_until": snoozed and snoozed.isoformat().replace("+00:00", "Z"),
    }
