"""Two cases that are one: what was said in one goes on in the other; and cases that only have to do with each other.

Nothing is changed or deleted: the messages and notes are brought along as new entries that say where they stood, and
the merged case ends with a public entry that says where it goes on.
"""

from __future__ import annotations

from app.cases import rules
from app.cases.actions import add_participant
from app.cases.columns import default_status, move
from app.cases.feed import Draft, LockedCase, lock_case
from app.cases.models import Case, CaseLink, Entry, Participant
from app.cases.moving import MOVABLE, author_of, brought, copies
from app.database import Work
from app.errors import Conflict, Invalid, NotFound
from app.people.rights import Actor

BROUGHT_ALONG = (*MOVABLE, "note")
MOMENTS = ("waiting_since", "resolved_at", "closed_at")


async def merge(work: Work, *, by: Actor, case_id: int, into_case_id: int) -> LockedCase:
    """Let the case go on in another one, and close it without a word to anybody. Answers the other one.

    Its contact and participants take part there. Its promises end without a judgement; those of the other case count
    an open question from now. Raises NotFound, Conflict (either was merged before), Invalid (the same case).
    """
    if case_id == into_case_id:
        raise Invalid("A case cannot be merged into itself.", field="into_case_id")
    # In the order of their ids, so that two people who merge the same cases never wait for each other.
    held = {one: await lock_case(work, one) for one in sorted((case_id, into_case_id))}
    source, target = held[case_id], held[into_case_id]
    for case in held.values():
        if case.row.merged_into_id is not None:
            raise Conflict(f"{rules.display_number(case.row.number)} was merged already.")
    waited = source.row.waiting_since
    before = {"here": columns_of(source.row), "there": columns_of(target.row)}
    positions = await _bring(work, source, target)
    # What was said there is no news here, question or answer; that somebody still waits is.
    data = {"case": named(source.row), "subject": source.row.subject, "entries": len(positions)}
    data |= {"waited": waited is not None, "since": None if waited is None else waited.isoformat()}
    noted = await target.append(Draft(kind="merged_in", public=False, data=data), by=by)
    target.set(preview=source.row.preview)
    if waited is not None:
        target.set(waiting_since=min(waited, target.row.waiting_since or waited))
        await move(target, "customer_writes", by=by)
    reopened = target.row.last_position if target.row.last_position > noted.position else None
    await target.save()
    joined = await _take_part(work, source.row, into_case_id, by=by)
    source.set(merged_into_id=into_case_id, waiting_since=None)
    data = {"to": named(target.row), "positions": {str(old): new for old, new in positions.items()}}
    # What it takes to take the merge back: see app.cases.unmerging.
    data |= {"before": before, "noted": noted.position, "reopened": reopened, "joined": joined}
    data["closes"] = source.category != "closed"
    await source.append(Draft(kind="merged", public=True, data=data), by=by)
    if data["closes"]:
        await _close(source, by=by)
    await source.save()
    return target


def columns_of(row: Case) -> dict[str, str | None]:
    """The columns that merging changes and that no entry tells, as they are now."""
    moments = {name: getattr(row, name) for name in MOMENTS}
    return {"preview": row.preview, **{name: at and at.isoformat() for name, at in moments.items()}}


async def _take_part(work: Work, row: Case, there: int, *, by: Actor) -> list[int]:
    """Let the people of a case take part in the other one; answers the contacts who did not before."""
    people = Participant.filter(case_id=row.id).values_list("contact_id", flat=True)
    contacts = (row.contact_id, *sorted(int(str(one)) for one in await people))
    return [one for one in contacts if await add_participant(work, by=by, case_id=there, contact_id=one)]


async def _bring(work: Work, source: LockedCase, target: LockedCase) -> dict[int, int]:
    """Bring along what was said and is still there; answers the new position of each old one."""
    marks = await Entry.filter(case_id=source.row.id, kind="moved_out")
    gone = {mark.amends for mark in marks}
    positions: dict[int, int] = {}
    for entry in await Entry.filter(case_id=source.row.id, kind__in=BROUGHT_ALONG).order_by("position"):
        if entry.position in gone:
            continue
        public = entry.kind in MOVABLE
        draft = Draft(
            kind="message" if public else "note",
            public=public,
            text=entry.text,
            html=entry.html,
            files=await copies(work, entry),
            data=brought(entry, source.row, joined="merged"),
        )
        positions[entry.position] = (await target.append(draft, by=author_of(entry))).position
    return positions


async def _close(case: LockedCase, *, by: Actor) -> None:
    closed = await default_status("closed")
    before = {"key": case.status.key, "category": case.status.category}
    case.set_status(closed)
    case.set(resolved_at=case.row.resolved_at or case.work.now, closed_at=case.work.now)
    data = {"from": before, "to": {"key": closed.key, "category": closed.category}}
    await case.append(Draft(kind="status_changed", public=False, data=data), by=by)


async def link(work: Work, *, by: Actor, case_id: int, other_id: int) -> None:
    """Note on both cases that they have to do with each other. Raises NotFound, Invalid, Conflict (linked already)."""
    if case_id == other_id:
        raise Invalid("A case cannot be linked to itself.", field="case_id")
    held = [await lock_case(work, one) for one in sorted((case_id, other_id))]
    if await CaseLink.exists(case_id=case_id, other_id=other_id):
        raise Conflict("These cases are linked already.")
    await _note_link(held, "linked", by=by)
    await CaseLink.bulk_create(
        [CaseLink(case_id=case_id, other_id=other_id), CaseLink(case_id=other_id, other_id=case_id)]
    )


async def unlink(work: Work, *, by: Actor, case_id: int, other_id: int) -> None:
    """Take a link back, on both cases. Raises NotFound when there is none."""
    held = [await lock_case(work, one) for one in sorted((case_id, other_id))]
    if not await CaseLink.filter(case_id=case_id, other_id=other_id).delete():
        raise NotFound("These cases are not linked.")
    await CaseLink.filter(case_id=other_id, other_id=case_id).delete()
    await _note_link(held, "unlinked", by=by)


async def _note_link(held: list[LockedCase], kind: str, *, by: Actor) -> None:
    for one, other in (held, held[::-1]):
        data = {"case": named(other.row), "subject": other.row.subject}
        await one.append(Draft(kind=kind, public=False, data=data), by=by)
    for one in held:
        await one.save()


def named(row: Case) -> dict[str, object]:
    """A case as entries name it."""
    return {"id": row.id, "number": rules.display_number(row.number)}
