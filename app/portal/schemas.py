"""What customers see of cases, and what they may send."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from app.cases.rules import Category, PriorityName
from app.cases.schemas import ClientId, Subject, Text


class PublicStatus(Struct):
    key: str
    category: Category
    names: dict[str, str]


class PersonName(Struct):
    name: str


class Expectation(Struct):
    """The honest short form of the clocks: when an answer is due, or that the time stands still and why."""

    answer_by: datetime | None
    paused: bool


class PortalCaseRow(Struct, kw_only=True):
    id: int
    number: str
    subject: str
    status: PublicStatus
    contact: PersonName
    opened_at: datetime
    updated_at: datetime
    preview: str
    head: int
    version: int
    read_position: int | None = None
    due: Expectation | None = None


class PortalCase(PortalCaseRow, kw_only=True):
    seen_by_staff: int
    """Last public position that somebody of the desk has read."""
    may_reply: bool = True


class PortalPage(Struct):
    items: list[PortalCaseRow]
    next_cursor: str | None


class NewPortalCase(Struct, kw_only=True, forbid_unknown_fields=True):
    subject: Subject
    text: Text
    files: Annotated[list[int], Meta(max_length=50)] = []
    priority: PriorityName = "normal"
    client_id: ClientId | None = None


class NewPortalReply(Struct, kw_only=True, forbid_unknown_fields=True):
    """`seen`: the last position that its author saw (0: not checked)."""

    text: Text = ""
    files: Annotated[list[int], Meta(max_length=50)] = []
    client_id: ClientId | None = None
    seen: Annotated[int, Meta(ge=0)] = 0
