"""Before a message is taken: whether it was sent already, and what its author has not seen."""

from __future__ import annotations

from app.cases.entries import Recorded
from app.cases.feed import recorded_entry
from app.cases.models import Entry, File
from app.cases.visibility import Sight, place, visible
from app.errors import StaleReply
from app.people.rights import Actor


async def was_sent(case_id: int, client_id: str) -> bool:
    """Whether the message with this client id is in the feed already."""
    return await Entry.exists(case_id=case_id, client_id=client_id)


async def already_sent(case_id: int, client_id: str | None) -> Recorded | None:
    """The message with this client id, if it is in the feed."""
    if client_id is None:
        return None
    entry = await Entry.get_or_none(case_id=case_id, client_id=client_id)
    return None if entry is None else recorded_entry(entry, await File.filter(entry_id=entry.id))


async def refuse_stale(case_id: int, *, by: Actor, seen: int) -> None:
    """Raise StaleReply, which names them, if others wrote public messages after the position that `by` has seen."""
    entries = visible(Entry.filter(case_id=case_id, kind__in=("message", "opened")), seen_by=Sight.CUSTOMER)
    newer = [
        entry
        for entry in await entries.filter(position__gt=seen).order_by(place(seen_by=Sight.STAFF))
        if (by.user_id is None or entry.author_user_id != by.user_id)
        and (by.contact_id is None or entry.author_contact_id != by.contact_id)
    ]
    if newer:
        raise StaleReply(
            f"{len(newer)} new message(s) arrived since you began; read them, then send again.",
            data={"positions": [entry.position for entry in newer]},
        )
