"""Taking a merge back: the case goes on by itself again, and the other one is as it would be without it.

Nothing is deleted here either. What had been brought along is moved out of the other case, each entry with its mails;
what came after the merge stays on the case where it was written, and both feeds say that the merge was taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.cases import rules
from app.cases.feed import Draft, LockedCase, lock_case
from app.cases.merging import MOMENTS, named
from app.cases.models import Case, Entry, Participant
from app.cases.moving import MOVABLE, refresh, take_back_status, take_out
from app.database import Work
from app.errors import MergeStands, NotFound
from app.people.models import Contact
from app.people.rights import Actor

TAKEN = ("moved_out", "unmerged_out")
TALK = (*MOVABLE, "status_changed", "merged_in")
"""After one of these the other case is no longer as the merge left it."""


async def unmerge(work: Work, *, by: Actor, case_id: int) -> LockedCase:
    """Let a merged case go on by itself, with the status and the promises that it would have without the merge.

    The other case is restored exactly if nothing was said or decided there since; otherwise it keeps what came after.
    Nobody is told by mail. Raises NotFound, MergeStands (not merged; the other case was merged since).
    """
    there = await _other_of(case_id)
    # In the order of their ids, as merging locks them.
    held = {one: await lock_case(work, one) for one in sorted((case_id, there))}
    source, target = held[case_id], held[there]
    merged = await _merge_of(source, target)
    await _leave_there(source, target, merged, by=by)
    await target.save()
    await _go_on(source, target, merged, by=by)
    await source.save()
    return source


async def _other_of(case_id: int) -> int:
    row = await Case.get_or_none(id=case_id)
    if row is None:
        raise NotFound("There is no such case.")
    if row.merged_into_id is None:
        raise MergeStands(f"{rules.display_number(row.number)} is not merged into another case.")
    return row.merged_into_id


async def _merge_of(source: LockedCase, target: LockedCase) -> Entry:
    """The entry of the merge. Raises MergeStands."""
    if source.row.merged_into_id != target.row.id:
        raise MergeStands("Somebody was faster: look at the case again.")
    if target.row.merged_into_id is not None:
        number = rules.display_number(target.row.number)
        raise MergeStands(f"{number} was merged since; take that back first.", data={"case_id": target.row.id})
    merged = await Entry.filter(case_id=source.row.id, kind="merged").order_by("-position").first()
    if merged is None or "before" not in merged.data:
        raise MergeStands("This merge was made by an older version, which kept too little: move its messages by hand.")
    return merged


async def _leave_there(source: LockedCase, target: LockedCase, merged: Entry, *, by: Actor) -> None:
    """Take what was brought along, and who came with it, out of the other case."""
    data: dict[str, Any] = merged.data
    last = data["reopened"] or data["noted"]
    since = await Entry.filter(case_id=target.row.id, position__gt=last, kind__in=(*TALK, *TAKEN)).order_by("position")
    taken = {row.amends: row for row in since if row.kind in TAKEN}
    kept = [row for row in since if row.kind in TALK and row.position not in taken]
    await _move_out(source, target, data["positions"], by=by)
    status = None
    if data["reopened"] is not None and not kept:
        status = await Entry.get(case_id=target.row.id, position=data["reopened"])
    undone = [] if status is None else [status.position]
    noted = {"case": named(source.row), "subject": source.row.subject, "undone": undone}
    await target.append(Draft(kind="unmerged_out", public=False, data=noted, amends=data["noted"]), by=by)
    if status is not None:
        await take_back_status(target, status, by=by)
    if kept or any(position is not None and position <= last for position in taken):
        await refresh(target)
    else:
        before = data["before"]["there"]
        target.set(preview=before["preview"], **_moments(before))
    staying = {row.author_contact_id for row in kept} | await _still_joined(source, target)
    for contact in await Contact.filter(id__in=[one for one in data["joined"] if one not in staying]).order_by("id"):
        await take_out(target, contact, by=by)


async def _still_joined(source: LockedCase, target: LockedCase) -> set[int | None]:
    """The people of other cases that are merged into that one."""
    others = Case.filter(merged_into_id=target.row.id).exclude(id=source.row.id)
    ids = {row.id: row.contact_id for row in await others}
    people = await Participant.filter(case_id__in=list(ids))
    return {*ids.values(), *(one.contact_id for one in people)}


async def _move_out(source: LockedCase, target: LockedCase, positions: Mapping[str, int], *, by: Actor) -> None:
    """Each entry goes back to where it came from; one that was moved on from the other case stays where it is now."""
    marks = await Entry.filter(case_id=target.row.id, kind="moved_out", amends__in=list(positions.values()))
    moved_on = {mark.amends: mark for mark in marks}
    for old, new in positions.items():
        mark = moved_on.get(new)
        if mark is None:
            entry = await Entry.get(case_id=target.row.id, position=new)
            data = {"to": named(source.row), "to_position": int(old), "unmerged": True}
            await target.append(_mark(entry, data), by=by)
        else:
            entry = await Entry.get(case_id=source.row.id, position=int(old))
            data = {"to": mark.data["to"], "to_position": mark.data["to_position"]}
            await source.append(_mark(entry, data), by=by)


def _mark(entry: Entry, data: dict[str, Any]) -> Draft:
    """Notes are moved as silently as they were brought: a public mark would tell that there is one."""
    public = entry.audience == "public"
    data = {**data, "public_position": entry.public_position} if public else data
    return Draft(kind="moved_out", public=public, data=data, amends=entry.position)


async def _go_on(source: LockedCase, target: LockedCase, merged: Entry, *, by: Actor) -> None:
    data: dict[str, Any] = merged.data
    closing = await Entry.get(case_id=source.row.id, position=merged.position + 1) if data["closes"] else None
    said = {"from": named(target.row), "undone": [] if closing is None else [closing.position]}
    source.set(merged_into_id=None)
    await source.append(Draft(kind="unmerged", public=True, data=said, amends=merged.position), by=by)
    if closing is not None:
        await take_back_status(source, closing, by=by)
    source.set(**_moments(data["before"]["here"]))


def _moments(columns: Mapping[str, str | None]) -> dict[str, datetime | None]:
    return {name: None if (at := columns[name]) is None else datetime.fromisoformat(at) for name in MOMENTS}
