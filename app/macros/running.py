"""A macro at work: its actions on one case, in order, each by the function that a person's own click would call.

So each is allowed or refused as if it were done alone, and appends the same entries; all of them are one change of the
case (app.cases.feed.one_change), or none of them happens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from app.cases import actions
from app.cases import work as casework
from app.cases.bulk import Beside
from app.cases.conditions import Look
from app.cases.feed import LockedCase
from app.cases.models import Case
from app.cases.rules import clean_tags
from app.database import Work
from app.desk import Desk
from app.errors import Conflict
from app.macros.models import Macro
from app.macros.queries import is_offered
from app.macros.rules import (
    Action,
    AddTags,
    MoveTo,
    PutOff,
    RemoveTags,
    Reply,
    SetOwner,
    SetPriority,
    SetStatus,
    WatchCase,
    WriteNote,
    chosen_language,
)
from app.mailboxes import templates
from app.mailboxes.case_values import values_of
from app.mailboxes.queries import mailbox_of
from app.notifications.actions import unwatch, watch
from app.people.models import Contact
from app.people.queries import language_of
from app.people.rights import Actor, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Somebody's use of a macro, saved or not yet; `seen` is the last position they saw, by case (0: not checked)."""

    desk: Desk
    person: Person
    steps: Sequence[Action]
    condition: dict[str, Any] = field(default_factory=lambda: {"all": []})
    queue_id: int | None = None
    seen: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: Desk, person: Person, macro: Macro, *, seen: Mapping[int, int]) -> Use:
        return cls(
            desk=desk,
            person=person,
            steps=msgspec.convert(macro.actions, list[Action]),
            condition=macro.condition,
            queue_id=macro.queue_id,
            seen=seen,
        )

    async def __call__(self, case: LockedCase) -> list[Beside]:
        """Do all of it. Raises Conflict where the macro is not meant for the case, and what its actions raise."""
        look = Look(now=case.work.now, user_id=self.person.user_id)
        if not await is_offered(self.condition, self.queue_id, case.row, look):
            raise Conflict("This macro is not meant for this case: its condition does not hold.")
        beside = [await self._do(step, case.work, case) for step in self.steps]
        return [one for one in beside if one is not None]

    async def _do(self, step: Action, work: Work, case: LockedCase) -> Beside | None:
        one: dict[str, Any] = {"by": Actor.of(self.person), "case_id": case.row.id}
        match step:
            case Reply(texts):
                text, _ = await filled(self.desk, self.person, case.row, texts)
                await actions.reply(work, text=text, seen=self.seen.get(case.row.id, 0), **one)
                return Beside("message", text)
            case WriteNote(text):
                text, _ = await filled(self.desk, self.person, case.row, {self.desk.settings.default_language: text})
                await actions.add_note(work, text=text, **one)
                return Beside("note", text)
            case SetStatus(status):
                await actions.change(work, status=status, **one)
            case SetPriority(priority):
                await actions.change(work, priority=priority, **one)
            case MoveTo(queue_id):
                await actions.change(work, queue_id=queue_id, **one)
            case SetOwner(owner):
                await actions.change(work, owner_id=self.person.user_id if owner == "me" else owner, **one)
            case AddTags(tags):
                await actions.change(work, tags=[*case.row.tags, *tags], **one)
            case RemoveTags(tags):
                gone = set(clean_tags(list(tags)))
                await actions.change(work, tags=[tag for tag in case.row.tags if tag not in gone], **one)
            case PutOff(minutes):
                await casework.snooze(work, until=work.now + timedelta(minutes=minutes), **one)
            case WatchCase(wanted):
                await (watch if wanted else unwatch)(work, user_id=self.person.user_id or 0, case_id=case.row.id)
                return Beside("watch" if wanted else "unwatch")
        return None


async def filled(desk: Desk, person: Person, case: Case, texts: Mapping[str, str]) -> tuple[str, str]:
    """The words for the contact of this case with everything filled in, and their language."""
    values, wanted = await values_for(desk, person, case)
    language = chosen_language(texts, wanted, otherwise=desk.settings.default_language)
    return templates.fill(texts[language], values).strip(), language


async def values_for(desk: Desk, person: Person, case: Case) -> tuple[dict[str, str], str]:
    """What the placeholders stand for where `person` writes in this case, and the language of its contact."""
    contact = await Contact.get(id=case.contact_id)
    language = await language_of(contact, otherwise=case.language)
    mailbox = await mailbox_of(case.mailbox_id)
    values = await values_of(desk, case=case, contact=contact, language=language, mailbox=mailbox)
    return {**values, "me.name": person.name}, language
