"""Case events → notifications: who is named, given a case, answered, called to an escalation, or watches."""

from __future__ import annotations

from typing import Any

from app.cases.entries import Recorded
from app.cases.events import CaseChanged, CaseRead
from app.cases.rules import display_number
from app.database import Work
from app.events import Bus
from app.notifications import rules
from app.notifications.actions import case_was_read, notify
from app.notifications.models import Watch
from app.people.models import TeamMember
from app.queues.models import Queue

WATCHED = frozenset({"message", "note", "status_changed", "owner_changed", "escalated"})
"""Kinds of entries that who watches a case is told of; of one action only the first."""
WATCHED_CASES = "watched cases"
"""Under this name a transaction that changes many cases keeps the ids of those that anybody watches."""
Told = dict[int, tuple[rules.Kind, Recorded]]


class Notifier:
    """Inside subscriber: a notification is there exactly when the change is."""

    def subscribe(self, bus: Bus) -> None:
        bus.inside(CaseChanged, self.case_changed)
        bus.inside(CaseRead, self.case_read)

    async def case_changed(self, work: Work, event: CaseChanged) -> None:
        told: Told = {}
        for entry in event.entries:
            for kind, user_id in await _concerned(entry, event):
                if user_id != entry.author.user_id:  # nobody is told what they did themselves
                    told.setdefault(user_id, (kind, entry))
        if event.case_id in work.memo.get(WATCHED_CASES, (event.case_id,)):
            await self._add_watchers(told, event)
        for user_id, (kind, entry) in sorted(told.items()):
            notify(work, users=[user_id], kind=kind, case_id=event.case_id, data=_data(event, entry))

    async def _add_watchers(self, told: Told, event: CaseChanged) -> None:
        first = next((entry for entry in event.entries if entry.kind in WATCHED), None)
        if first is None:
            return
        left_out = {first.author.user_id}
        if first.author.kind == "system" and first.kind == "escalated":
            left_out.add(event.after.owner_id)  # hears of it from the policy
        for watch in await Watch.filter(case_id=event.case_id):
            if watch.user_id not in left_out:
                told.setdefault(watch.user_id, ("watched", first))

    async def case_read(self, work: Work, event: CaseRead) -> None:
        if event.staff:
            await case_was_read(work, user_id=event.user_id, case_id=event.case_id, position=event.position)


async def _concerned(entry: Recorded, event: CaseChanged) -> list[tuple[rules.Kind, int]]:
    """Whom an entry concerns by itself, and how."""
    owner = event.after.owner_id
    found: list[tuple[rules.Kind, int]] = [("mentioned", one["id"]) for one in entry.data.get("mentions", ())]
    if entry.kind == "owner_changed" and entry.data["to"]:
        found.append(("assigned", entry.data["to"]["id"]))
    elif entry.kind == "message" and entry.author.kind == "contact" and owner is not None:
        found.append(("customer_replied", owner))
    elif entry.kind == "escalated" and entry.author.kind == "staff":  # those of the timers tell whom the policy names
        found += [("escalated", one) for one in [*([owner] if owner else []), *await _team(event.after.queue_id)]]
    return found


async def _team(queue_id: int) -> list[int]:
    queue = await Queue.get(id=queue_id)
    if queue.team_id is None:
        return []
    members = await TeamMember.filter(team_id=queue.team_id, user__active=True).values_list("user_id", flat=True)
    return [int(str(one)) for one in members]


def _data(event: CaseChanged, entry: Recorded) -> dict[str, Any]:
    data = {
        "number": display_number(event.after.number),
        "subject": event.after.subject,
        "position": entry.position,
        "by": entry.author.name,
        "entry": entry.kind,
    }
    reason = entry.data.get("reason")
    words = entry.text if entry.kind in {"message", "note"} else reason if isinstance(reason, str) else ""
    return {**data, "excerpt": rules.excerpt(words)} if words.strip() else data
