"""Cases → views: which views a changed case enters, changes in, or leaves, told to those who look through them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.bridges import streams
from app.cases.conditions import (
    FIELDS,
    REQUEST_TYPE,
    Look,
    case_condition,
    facts_of,
    holds,
    is_passing,
    is_personal,
)
from app.cases.events import CaseChanged
from app.cases.models import Case
from app.cases.order import Shelf
from app.cases.rules import DONE, PRIORITY_NAMES
from app.cases.schemas import CaseRow, encode
from app.views.events import ViewChanged
from app.views.models import SavedView
from app.views.queries import shelves
from channels.frames import Gone, Row, StateFrame
from sla.conditions import Condition, questions_of

RE_READ = 5.0  # seconds; views that another process changed are heard of by then
Watched = tuple[int, Condition]
"""Id and condition of a view."""


class LiveViews:
    """The frames of one changed case. What a view asks is read anew when any view changed, and now and then.

    A personal view (unread, owner: me) differs from reader to reader: its readers are told of every case that could be
    in it, and ask again for themselves.
    """

    def __init__(self) -> None:
        self._views: list[Watched] | None = None
        self._read_at: datetime | None = None

    async def view_changed(self, _: ViewChanged) -> None:
        self._views = None

    async def frames(self, row: CaseRow, event: CaseChanged | None, now: datetime) -> list[tuple[str, StateFrame]]:
        """For each view one frame at most; `event` None: it is not known what it was before."""
        watched = await self._watched(now)
        if not watched:
            return []
        case = await Case.get(id=row.id)
        look = Look(now=now)
        facts = facts_of(case, row.status.key, look)
        before = None if event is None else _before(facts, event)
        frames: list[tuple[str, StateFrame]] = []
        for view_id, condition in watched:
            if is_personal(condition) or _in(condition, facts, case.shelf):
                frames.append((streams.view(view_id), Row("", str(row.id), row.version, streams.raw(encode(row)))))
            elif before is None or is_passing(condition) or _was_in(condition, before):
                frames.append((streams.view(view_id), Gone("", str(row.id), row.version)))
        return frames

    async def _watched(self, now: datetime) -> list[Watched]:
        if self._views is None or self._read_at is None or (now - self._read_at).total_seconds() > RE_READ:
            rows = await SavedView.all().order_by("id")
            self._views = [(row.id, case_condition(row.condition)) for row in rows]
            self._read_at = now
        return self._views


def _in(condition: Condition, facts: dict[str, Any], shelf: int) -> bool:
    return Shelf(shelf) in shelves(condition) and holds(condition, facts)


def _was_in(condition: Condition, facts: dict[str, Any]) -> bool:
    done = facts["category"] in DONE
    shelf = Shelf.DONE if done else Shelf.SNOOZED if facts["snoozed"] else Shelf.WORK
    # Of what no event tells the former value, the case may have been in it.
    unsure = any(test.fact in ("escalated", "waiting") for test in questions_of(condition))
    return unsure or _in(condition, facts, shelf)


def _before(facts: dict[str, Any], event: CaseChanged) -> dict[str, Any]:
    """The facts as they were before the event, as far as it tells."""
    was = event.before
    if was is None:
        return {**facts, "category": "closed", "queue": 0}
    known = {
        **facts,
        "status": was.status,
        "category": was.category,
        "priority": PRIORITY_NAMES[was.priority],
        "queue": was.queue_id,
        "owner": was.owner_id,
        "contact": was.contact_id,
        "account": was.account_id,
        "language": was.language,
        "tags": list(was.tags),
        "subject": was.subject,
    }
    for entry in event.entries:
        if entry.kind in ("snoozed", "woken"):
            known["snoozed"] = entry.kind == "woken"
        if entry.kind == "fields_changed":
            was_in_fields = entry.data.get("from", {})
            known.update({FIELDS + key: value for key, value in was_in_fields.items()})
            known[REQUEST_TYPE] = was_in_fields.get(REQUEST_TYPE, known[REQUEST_TYPE])
    return known
