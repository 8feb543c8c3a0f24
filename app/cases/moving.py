"""Taking a public message to another case, or to a case of its own: new entries on both, nothing is changed.

The old entry stays where it is. A `moved_out` entry names it; whoever reads the feed folds it, and customers no longer
see its words there. What the message had done to its old case (status, participants) is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.cases import rules
from app.cases.actions import add_participant, open_case
from app.cases.columns import move, refuse_merged
from app.cases.feed import Draft, LockedCase, lock_case
from app.cases.files import copied
from app.cases.models import Case, Entry, File, Participant, Status
from app.database import Work
from app.errors import Conflict, Invalid, NotFound
from app.people.models import Contact
from app.people.rights import Actor

MOVABLE = frozenset({"opened", "message"})
REPEATED = (*MOVABLE, "moved_out", "merged_in", "unmerged_out")
"""Kinds that the columns of a case repeat, or that take those back."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the message is now."""

    case_id: int
    number: int
    position: int


async def split_off(work: Work, *, by: Actor, case_id: int, position: int, subject: str | None = None) -> Moved:
    """Give the message a case of its own, for the person who wrote it, in the queue of the old case.

    Its promises count from when the message came, not from now. Nobody is told by mail.
    Raises NotFound, Conflict (moved before, or the case was merged), Invalid (not a public message, or the one that
    opened the case).
    """
    source = await lock_case(work, case_id)
    refuse_merged(source)
    entry = await _movable(case_id, position)
    if entry.kind == "opened":
        raise Invalid("This message opened the case, so it has a case of its own already.", field="position")
    row = source.row
    mail = entry.data.get("mail")
    named = str(mail.get("subject") or "") if isinstance(mail, dict) else ""
    contact = await Contact.get(id=entry.author_contact_id or row.contact_id)
    opened = await open_case(
        work,
        by=author_of(entry),
        contact_id=contact.id,
        queue_id=row.queue_id,
        subject=subject or named or row.subject,
        text=entry.text,
        html=entry.html,
        files=await copies(work, entry),
        channel="mail" if isinstance(mail, dict) else row.channel,
        language=contact.language or row.language,
        mailbox_id=row.mailbox_id,
        data=brought(entry, row, joined="split") | {"notify": False},
        since=entry.created_at,
    )
    there = Moved(opened.row.id, opened.row.number or 0, 1)
    await _leave(work, source, entry, there, by=by)
    return there


async def move_to(work: Work, *, by: Actor, case_id: int, position: int, to_case_id: int) -> Moved:
    """Take the message to a case that exists. The clocks of that case count it from now.

    The message that opened a case may be moved too; the old case is closed then if nothing else was said in it.
    Raises NotFound, Conflict (moved before, or one of the cases was merged), Invalid (not a public message; the same
    case).
    """
    if to_case_id == case_id:
        raise Invalid("The message is in this case already.", field="to")
    # In the order of their ids, so that two people who move between the same cases never wait for each other.
    held = {one: await lock_case(work, one) for one in sorted((case_id, to_case_id))}
    source, target = held[case_id], held[to_case_id]
    refuse_merged(source)
    refuse_merged(target)
    entry = await _movable(case_id, position)
    author = author_of(entry)
    arrived = await target.append(
        Draft(
            kind="message",
            public=True,
            text=entry.text,
            html=entry.html,
            files=await copies(work, entry),
            data=brought(entry, source.row, joined="moved"),
        ),
        by=author,
    )
    await refresh(target)
    await move(target, "customer_writes" if author.kind == "contact" else "staff_replies", by=author)
    await target.save()
    if entry.author_contact_id is not None:
        await add_participant(work, by=by, case_id=to_case_id, contact_id=entry.author_contact_id)
    there = Moved(to_case_id, target.row.number or 0, arrived.position)
    await _leave(work, source, entry, there, by=by)
    return there


async def _movable(case_id: int, position: int) -> Entry:
    entry = await Entry.get_or_none(case_id=case_id, position=position)
    if entry is None:
        raise NotFound("There is no such entry.")
    if entry.kind not in MOVABLE or entry.audience != "public":
        raise Invalid("Only a public message can be moved.", field="position")
    if await Entry.exists(case_id=case_id, kind="moved_out", amends=position):
        raise Conflict("This message was moved already.")
    return entry


def author_of(entry: Entry) -> Actor:
    """Who wrote it, as the author of an entry anew."""
    return Actor(entry.author_kind, entry.author_user_id, entry.author_contact_id, entry.author_name)  # type: ignore[arg-type]


def brought(entry: Entry, row: Case, *, joined: str) -> dict[str, Any]:
    """What the new entry says beside the words: all that the old one did, and where it stood."""
    origin = {
        "case": {"id": row.id, "number": rules.display_number(row.number)},
        "position": entry.position,
        "at": entry.created_at.isoformat(),
    }
    kept = {key: value for key, value in entry.data.items() if key not in ("channel", "subject", "notify")}
    return {**kept, "joined": {"by": joined}, "moved_from": origin}


async def copies(work: Work, entry: Entry) -> list[File]:
    """The same contents under new rows, since a file belongs to one entry."""
    return [await copied(work, file) for file in await File.filter(entry_id=entry.id).order_by("id")]


