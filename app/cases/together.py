"""Many cases escalated in one transaction: for each the same entries and columns as one by one, written in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.bulk import insert_rows, update_rows
from app.cases.columns import priority_draft, queue_draft
from app.cases.entries import Author, InternalEntry, Recorded
from app.cases.events import CaseChanged
from app.cases.feed import Draft, case_state
from app.cases.models import Case, Entry, Status
from app.database import Work, fetch_rows, is_sqlite, stored_json
from app.people.rights import Actor
from app.queues.models import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """What is to happen to one case. Without a queue and a priority it is only told (`kind` warned or escalated)."""

    case: Case
    kind: str
    data: Mapping[str, Any]
    queue: Queue | None = None
    priority: int | None = None


async def locked_cases(ids: Collection[int]) -> dict[int, Case]:
    """The rows of these cases, held until the transaction ends; those that somebody else holds are left out."""
    chosen = Case.filter(id__in=sorted(ids)).order_by("id")
    rows = await (chosen if is_sqlite() else chosen.select_for_update(skip_locked=True))
    return {row.id: row for row in rows}


async def escalate_together(work: Work, escalations: Sequence[Escalation], *, by: Actor) -> None:
    """The action `escalate` (or `record`, for a warning) for many cases whose rows this transaction holds."""
    statuses = {status.id: status for status in await Status.all()}
    queues = {queue.id: queue for queue in await Queue.all()}
    entries: list[list[Any]] = []
    columns: list[list[Any]] = []
    told: list[CaseChanged] = []
    author = Author(kind=by.kind, name=by.name, user_id=by.user_id, contact_id=by.contact_id)
    for one in escalations:
        row, status = one.case, statuses[one.case.status_id]
        before = case_state(row, status)
        recorded: list[Recorded] = []
        for draft in _drafts(one, queues):
            row.last_position += 1
            recorded.append(
                InternalEntry(
                    case_id=row.id,
                    position=row.last_position,
                    kind=draft.kind,
                    author=author,
                    at=work.now,
                    data=draft.data,
                )
            )
            entries.append(
                [
                    row.id,
                    row.last_position,
                    draft.kind,
                    "internal",
                    by.kind,
                    by.user_id,
                    by.contact_id,
                    by.name,
                    "",
                    stored_json(draft.data),
                    work.now,
                ]
            )
        if one.kind == "escalated":
            row.escalated_at = work.now
        if one.queue is not None:
            row.queue_id = one.queue.id
        row.priority = one.priority or row.priority
        row.updated_at = work.now
        columns.append([row.queue_id, row.priority, row.escalated_at, row.last_position, work.now, row.id])
        after = case_state(row, status)
        told.append(CaseChanged(case_id=row.id, entries=tuple(recorded), before=before, after=after))
    await insert_rows(Entry, _ENTRY, entries)
    await update_rows(Case, _CASE, columns, also={"change_mark": await _mark()})
    for event in told:
        work.record(event)


_ENTRY = (
    "case_id", "position", "kind", "audience", "author_kind", "author_user_id", "author_contact_id", "author_name",
    "text", "data", "created_at",
)  # fmt: skip
_CASE = ("queue_id", "priority", "escalated_at", "last_position", "updated_at")


def _drafts(one: Escalation, queues: Mapping[int, Queue]) -> Iterable[Draft]:
    yield Draft(kind=one.kind, public=False, data=dict(one.data))
    if one.queue is not None and one.queue.id != one.case.queue_id:
        yield queue_draft(queues[one.case.queue_id], one.queue)
    if one.priority is not None and one.priority != one.case.priority:
        yield priority_draft(one.case.priority, one.priority)


async def _mark() -> str:
    """What tells readers of changes that these committed (see app.cases.changes); our own SQL."""
    if not is_sqlite():
        return "pg_current_xact_id()::text::bigint"
    return str(int((await fetch_rows("SELECT MAX(id) AS id FROM entry"))[0]["id"]))
