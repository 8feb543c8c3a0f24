"""What queues look like on the wire of the administration."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from app.people.schemas.common import Input, Line
from app.queues.actions import Purpose
from app.queues.models import Queue


class QueueOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    team_id: int | None
    escalation_queue_id: int | None
    purpose: str
    sort: int
    archived: bool

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
        )


class NewQueue(Input):
    name: Line
    team_id: int | None = None
    escalation_queue_id: int | None = None
    purpose: Purpose = "work"
    sort: int = 0


class ChangeQueue(Input):
    name: Line | UnsetType = UNSET
    team_id: int | UnsetType | None = UNSET
    escalation_queue_id: int | UnsetType | None = UNSET
    purpose: Purpose | UnsetType = UNSET
    sort: int | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
