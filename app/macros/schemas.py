"""Macros and canned replies on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from app.cases.bulk import CASES_AT_ONCE
from app.cases.feed import file_record
from app.cases.many_schemas import BulkResult
from app.cases.models import File
from app.cases.schemas import CaseDetail, FileView, file_view
from app.macros.models import CannedReply, Macro
from app.macros.rules import MOST_ACTIONS, Action, Texts, may_change
from app.people.rights import Person
from app.people.schemas.common import Input, Line

Actions = Annotated[list[Action], Meta(min_length=1, max_length=MOST_ACTIONS)]
FileIds = Annotated[list[int], Meta(max_length=100)]
Sort = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Seen = Annotated[int, Meta(ge=0)]
CaseNumber = Annotated[str, Meta(max_length=20)]


class CannedReplyOut(Struct, frozen=True, kw_only=True):
    """`team_id` and `queue_id` narrow to whom and where it is offered; null: to all, everywhere."""

    id: int
    name: str
    shortcut: str
    texts: dict[str, str]
    shared: bool
    team_id: int | None
    queue_id: int | None
    files: list[FileView]
    """What using it attaches."""
    editable: bool

    @classmethod
    def of(cls, row: CannedReply, person: Person, files: Sequence[File]) -> CannedReplyOut:
        return cls(
            id=row.id,
            name=row.name,
            shortcut=row.shortcut,
            texts=row.texts,
            shared=row.shared,
            team_id=row.team_id,
            queue_id=row.queue_id,
            files=[hanging_file(row.id, file) for file in files],
            editable=may_change(person, owner_id=row.owner_id, shared=row.shared),
        )


def hanging_file(reply_id: int, file: File) -> FileView:
    """A file as its canned reply hands it out."""
    return msgspec.structs.replace(file_view(file_record(file)), url=f"/api/canned-replies/{reply_id}/files/{file.id}")


class NewCannedReply(Input):
    """`files`: ids of uploads, or of what hangs on other canned replies, which is copied."""

    name: Line
    texts: Texts
    files: FileIds = field(default_factory=list)
    shortcut: Line = ""
    shared: bool = False
    team_id: int | None = None
    queue_id: int | None = None


class ChangeCannedReply(Input):
    files: FileIds | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    texts: Texts | UnsetType = UNSET
    shortcut: Line | UnsetType = UNSET
    shared: bool | UnsetType = UNSET
    team_id: int | UnsetType | None = UNSET
    queue_id: int | UnsetType | None = UNSET


class OfferedReply(Struct, frozen=True, kw_only=True):
    """A canned reply as it would be written in one case: in the language of its contact, filled in."""

    id: int
    name: str
    shortcut: str
    shared: bool
    language: str
    text: str
    files: list[FileView]
    """Of which using it attaches copies."""


class PreviewReply(Input):
    """`case_number` fills the words in from a real case, as in `#1042` or `1042`; empty: from samples."""

    texts: Texts
    language: Line = ""
    """Empty: as the contact of the case speaks."""
    case_number: CaseNumber = ""


class ReplyPreview(Struct, frozen=True):
    language: str
    text: str


class MacroOut(Struct, frozen=True, kw_only=True):
    """`condition`, `team_id` and `queue_id` narrow where and to whom it is offered."""

    id: int
    name: str
    actions: list[Action]
    condition: dict[str, Any]
    shared: bool
    team_id: int | None
    queue_id: int | None
    sort: int
    editable: bool
    usable: bool
    """Whether you may use it: a lead also sees what is shared with other teams."""

    @classmethod
    def of(cls, row: Macro, person: Person, *, usable: bool) -> MacroOut:
        return cls(
            id=row.id,
            name=row.name,
            actions=msgspec.convert(row.actions, list[Action]),
            condition=row.condition,
            shared=row.shared,
            team_id=row.team_id,
            queue_id=row.queue_id,
            sort=row.sort,
            editable=may_change(person, owner_id=row.owner_id, shared=row.shared),
            usable=usable,
        )


class NewMacro(Input):
    name: Line
    actions: Actions
    condition: dict[str, Any] = field(default_factory=lambda: {"all": []})
    shared: bool = False
    team_id: int | None = None
    queue_id: int | None = None
    sort: Sort = 0


class ChangeMacro(Input):
    name: Line | UnsetType = UNSET
    actions: Actions | UnsetType = UNSET
    condition: dict[str, Any] | UnsetType = UNSET
    shared: bool | UnsetType = UNSET
    team_id: int | UnsetType | None = UNSET
    queue_id: int | UnsetType | None = UNSET
    sort: Sort | UnsetType = UNSET


class UseMacro(Input):
    """`seen`: the last position that you saw; newer messages of others refuse an answer (0: not checked)."""

    seen: Seen = 0


class UsedMacro(Struct, kw_only=True):
    case: CaseDetail
    id: int
    """By which it can be taken back, at `/api/cases/bulk/{id}/undo`; what was written stays."""


class UseOnMany(Input):
    """`seen`: by case, the last position that you saw."""

    case_ids: Annotated[list[int], Meta(min_length=1, max_length=CASES_AT_ONCE)]
    seen: dict[int, Seen] = field(default_factory=dict)


class TryMacro(Input):
    """A macro that is still being written, and the number of a case to look at it with."""

    actions: Actions
    case_number: CaseNumber
    condition: dict[str, Any] = field(default_factory=lambda: {"all": []})
    queue_id: int | None = None


class TriedMacro(Struct, kw_only=True):
    """What it would do; `result` says why not where it would be refused."""

    offered: bool
    result: BulkResult


def given(data: Struct) -> dict[str, Any]:
    """The fields that were sent."""
    values = {name: getattr(data, name) for name in data.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}