async def _leave(work: Work, source: LockedCase, entry: Entry, there: Moved, *, by: Actor) -> None:
    """Mark the message as moved out, and take back what it had done to its case."""
    undone = await _its_status_change(entry)
    case = {"id": there.case_id, "number": rules.display_number(there.number)}
    data = {"to": case, "to_position": there.position, "public_position": entry.public_position}
    if undone is not None:
        data["undone"] = [undone.position]
    emptied = entry.kind == "opened" and not await _said_beside(entry)
    if emptied:
        data["emptied"] = True
    await source.append(Draft(kind="moved_out", public=True, data=data, amends=entry.position), by=by)
    await refresh(source)
    if undone is not None:
        await take_back_status(source, undone, by=by)
    elif emptied:
        await move(source, "close", by=by, public=False)
    for contact in await _brought_along(entry):
        await take_out(source, contact, by=by)
        await add_participant(work, by=by, case_id=there.case_id, contact_id=contact.id)
    await source.save()


async def _said_beside(entry: Entry) -> bool:
    """Whether the case has another public message that is still in it."""
    moved = await Entry.filter(case_id=entry.case_id, kind="moved_out").values_list("amends", flat=True)
    others = Entry.filter(case_id=entry.case_id, audience="public", kind__in=list(MOVABLE))
    return await others.exclude(position__in=[entry.position, *moved]).exists()


async def refresh(case: LockedCase) -> None:
    """Set the columns that repeat the messages."""
    rows = await Entry.filter(case_id=case.row.id, kind__in=REPEATED).order_by("position")
    taken_back = {row.amends for row in rows if row.kind in ("moved_out", "unmerged_out")}
    there = [row for row in rows if row.position not in taken_back]
    words = [row.text for row in there if row.kind in MOVABLE]
    said = [one for row in there if (one := _said(row)) is not None]
    case.set(
        preview=rules.preview_of(words[-1]) if words else case.row.preview,
        first_replied_at=next((one.at for one in said if one.by == "staff" and one.position > 1), None),
        waiting_since=None if case.category in rules.DONE else rules.waiting_since(said),
    )


def _said(row: Entry) -> rules.Said | None:
    """What an entry says about who waits; what a merge brought along says nothing, but that somebody waited does."""
    if row.kind == "merged_in":
        since = row.data.get("since") or (row.created_at.isoformat() if row.data.get("waited") else None)
        return rules.Said(row.position, "contact", datetime.fromisoformat(str(since))) if since else None
    joined = row.data.get("joined")
    if row.kind not in MOVABLE or (isinstance(joined, dict) and joined.get("by") == "merged"):
        return None
    return rules.Said(row.position, row.author_kind, row.created_at)


async def _its_status_change(entry: Entry) -> Entry | None:
    """The change of status that this message caused by itself, if it is still the last one."""
    last = await Entry.filter(case_id=entry.case_id, kind="status_changed").order_by("-position").first()
    if last is None or entry.author_kind != "contact" or last.position != entry.position + 1:
        return None
    same = last.created_at == entry.created_at and last.author_contact_id == entry.author_contact_id
    return last if same and "restores" not in last.data else None


async def take_back_status(case: LockedCase, undone: Entry, *, by: Actor) -> None:
    """Back to the status before, without a word to anybody: it was changed by mistake."""
    before: Any = undone.data["from"]
    status = await Status.get_or_none(key=before["key"])
    if status is None:
        return
    data = {"from": undone.data["to"], "to": before, "restores": undone.position}
    case.set_status(status)
    if status.category in rules.DONE:
        ended = Entry.filter(case_id=undone.case_id, kind="status_changed", position__lt=undone.position)
        when = await ended.order_by("-position").first()
        at = when.created_at if when is not None else undone.created_at
        case.set(waiting_since=None, resolved_at=at, closed_at=at if status.category == "closed" else None)
    await case.append(Draft(kind="status_changed", public=False, data=data), by=by)


async def _brought_along(entry: Entry) -> list[Contact]:
    """The contacts who take part in the old case only because of this message: its author, and who was in copy."""
    added = await Entry.filter(case_id=entry.case_id, kind="participant_added", created_at=entry.created_at)
    named = [one.data["contact"] for one in added if isinstance(one.data.get("contact"), dict)]
    found = []
    for contact in await Contact.filter(id__in=[one["id"] for one in named]).order_by("id"):  # type: ignore[index]
        others = Entry.filter(case_id=entry.case_id, author_contact_id=contact.id, kind__in=list(MOVABLE))
        moved = await Entry.filter(case_id=entry.case_id, kind="moved_out").values_list("amends", flat=True)
        if not await others.exclude(position__in=[entry.position, *moved]).exists():
            found.append(contact)
    return found


async def take_out(case: LockedCase, contact: Contact, *, by: Actor) -> None:
    if await Participant.filter(case_id=case.row.id, contact_id=contact.id).delete():
        data = {"contact": {"id": contact.id, "name": contact.name}}
        await case.append(Draft(kind="participant_removed", public=False, data=data), by=by)
