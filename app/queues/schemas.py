"""What queues look like on the wire of the administration."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from app.people.schemas.common import Input, Line
from app.queues.actions import WORKING, Purpose
from app.queues.models import Queue


class QueueOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    team_id: int | None
    escalation_queue_id: int | None
    purpose: str
    sort: int
    archived: bool
    rule: dict[str, Any] | None
    priority_minutes: int | None
    due_weight: int
    waiting_weight: int
    class_minutes: int
    history_minutes: int
    languages: list[str] | None
    skills: list[str] | None
    calendar_id: int | None
    assigning: str
    capacity: int
    silent_minutes: int | None

    @classmethod
    def of(cls, queue: Queue) -> QueueOut:
        return cls(
            id=queue.id,
            name=queue.name,
            team_id=queue.team_id,
            escalation_queue_id=queue.escalation_queue_id,
            purpose=queue.purpose,
            sort=queue.sort,
            archived=queue.archived,
            **{name: getattr(queue, name) for name in WORKING},
        )


Minutes = Annotated[int, Meta(ge=0, le=525_600)]
Weight = Annotated[int, Meta(ge=0, le=100)]
Words = Annotated[list[Annotated[str, Meta(min_length=1, max_length=40)]], Meta(max_length=50)]


class Working(Input, kw_only=True):
    """How work is done in a queue; what is left out stays as it is (docs/queues.md)."""

    rule: dict[str, Any] | UnsetType | None = UNSET
    priority_minutes: Minutes | UnsetType | None = UNSET
    due_weight: Weight | UnsetType = UNSET
    waiting_weight: Weight | UnsetType = UNSET
    class_minutes: Minutes | UnsetType = UNSET
    history_minutes: Minutes | UnsetType = UNSET
    languages: Words | UnsetType | None = UNSET
    skills: Words | UnsetType | None = UNSET
    calendar_id: int | UnsetType | None = UNSET
    assigning: Literal["manual", "round_robin", "least_loaded"] | UnsetType = UNSET
    capacity: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    silent_minutes: Annotated[int, Meta(ge=1, le=525_600)] | UnsetType | None = UNSET

    def given(self) -> dict[str, Any]:
        """The columns that were given."""
        return {name: value for name in WORKING if (value := getattr(self, name)) is not UNSET}


class NewQueue(Working, kw_only=True):
    name: Line
    team_id: int | None = None
    escalation_queue_id: int | None = None
    purpose: Purpose = "work"
    sort: int = 0


class ChangeQueue(Working, kw_only=True):
    name: Line | UnsetType = UNSET
    team_id: int | UnsetType | None = UNSET
    escalation_queue_id: int | UnsetType | None = UNSET
    purpose: Purpose | UnsetType = UNSET
    sort: int | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
