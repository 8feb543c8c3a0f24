"""What dispatch looks like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from app.cases.schemas import CaseDetail
from app.dispatch.models import AgentState
from app.people.schemas.common import Input

Reason = Annotated[str, Meta(max_length=1000)]
Words = Annotated[list[Annotated[str, Meta(min_length=1, max_length=40)]], Meta(max_length=50)]


class NextCase(Struct, frozen=True, kw_only=True):
    """The case to work on now, kept for its agent until `until`; null where nothing waits."""

    case: CaseDetail | None
    until: datetime | None = None
    again: bool = False
    """Pulled before, and not settled yet."""
    why: dict[str, Any] | None = None
    """queue, priority, due_at, waiting_since, language, service_class, let_down: what the queue counts."""


class LeaseView(Struct, frozen=True, kw_only=True):
    """Until when the case is kept for who asks, and why it was their next one; both null where it is not."""

    until: datetime | None
    why: dict[str, Any] | None = None


class Snooze(Input):
    until: datetime
    reason: Reason = ""


class SendBack(Input):
    reason: Reason = ""
    queue_id: int | None = None


class AgentView(Struct, frozen=True, kw_only=True):
    """How an agent works. Empty languages: every one; null capacity: what the queue says."""

    user_id: int
    on_duty: bool
    present: bool
    languages: list[str]
    skills: list[str]
    capacity: int | None

    @classmethod
    def of(cls, row: AgentState, *, present: bool) -> AgentView:
        return cls(
            user_id=row.user_id,
            on_duty=row.on_duty,
            present=present,
            languages=row.languages,
            skills=row.skills,
            capacity=row.capacity,
        )


class ChangeAgent(Input):
    on_duty: bool | UnsetType = UNSET
    languages: Annotated[list[Literal["en", "ru", "fi"]], Meta(max_length=10)] | UnsetType = UNSET
    skills: Words | UnsetType = UNSET
    capacity: Annotated[int, Meta(ge=0, le=1000)] | UnsetType | None = UNSET


class ChangeDuty(Input):
    on_duty: bool
