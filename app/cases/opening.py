"""New cases: the row of one, made alike for one and for many, and many of them written in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from app.cases import rules
from app.cases.columns import default_status
from app.cases.conditions import Look
from app.cases.events import CaseChanged, CasesOpened
from app.cases.feed import Draft, case_state, placed, recorded_entry, storable
from app.cases.models import Case, Entry, File, Status
from app.cases.routing import queue_among
from app.database import Work, fetch_rows, is_sqlite, next_ids
from app.errors import Invalid
from app.people.models import Contact
from app.people.rights import Actor
from app.queues.models import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file whose bytes are kept already, before it has a row."""

    digest: str
    name: str
    content_type: str
    size: int
    """Bytes."""
    inline: bool
    content_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A case that its own contact is about to open; the fields are those of `actions.open_case`."""

    by: Actor
    contact: Contact
    queue_id: int
    subject: str
    text: str
    channel: str
    html: str | None = None
    files: Sequence[NewFile] = ()
    language: str = "en"
    mailbox_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def new_case(
    status: Status,
    contact: Contact,
    *,
    by: Actor,
    now: datetime,
    queue_id: int,
    subject: str,
    text: str,
    channel: str,
    language: str,
    mailbox_id: int | None,
    priority: rules.PriorityName = "normal",
    custom: Mapping[str, Any] | None = None,
    since: datetime | None = None,
    case_id: int | None = None,
) -> Case:
    """The row of a case before its first entry, not stored yet; its number follows from its id."""
    return Case(
        **({} if case_id is None else {"id": case_id}),
        number=None if case_id is None else case_id + rules.NUMBER_OFFSET,
        subject=rules.clean_subject(storable(subject)),
        status_id=status.id,
        category=status.category,
        priority=rules.PRIORITIES[priority],
        queue_id=queue_id,
        contact_id=contact.id,
        account_id=contact.account_id,
        channel=channel,
        mailbox_id=mailbox_id,
        language=language,
        custom=dict(custom or {}),
        preview=rules.preview_of(storable(text)),
        opened_at=since or now,
        updated_at=now,
        public_at=now,
        waiting_since=(since or now) if by.kind == "contact" else None,
    )


async def open_together(work: Work, openings: Sequence[Opening]) -> list[CaseChanged]:
    """The action `open_case` for many contacts: the same rows and entries, in this order, told as CasesOpened.

    The caller tells them (`Work.tell_together`) once everything that belongs to them is written.
    Raises Invalid for an unknown queue.
    """
    status, look = await default_status("new"), Look(now=work.now)
    queues = {queue.id: queue for queue in await Queue.filter(archived=False).order_by("sort", "id")}
    case_ids = await next_ids("desk_case", len(openings))
    entry_ids = await next_ids("entry", len(openings))
    file_ids = iter(await next_ids("file", sum(len(one.files) for one in openings)))
    transaction = await _transaction()
    cases: list[Case] = []
    entries: list[Entry] = []
    files: list[File] = []
    changes: list[CaseChanged] = []
    for one, case_id, entry_id in zip(openings, case_ids, entry_ids, strict=True):
        if one.queue_id not in queues:
            raise Invalid("There is no such queue, or it is archived.", field="queue_id")
        row = new_case(
            status, one.contact, by=one.by, now=work.now, case_id=case_id, queue_id=one.queue_id, subject=one.subject,
            text=one.text, channel=one.channel, language=one.language, mailbox_id=one.mailbox_id,
        )  # fmt: skip
        data = dict(one.data)
        if (chosen := queue_among(queues.values(), row, status.key, look)) is not None:
            row.queue_id = chosen.id
            data["queue"] = {"id": chosen.id, "name": chosen.name}
        row.change_mark = entry_id if transaction is None else transaction
        said = {"channel": one.channel, "subject": row.subject, **data}
        draft = Draft(kind="opened", public=True, text=one.text, html=one.html, data=said)
        entry = placed(row, draft, by=one.by, now=work.now, entry_id=entry_id)
        own = [File(id=next(file_ids), entry_id=entry_id, created_at=work.now, **asdict(file)) for file in one.files]
        cases.append(row)
        entries.append(entry)
        files += own
        after = case_state(row, status)
        changes.append(CaseChanged(case_id=case_id, entries=(recorded_entry(entry, own),), before=None, after=after))
    await Case.bulk_create(cases)
    await Entry.bulk_create(entries)
    await File.bulk_create(files)
    return changes


async def tell_opened(work: Work, changes: Sequence[CaseChanged]) -> None:
    """Let everything that follows from these openings be written, together."""
    await work.tell_together(CasesOpened(tuple(changes)), changes)


async def _transaction() -> int | None:
    """The mark of changes of this transaction (app.cases.changes); None on SQLite, where entries mark their cases."""
    if is_sqlite():
        return None
    return int((await fetch_rows("SELECT pg_current_xact_id()::text::bigint AS mark"))[0]["mark"])
