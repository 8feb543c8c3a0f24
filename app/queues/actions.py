"""The only writer of queues: adding them, changing them, putting them away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from app.database import Work
from app.errors import Conflict, Invalid, NotFound
from app.people.models import Team
from app.people.rules import clean_line
from app.queues.events import QueueChanged
from app.queues.models import Queue

Purpose = Literal["work", "escalation", "spam"]
MAX_QUEUE_NAME = 120
WEIGHTS = ("priority_minutes", "due_weight", "waiting_weight", "class_minutes", "history_minutes")
WORKING = (
    *WEIGHTS,
    "rule",
    "languages",
    "skills",
    "calendar_id",
    "assigning",
    "capacity",
    "silent_minutes",
)
"""Columns that say how work is done in a queue: what enters, in which order, and who is given what."""
MAX_SORT = 1_000_000


async def create_queue(
    work: Work,
    *,
    name: str,
    team_id: int | None = None,
    escalation_queue_id: int | None = None,
    purpose: Purpose = "work",
    sort: int = 0,
    working: Mapping[str, Any] | None = None,
) -> Queue:
    """`working` are the columns of WORKING that are given, checked by the schema."""
    queue = Queue(name=await _free_name(name, None), purpose=purpose, sort=_sort(sort), created_at=work.now)
    queue.update_from_dict(dict(working or {}))
    await _set_team(queue, team_id)
    await _set_escalation(queue, escalation_queue_id)
    await _refuse_second_spam_queue(queue)
    await queue.save()
    work.record(QueueChanged(queue.id))
    return queue


async def change_queue(
    work: Work,
    *,
    queue_id: int,
    name: str | UnsetType = UNSET,
    team_id: int | UnsetType | None = UNSET,
    escalation_queue_id: int | UnsetType | None = UNSET,
    purpose: Purpose | UnsetType = UNSET,
    sort: int | UnsetType = UNSET,
    archived: bool | UnsetType = UNSET,
    working: Mapping[str, Any] | None = None,
) -> Queue:
    """Change what is given. A queue that others escalate to, and the last one for work, cannot be archived.

    Other weights give its cases other places at once; see app.cases.order.
    """
    queue = await find_queue(queue_id)
    before = [getattr(queue, name) for name in WEIGHTS]
    queue.update_from_dict(dict(working or {}))
    if not isinstance(name, UnsetType):
        queue.name = await _free_name(name, queue.id)
    if not isinstance(team_id, UnsetType):
        await _set_team(queue, team_id)
    if not isinstance(purpose, UnsetType):
        queue.purpose = purpose
    if not isinstance(sort, UnsetType):
        queue.sort = _sort(sort)
    if not isinstance(escalation_queue_id, UnsetType):
        await _set_escalation(queue, escalation_queue_id)
    if not isinstance(archived, UnsetType):
        if archived and not queue.archived:
            await _refuse_needed(queue)
        queue.archived = archived
    await _refuse_second_spam_queue(queue)
    await queue.save()
    work.record(QueueChanged(queue.id, reordered=before != [getattr(queue, name) for name in WEIGHTS]))
    return queue


async def find_queue(queue_id: int) -> Queue:
    queue = await Queue.get_or_none(id=queue_id)
    if queue is None:
        raise NotFound("There is no such queue.")
    return queue


async def _free_name(name: str, own: int | None) -> str:
    name = clean_line(name, field="name", limit=MAX_QUEUE_NAME)
    other = await Queue.get_or_none(name=name)
    if other is not None and other.id != own:
        raise Invalid("Another queue has this name.", field="name")
    return name


def _sort(sort: int) -> int:
    if abs(sort) > MAX_SORT:
        raise Invalid(f"The place in the list is a number up to {MAX_SORT}.", field="sort")
    return sort


async def _set_team(queue: Queue, team_id: int | None) -> None:
    if team_id is not None and not await Team.exists(id=team_id):
        raise Invalid("There is no such team.", field="team_id")
    queue.team_id = team_id


async def _set_escalation(queue: Queue, escalation_queue_id: int | None) -> None:
    """Cases climb along these links, so they must not lead in a circle, into the spam or into an archived queue."""
    seen, step = {queue.id}, escalation_queue_id
    while step is not None:
        above = await Queue.get_or_none(id=step)
        if above is None or above.archived or above.purpose == "spam":
            raise Invalid("Cases cannot be escalated to this queue.", field="escalation_queue_id")
        if above.id in seen:
            raise Invalid("The queues would escalate to each other in a circle.", field="escalation_queue_id")
        seen.add(above.id)
        step = above.escalation_queue_id
    queue.escalation_queue_id = escalation_queue_id


async def _refuse_second_spam_queue(queue: Queue) -> None:
    if queue.purpose != "spam" or queue.archived:
        return
    other = await Queue.filter(purpose="spam", archived=False).first()
    if other is not None and other.id != queue.id:
        raise Invalid(f"Spam goes to “{other.name}”; there is one such queue only.", field="purpose")


async def _refuse_needed(queue: Queue) -> None:
    below = await Queue.filter(escalation_queue_id=queue.id, archived=False).first()
    if below is not None:
        raise Conflict(f"“{below.name}” escalates to this queue. Choose another one there first.")
    if queue.purpose == "work" and not await Queue.filter(purpose="work", archived=False).exclude(id=queue.id).exists():
        raise Conflict("This is the last queue for work. Add another one first.")
