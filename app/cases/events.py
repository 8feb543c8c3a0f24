"""What the cases feature tells the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.cases.entries import Recorded
from app.cases.rules import Category
from app.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """The columns of a case at one moment, as plain values."""

    case_id: int
    number: int
    subject: str
    status: str
    category: Category
    priority: int
    queue_id: int
    owner_id: int | None
    contact_id: int
    account_id: int | None
    channel: str
    mailbox_id: int | None
    language: str
    tags: tuple[str, ...]
    opened_at: datetime
    head: int
    public_head: int
    replied: bool = False
    """Whether staff have ever answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged(Event):
    """One action changed one case: the entries it appended, and the case before (None: just opened) and after."""

    case_id: int
    entries: tuple[Recorded, ...]
    before: CaseState | None
    after: CaseState


@dataclass(frozen=True, slots=True)
class CasesOpened(Event):
    """Many cases were opened in one transaction, each by nothing but its first entry.

    Inside the transaction this is told instead of a CaseChanged of each; after it, each is told by itself.
    """

    changes: tuple[CaseChanged, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRead(Event):
    """A user has read a case up to `position` (in the positions that this user sees)."""

    case_id: int
    user_id: int
    name: str
    staff: bool
    position: int
