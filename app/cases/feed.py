"""Appending to a case feed: the lock on the case, the next positions, the cached columns, all in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.cases.changes import ThisTransaction
from app.cases.entries import PUBLIC_KINDS, Author, FileRecord, InternalEntry, PublicEntry, Recorded
from app.cases.events import CaseChanged, CaseState
from app.cases.models import Case, Entry, File, Status
from app.cases.rules import Category
from app.database import Work, is_sqlite
from app.errors import NotFound
from app.people.rights import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry before it has a position. `public` says who may see it and is never guessed."""

    kind: str
    public: bool
    text: str = ""
    html: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    amends: int | None = None
    client_id: str | None = None
    files: Sequence[File] = ()


class LockedCase:
    """A case whose row this transaction holds: append entries, set columns, then `save` once."""

    def __init__(self, work: Work, row: Case, status: Status, *, before: CaseState | None) -> None:
        self.work = work
        self.row = row
        self.status = status
        self.before = before
        self._columns: dict[str, Any] = {}
        self._entries: list[Recorded] = []
        self._last_entry_id = 0
        self.shared = False
        """Several actions change it (`one_change`): it is saved when the last of them is done."""

    @property
    def category(self) -> Category:
        return self.row.category  # type: ignore[return-value]  # the column holds nothing else

    def set(self, **columns: Any) -> None:
        """Change cached columns; they are written by `save`."""
        for name, value in columns.items():
            setattr(self.row, name, value)
        self._columns.update(columns)

    def set_status(self, status: Status) -> None:
        self.status = status
        self.set(status_id=status.id, category=status.category)

    async def append(self, draft: Draft, *, by: Actor) -> Recorded:
        """Give the entry its positions and store it."""
        entry = placed(self.row, draft, by=by, now=self.work.now)
        if draft.public:
            self.set(public_at=self.work.now)
        await entry.save(force_create=True)
        if draft.files:
            await File.filter(id__in=[file.id for file in draft.files]).update(entry_id=entry.id)
        recorded = recorded_entry(entry, draft.files)
        self._entries.append(recorded)
        self._last_entry_id = entry.id
        return recorded

    async def save(self) -> None:
        """Write the cached columns and tell what happened. Without a new entry nothing is written or told."""
        if not self._entries or self.shared:
            return
        self.row.updated_at = self.work.now
        # PostgreSQL: the id of this transaction, so that readers can tell what committed after their last look
        # (app.cases.changes); SQLite has one writer, so the id of the last entry grows in the order of commits.
        mark: Any = self._last_entry_id if is_sqlite() else ThisTransaction()
        await Case.filter(id=self.row.id).update(
            **self._columns,
            last_position=self.row.last_position,
            last_public_position=self.row.last_public_position,
            updated_at=self.work.now,
            change_mark=mark,
        )
        self.work.record(
            CaseChanged(
                case_id=self.row.id,
                entries=tuple(self._entries),
                before=self.before,
                after=case_state(self.row, self.status),
            )
        )
        self._entries.clear()
        self._columns.clear()
        self.before = case_state(self.row, self.status)


def placed(row: Case, draft: Draft, *, by: Actor, now: datetime, entry_id: int | None = None) -> Entry:
    """The entry at the next positions of its case, which the row counts; neither is stored by it."""
    if draft.public and draft.kind not in PUBLIC_KINDS:
        raise ValueError(f"an entry of kind {draft.kind} is never public")
    row.last_position += 1
    if draft.public:
        row.last_public_position += 1
    return Entry(
        **({} if entry_id is None else {"id": entry_id}),
        case_id=row.id,
        position=row.last_position,
        public_position=row.last_public_position if draft.public else None,
        kind=draft.kind,
        audience="public" if draft.public else "internal",
        author_kind=by.kind,
        author_user_id=by.user_id,
        author_contact_id=by.contact_id,
        author_name=by.name,
        text=storable(draft.text),
        html=None if draft.html is None else storable(draft.html),
        data=draft.data,
        amends=draft.amends,
        client_id=draft.client_id,
        created_at=now,
    )


async def lock_case(work: Work, case_id: int) -> LockedCase:
    """The case, held until the transaction ends: two actions on one case never interleave.

    Within `one_change` it is the one that is held there. Raises NotFound.
    """
    if (shared := work.memo.get(_shared(case_id))) is not None:
        return shared  # type: ignore[no-any-return]  # only `one_change` writes under this name
    row = await Case.filter(id=case_id).select_for_update().first()
    if row is None:
        raise NotFound("There is no such case.")
    status = await Status.get(id=row.status_id)
    return LockedCase(work, row, status, before=case_state(row, status))


@asynccontextmanager
async def one_change(work: Work, case_id: int) -> AsyncIterator[LockedCase]:
    """The actions within are one change of the case: each appends its entries, and all are saved and told at the end.

    An exception leaves nothing saved; what was appended must be undone with its transaction (`Work.part`).
    Raises NotFound.
    """
    case, name = await lock_case(work, case_id), _shared(case_id)
    work.memo[name], case.shared = case, True
    try:
        yield case
    finally:
        del work.memo[name]
        case.shared = False
    await case.save()


def _shared(case_id: int) -> str:
    return f"case in one change: {case_id}"


def case_state(row: Case, status: Status) -> CaseState:
    return CaseState(
        case_id=row.id,
        number=row.number or 0,
        subject=row.subject,
        status=status.key,
        category=row.category,  # type: ignore[arg-type]  # the column holds nothing else
        priority=row.priority,
        queue_id=row.queue_id,
        owner_id=row.owner_id,
        contact_id=row.contact_id,
        account_id=row.account_id,
        channel=row.channel,
        mailbox_id=row.mailbox_id,
        language=row.language,
        tags=tuple(row.tags),
        opened_at=row.opened_at,
        head=row.last_position,
        public_head=row.last_public_position,
        replied=row.first_replied_at is not None,
    )


def recorded_entry(row: Entry, files: Sequence[File]) -> Recorded:
    """The frozen value of a stored entry."""
    common: dict[str, Any] = {
        "case_id": row.case_id,
        "position": row.position,
        "kind": row.kind,
        "author": Author(
            kind=row.author_kind,  # type: ignore[arg-type]  # the column holds nothing else
            name=row.author_name,
            user_id=row.author_user_id,
            contact_id=row.author_contact_id,
        ),
        "at": row.created_at,
        "text": row.text,
        "html": row.html,
        "data": row.data,
        "amends": row.amends,
        "client_id": row.client_id,
        "files": tuple(file_record(file) for file in files),
    }
    if row.audience == "public" and row.public_position is not None:
        return PublicEntry(public_position=row.public_position, **common)
    return InternalEntry(**common)


def file_record(row: File) -> FileRecord:
    return FileRecord(
        id=row.id,
        name=row.name,
        content_type=row.content_type,
        size=row.size,
        digest=row.digest,
        inline=row.inline,
        content_id=row.content_id,
    )


def storable(text: str) -> str:
    """PostgreSQL refuses NUL in text, and no reader needs it; lone surrogates cannot be encoded."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
