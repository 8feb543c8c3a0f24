"""Setting the columns of a locked case: each real change becomes one entry that says from what to what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cases import rules
from app.cases.feed import Draft, LockedCase, storable
from app.cases.models import Status
from app.errors import Conflict, Invalid, TransitionRefused
from app.people.models import User
from app.people.rights import Actor
from app.queues.models import Queue


async def default_status(category: rules.Category) -> Status:
    """The status that stands for a category where none is named."""
    status = await Status.filter(category=category).order_by("-default", "sort", "id").first()
    if status is None:
        raise Invalid(f"No status of the category {category} is set up.", field="status")
    return status


async def first_queue() -> int:
    """The queue that takes a case where none is chosen. Raises Invalid when the desk has none."""
    queue = await Queue.filter(purpose="work", archived=False).order_by("sort", "id").first()
    if queue is None:
        raise Invalid("The desk has no queue yet; make one first.", field="queue_id")
    return queue.id


def refuse_merged(case: LockedCase) -> None:
    """Raise Conflict, which names the other case, where this one goes on there: nothing more is said or done here."""
    if case.row.merged_into_id is not None:
        goes_on = {"case_id": case.row.merged_into_id}
        raise Conflict("This case was merged into another one; go on there.", data=goes_on)


async def move(case: LockedCase, verb: rules.Verb, *, by: Actor, public: bool = True) -> None:
    target = rules.after(case.category, verb)
    if target is None:
        raise TransitionRefused(f"A case that is {case.category} cannot be changed like that ({verb}).", field="status")
    if target != case.category:
        await _enter(case, await default_status(target), by=by, public=public)


async def set_status(case: LockedCase, key: str, *, by: Actor) -> None:
    status = await Status.get_or_none(key=key)
    if status is None:
        raise Invalid(f"There is no status {key!r}.", field="status")
    if status.id == case.row.status_id:
        return
    refuse_merged(case)
    category: rules.Category = status.category  # type: ignore[assignment]  # the column holds nothing else
    verb = rules.VERB_FOR.get(category)
    if category != case.category and (verb is None or rules.after(case.category, verb) != category):
        raise TransitionRefused(f"A case that is {case.category} cannot become {category}.", field="status")
    await _enter(case, status, by=by)


async def restore_status(case: LockedCase, key: str, *, by: Actor) -> None:
    """Back to a status of before, without a word to anybody: a change of it was taken back."""
    status = await Status.get_or_none(key=key)
    if status is None:
        raise Invalid(f"There is no status {key!r}.", field="status")
    if status.id != case.row.status_id:
        await _enter(case, status, by=by, public=False)


async def _enter(case: LockedCase, status: Status, *, by: Actor, public: bool = True) -> None:
    data = {
        "from": {"key": case.status.key, "category": case.status.category},
        "to": {"key": status.key, "category": status.category},
    }
    case.set_status(status)
    now = case.work.now
    case.set(
        resolved_at=(case.row.resolved_at or now) if status.category in rules.DONE else None,
        closed_at=now if status.category == "closed" else None,
    )
    if status.category in rules.DONE:
        case.set(waiting_since=None)
    await case.append(Draft(kind="status_changed", public=public, data=data), by=by)


async def set_priority(case: LockedCase, priority: int, *, by: Actor) -> None:
    if priority == case.row.priority:
        return
    draft = priority_draft(case.row.priority, priority)
    case.set(priority=priority)
    await case.append(draft, by=by)


def priority_draft(before: int, after: int) -> Draft:
    """The entry that says that the priority was changed."""
    data = {"from": rules.PRIORITY_NAMES[before], "to": rules.PRIORITY_NAMES[after]}
    return Draft(kind="priority_changed", public=False, data=data)


async def set_queue(case: LockedCase, queue_id: int, *, by: Actor) -> None:
    if queue_id == case.row.queue_id:
        return
    names = {queue.id: queue for queue in await Queue.filter(id__in=(queue_id, case.row.queue_id))}
    if queue_id not in names or names[queue_id].archived:
        raise Invalid("There is no such queue, or it is archived.", field="queue_id")
    draft = queue_draft(names[case.row.queue_id], names[queue_id])
    case.set(queue_id=queue_id)
    await case.append(draft, by=by)


def queue_draft(before: Queue, after: Queue) -> Draft:
    """The entry that says that the case was moved to another queue."""
    data = {"from": {"id": before.id, "name": before.name}, "to": {"id": after.id, "name": after.name}}
    return Draft(kind="queue_changed", public=False, data=data)


async def set_owner(case: LockedCase, owner_id: int | None, *, by: Actor, data: dict[str, Any] | None = None) -> None:
    """`data` says how it came about, where no person chose."""
    if owner_id == case.row.owner_id:
        return
    wanted = [one for one in (owner_id, case.row.owner_id) if one is not None]
    users = {user.id: user for user in await User.filter(id__in=wanted)}
    if owner_id is not None:
        owner = users.get(owner_id)
        if owner is None or not owner.active or owner.contact_id is not None:
            raise Invalid("Only an active member of staff can own a case.", field="owner_id")

    def named(user_id: int | None) -> dict[str, Any] | None:
        return None if user_id is None else {"id": user_id, "name": users[user_id].name}

    said = {"from": named(case.row.owner_id), "to": named(owner_id), **(data or {})}
    case.set(owner_id=owner_id)
    await case.append(Draft(kind="owner_changed", public=False, data=said), by=by)


async def set_subject(case: LockedCase, subject: str, *, by: Actor) -> None:
    cleaned = rules.clean_subject(storable(subject))
    if cleaned == case.row.subject:
        return
    if not subject.strip():
        raise Invalid("A case needs a subject.", field="subject")
    data = {"from": case.row.subject, "to": cleaned}
    case.set(subject=cleaned)
    await case.append(Draft(kind="subject_changed", public=True, data=data), by=by)


async def set_tags(case: LockedCase, tags: Sequence[str], *, by: Actor) -> None:
    wanted = rules.clean_tags([storable(tag) for tag in tags])
    had = list(case.row.tags)
    if wanted == had:
        return
    data = {"added": [tag for tag in wanted if tag not in had], "removed": [tag for tag in had if tag not in wanted]}
    case.set(tags=wanted)
    await case.append(Draft(kind="tags_changed", public=False, data=data), by=by)


async def set_custom(case: LockedCase, values: dict[str, Any], *, by: Actor) -> None:
    changed = {key: value for key, value in values.items() if case.row.custom.get(key) != value}
    if not changed:
        return
    data = {"from": {key: case.row.custom.get(key) for key in changed}, "to": changed}
    merged = {key: value for key, value in {**case.row.custom, **changed}.items() if value is not None}
    case.set(custom=merged)
    await case.append(Draft(kind="fields_changed", public=False, data=data), by=by)
