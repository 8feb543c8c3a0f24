"""Every way in which a case changes. Routes, mail intake and timers call these; nothing else writes a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.cases import rules
from app.cases.columns import (
    default_status,
    move,
    refuse_merged,
    set_custom,
    set_owner,
    set_priority,
    set_queue,
    set_status,
    set_subject,
    set_tags,
)
from app.cases.conditions import Look
from app.cases.entries import Recorded
from app.cases.events import CaseRead
from app.cases.feed import Draft, LockedCase, lock_case, storable
from app.cases.fields import check_custom
from app.cases.models import Case, Entry, File, Participant, ReadPosition
from app.cases.opening import new_case
from app.cases.routing import queue_for
from app.cases.sending import already_sent, refuse_stale
from app.cases.visibility import Sight
from app.database import Work
from app.errors import Invalid
from app.people.models import Contact
from app.people.rights import Actor
from app.queues.models import Queue


class KEEP:
    """Stands for "leave the owner as it is", since None means nobody."""


async def open_case(
    work: Work,
    *,
    by: Actor,
    contact_id: int,
    queue_id: int,
    subject: str,
    text: str,
    channel: str,
    html: str | None = None,
    files: Sequence[File] = (),
    priority: rules.PriorityName = "normal",
    language: str = "en",
    mailbox_id: int | None = None,
    custom: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    client_id: str | None = None,
    since: datetime | None = None,
    by_rules: bool | None = None,
) -> LockedCase:
    """Register a new case with its first entry. `language` is the contact's, for notices.

    Rules of queues may choose another queue than `queue_id` (`by_rules`; None: when a contact opens it).
    `since` is when the contact wrote, where that was earlier than now: what is promised counts from then.
    Raises Invalid for an unknown contact or queue.
    """
    checked = await check_custom(custom or {}, complete=bool(custom))
    contact = await Contact.get_or_none(id=contact_id)
    if contact is None:
        raise Invalid("There is no such contact.", field="contact_id")
    if not await Queue.filter(id=queue_id, archived=False).exists():
        raise Invalid("There is no such queue, or it is archived.", field="queue_id")
    status = await default_status("new")
    row = new_case(
        status,
        contact,
        by=by,
        now=work.now,
        queue_id=queue_id,
        subject=subject,
        text=text,
        channel=channel,
        priority=priority,
        language=language,
        mailbox_id=mailbox_id,
        custom={key: value for key, value in checked.items() if value is not None},
        since=since,
    )
    data = dict(data or {})
    if by_rules or (by_rules is None and by.kind == "contact"):
        chosen = await queue_for(row, status.key, Look(now=work.now))
        if chosen is not None:
            row.queue_id = chosen.id
            data["queue"] = {"id": chosen.id, "name": chosen.name}
    await row.save()
    case = LockedCase(work, row, status, before=None)
    case.set(number=row.id + rules.NUMBER_OFFSET)
    said = {"channel": channel, "subject": row.subject, **data}
    draft = Draft(kind="opened", public=True, text=text, html=html, files=files, data=said, client_id=client_id)
    await case.append(draft, by=by)
    await case.save()
    return case


async def reply(
    work: Work,
    *,
    by: Actor,
    case_id: int,
    text: str,
    html: str | None = None,
    files: Sequence[File] = (),
    status: str | None = None,
    client_id: str | None = None,
    seen: int = 0,
    data: dict[str, Any] | None = None,
) -> Recorded:
    """A public message of staff or contact, and the change of status that follows from it.

    `seen` is the last position that its author saw, as staff count (0: not checked). Newer public messages of others
    raise StaleReply, which names them. The same `client_id` again answers the entry that exists and changes nothing.
    """
    case = await lock_case(work, case_id)
    if (existing := await already_sent(case_id, client_id)) is not None:
        return existing
    if seen:
        await refuse_stale(case_id, by=by, seen=seen)
    refuse_merged(case)
    if not text.strip() and not html and not files and "mail" not in (data or {}):  # a mail came, whatever it says
        raise Invalid("Write something or attach a file.", field="text")
    entry = await case.append(
        Draft(kind="message", public=True, text=text, html=html, files=files, client_id=client_id, data=data or {}),
        by=by,
    )
    case.set(preview=rules.preview_of(storable(text)))
    if by.kind == "contact":
        if case.row.waiting_since is None:
            case.set(waiting_since=work.now)
        await move(case, "customer_writes", by=by)
    else:
        case.set(waiting_since=None)
        if case.row.first_replied_at is None:
            case.set(first_replied_at=work.now)
        if case.row.owner_id is None and by.user_id is not None:
            await set_owner(case, by.user_id, by=by)
        await move(case, "staff_replies", by=by)
        if status is not None:
            await set_status(case, status, by=by)
    await case.save()
    return entry


async def add_note(
    work: Work,
    *,
    by: Actor,
    case_id: int,
    text: str,
    files: Sequence[File] = (),
    client_id: str | None = None,
    kind: str = "note",
    data: dict[str, Any] | None = None,
) -> Recorded:
    """An internal entry with words: a note of staff, or an automatic mail kept on the case."""
    case = await lock_case(work, case_id)
    if (existing := await already_sent(case_id, client_id)) is not None:
        return existing
    if not text.strip() and not files:
        raise Invalid("Write something or attach a file.", field="text")
    entry = await case.append(
        Draft(kind=kind, public=False, text=text, files=files, client_id=client_id, data=data or {}), by=by
    )
    await case.save()
    return entry


async def change(
    work: Work,
    *,
    by: Actor,
    case_id: int,
    status: str | None = None,
    priority: rules.PriorityName | None = None,
    queue_id: int | None = None,
    owner_id: int | type[KEEP] | None = KEEP,
    subject: str | None = None,
    tags: Sequence[str] | None = None,
    custom: dict[str, Any] | None = None,
) -> LockedCase:
    """Change any of the columns a person may set; each one that really changes becomes one entry.

    `owner_id` takes KEEP (leave), None (nobody) or a user's id. Raises Invalid, TransitionRefused.
    """
    case = await lock_case(work, case_id)
    if queue_id is not None:
        await set_queue(case, queue_id, by=by)
    if owner_id is not KEEP:
        await set_owner(case, owner_id, by=by)  # type: ignore[arg-type]  # KEEP is excluded above
    if priority is not None:
        await set_priority(case, rules.PRIORITIES[priority], by=by)
    if subject is not None:
        await set_subject(case, subject, by=by)
    if tags is not None:
        await set_tags(case, tags, by=by)
    if custom is not None:
        await set_custom(case, await check_custom(custom), by=by)
    if status is not None:
        await set_status(case, status, by=by)
    await case.save()
    return case


async def escalate(
    work: Work,
    *,
    by: Actor,
    case_id: int,
    reason: str,
    to_escalation_queue: bool = True,
    queue_id: int | None = None,
    raise_priority: bool = True,
    priority: rules.PriorityName | None = None,
    data: dict[str, Any] | None = None,
) -> LockedCase:
    """Move the case where it will be seen: the escalation queue of its queue (or `queue_id`), one priority higher.

    With `priority` it gets that one instead.
    """
    case = await lock_case(work, case_id)
    target = queue_id
    if target is None and to_escalation_queue:
        queue = await Queue.get(id=case.row.queue_id)
        target = queue.escalation_queue_id
    await case.append(Draft(kind="escalated", public=False, data={"reason": reason, **(data or {})}), by=by)
    case.set(escalated_at=work.now)
    if target is not None:
        await set_queue(case, target, by=by)
    if priority is not None:
        await set_priority(case, rules.PRIORITIES[priority], by=by)
    elif raise_priority:
        await set_priority(case, rules.raised(case.row.priority), by=by)
    await case.save()
    return case


async def mark_spam(
    work: Work, *, by: Actor, case_id: int, spam: bool, data: dict[str, Any] | None = None
) -> LockedCase:
    """Put the case into the spam queue and close it without a word to its sender, or take it back out.

    `data` is what its entry says besides: why, and what became of the sender.
    """
    case = await lock_case(work, case_id)
    here = await Queue.get(id=case.row.queue_id)
    if spam == (here.purpose == "spam"):
        return case
    refuse_merged(case)
    if spam:
        target = await Queue.filter(purpose="spam", archived=False).order_by("sort", "id").first()
        if target is None:
            raise Invalid("There is no spam queue: make a queue with the purpose spam first.", field="spam")
        back = here.id
    else:
        marked = await Entry.filter(case_id=case_id, kind="spam_marked").order_by("-position").first()
        back = int(str(marked.data.get("from_queue", 0))) if marked else 0
        target = await Queue.filter(id=back, archived=False).first()
        target = target or await Queue.filter(purpose="work", archived=False).order_by("sort", "id").first()
        if target is None:
            raise Invalid("There is no queue to take the case back to.", field="spam")
    await case.append(
        Draft(kind="spam_marked", public=False, data={"spam": spam, "from_queue": back, **(data or {})}), by=by
    )
    await set_queue(case, target.id, by=by)
    await move(case, "close" if spam else "take", by=by, public=False)
    await case.save()
    return case


async def add_participant(work: Work, *, by: Actor, case_id: int, contact_id: int) -> bool:
    """A contact who was written to in copy takes part from now on; the case's own contact already does.

    Answers whether that is new.
    """
    case = await lock_case(work, case_id)
    if contact_id == case.row.contact_id or await Participant.exists(case_id=case_id, contact_id=contact_id):
        return False
    contact = await Contact.get(id=contact_id)
    await Participant.create(case_id=case_id, contact_id=contact_id)
    data = {"contact": {"id": contact.id, "name": contact.name}}
    await case.append(Draft(kind="participant_added", public=False, data=data), by=by)
    await case.save()
    return True


async def record(work: Work, *, by: Actor, case_id: int, kind: str, data: dict[str, Any], text: str = "") -> Recorded:
    """An internal entry that changes no column: a mail's state, a warning before a breach."""
    case = await lock_case(work, case_id)
    entry = await case.append(Draft(kind=kind, public=False, data=data, text=text), by=by)
    await case.save()
    return entry


async def mark_read(work: Work, *, case_id: int, user_id: int, name: str, position: int, seen_by: Sight) -> int:
    """Remember how far a user has read; it never goes back. Answers the position that now holds."""
    case = await Case.get(id=case_id)
    head = case.last_position if seen_by is Sight.STAFF else case.last_public_position
    position = min(position, head)
    row, created = await ReadPosition.get_or_create(
        defaults={"position": position, "at": work.now}, case_id=case_id, user_id=user_id
    )
    if not created:
        if row.position >= position:
            return row.position
        await ReadPosition.filter(id=row.id, position__lt=position).update(position=position, at=work.now)
    staff = seen_by is Sight.STAFF
    work.record(CaseRead(case_id=case_id, user_id=user_id, name=name, staff=staff, position=position))
    return position
