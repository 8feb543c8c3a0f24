"""What cases look like on the wire, to staff and to customers apart."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from app.cases.entries import AuthorKind, FileRecord, PublicEntry, Recorded
from app.cases.rules import TEXT_LENGTH, Category, PriorityName

Text = Annotated[str, Meta(max_length=TEXT_LENGTH)]
ClientId = Annotated[str, Meta(min_length=1, max_length=64)]
Subject = Annotated[str, Meta(min_length=1, max_length=2000)]


class StatusView(Struct):
    key: str
    category: Category
    names: dict[str, str]


class Named(Struct):
    id: int
    name: str


class CaseRow(Struct, kw_only=True):
    """One line of a list that staff see. `version` grows with every change of the row."""

    id: int
    number: str
    number_int: int
    subject: str
    status: StatusView
    priority: PriorityName
    queue_id: int
    owner: Named | None
    contact: Named
    account: Named | None
    channel: str
    tags: list[str]
    preview: str
    opened_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    next_due_at: datetime | None
    escalated_at: datetime | None
    snoozed_until: datetime | None
    rank: int
    """Its place in the order of work, the smallest first."""
    head: int
    version: int
    read_position: int | None = None


class FileView(Struct):
    id: int
    name: str
    content_type: str
    size: int
    inline: bool
    content_id: str | None
    url: str


class AuthorView(Struct):
    kind: AuthorKind
    id: int | None
    name: str


class EntryView(Struct, kw_only=True):
    """One line of the feed; `position` counts what its reader sees: every entry, or for customers the public ones."""

    position: int
    kind: str
    audience: str
    author: AuthorView
    at: datetime
    text: str
    html: str | None
    data: dict[str, Any]
    amends: int | None
    client_id: str | None
    files: list[FileView]


class EntryPage(Struct):
    items: list[EntryView]
    head: int


class AddressView(Struct):
    address: str
    primary: bool
    dead: bool
    """Mail to it came back for good."""
    dead_since: datetime | None = None
    dead_reason: str = ""


class ContactCard(Struct):
    id: int
    name: str
    addresses: list[AddressView]
    phone: str
    language: str | None
    notices: bool = True
    """False where the desk's own notices are switched off for this contact."""
    held: int = 0
    """Notices about this case that a limit holds back."""


class ClockView(Struct):
    kind: str
    phase: str
    due_at: datetime | None
    policy: str


class CaseDetail(CaseRow, kw_only=True):
    custom: dict[str, Any]
    language: str
    mailbox_id: int | None
    first_replied_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    contact_card: ContactCard
    participants: list[Named]
    other_cases: list[CaseRow]
    clocks: list[ClockView]
    statuses_allowed: list[str]
    merged_into: Named | None = None
    """The case in which this one goes on, by its number."""
    links: list[CaseRow] = []


class QueueCounters(Struct):
    new: int = 0
    open: int = 0
    waiting: int = 0
    on_hold: int = 0
    unowned: int = 0
    overdue: int = 0
    """1000 means: that many, or more."""
    snoozed: int = 0


class QueueView(Struct):
    id: int
    name: str
    purpose: str
    team_id: int | None
    sort: int
    counters: QueueCounters


class CasePage(Struct):
    items: list[CaseRow]
    next_cursor: str | None
    counters: QueueCounters | None = None


class NewContact(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    address: Annotated[str, Meta(min_length=3, max_length=320)]


class NewCase(Struct, kw_only=True, forbid_unknown_fields=True):
    subject: Subject
    text: Text
    contact_id: int | None = None
    contact: NewContact | None = None
    queue_id: int | None = None
    priority: PriorityName = "normal"
    files: Annotated[list[int], Meta(max_length=50)] = []
    notify: bool = True
    custom: dict[str, Any] = {}
    client_id: ClientId | None = None


class NewReply(Struct, kw_only=True, forbid_unknown_fields=True):
    text: Text = ""
    files: Annotated[list[int], Meta(max_length=50)] = []
    status: str | None = None
    client_id: ClientId | None = None
    seen: Annotated[int, Meta(ge=0)] = 0


class NewNote(Struct, kw_only=True, forbid_unknown_fields=True):
    """`mentions` are ids of colleagues that the text names; they are told."""

    text: Text = ""
    files: Annotated[list[int], Meta(max_length=50)] = []
    mentions: Annotated[list[int], Meta(max_length=50)] = []
    client_id: ClientId | None = None


class CasePatch(Struct, kw_only=True, forbid_unknown_fields=True):
    status: str | UnsetType = UNSET
    priority: PriorityName | UnsetType = UNSET
    queue_id: int | UnsetType = UNSET
    owner_id: int | UnsetType | None = UNSET
    subject: Subject | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    custom: dict[str, Any] | UnsetType = UNSET


class Escalation(Struct, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class MoveMessage(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where a message is to go: to the case `to_case_id`, or without it to a case of its own."""

    to_case_id: int | None = None
    subject: Subject | None = None
    """Of the new case; without it the subject of the mail, else of the old case."""


class MovedMessage(Struct):
    """Where it is now."""

    case_id: int
    number: str
    position: int


class ReadUpTo(Struct, forbid_unknown_fields=True):
    position: Annotated[int, Meta(ge=0)]


def file_view(file: FileRecord) -> FileView:
    return FileView(
        file.id, file.name, file.content_type, file.size, file.inline, file.content_id, f"/api/files/{file.id}"
    )


def staff_entry(entry: Recorded) -> EntryView:
    """Any entry as staff see it."""
    author_id = entry.author.user_id if entry.author.kind == "staff" else entry.author.contact_id
    return EntryView(
        position=entry.position,
        kind=entry.kind,
        audience="public" if isinstance(entry, PublicEntry) else "internal",
        author=AuthorView(entry.author.kind, author_id, entry.author.name),
        at=entry.at,
        text=entry.text,
        html=entry.html,
        data=entry.data,
        amends=entry.amends,
        client_id=entry.client_id,
        files=[file_view(file) for file in entry.files],
    )


CUSTOMER_DATA = {
    "status_changed": ("from", "to"),
    "subject_changed": ("from", "to"),
    "opened": ("subject", "channel", "withdrawn", "invitations", "security"),
    "message": ("withdrawn", "invitations", "security"),
    "moved_out": ("public_position", "unmerged"),
    "merged": ("to",),
    "unmerged": (),
}
"""Which keys of an entry's data a customer sees, by kind; of every other kind none."""


def customer_entry(entry: PublicEntry) -> EntryView:
    """A public entry as customers see it; there is no way to hand this function an internal one."""
    shown = CUSTOMER_DATA.get(entry.kind, ())
    return EntryView(
        position=entry.public_position,
        kind=entry.kind,
        audience="public",
        author=AuthorView(entry.author.kind, None, entry.author.name),
        at=entry.at,
        text=entry.text,
        html=entry.html,
        data={key: entry.data[key] for key in shown if key in entry.data},
        amends=None,
        client_id=entry.client_id,
        files=[file_view(file) for file in entry.files],
    )


def encode(view: Struct) -> bytes:
    """JSON of a view, once for all its readers."""
    return msgspec.json.encode(view)
