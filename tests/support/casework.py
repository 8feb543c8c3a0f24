"""Shortcuts for tests that need a case: opened by Pavel, answered by Maria."""

from __future__ import annotations

from typing import Any

from app.cases import actions
from app.cases.entries import Recorded
from app.cases.models import Case, Entry
from app.people.models import User
from app.people.rights import Actor
from app.queues.models import Queue
from tests.support.desk import TestDesk


def actor(user: User) -> Actor:
    kind = "staff" if user.contact_id is None else "contact"
    return Actor(kind, user.id, user.contact_id, user.name)  # type: ignore[arg-type]


async def open_case(desk: TestDesk, who: str = "pavel", **more: Any) -> Case:
    """A new case of a customer in the queue Support."""
    user = desk.people[who]
    queue = await Queue.get(name="Support")
    details = {"subject": "The oven stays cold", "text": "It does not heat.", "channel": "portal", **more}
    async with desk.desk.unit_of_work() as work:
        case = await actions.open_case(
            work, by=actor(user), contact_id=user.contact_id or 0, queue_id=queue.id, **details
        )
    return await Case.get(id=case.row.id)


async def reply(desk: TestDesk, case: Case, who: str, text: str = "An answer.", **more: Any) -> Recorded:
    async with desk.desk.unit_of_work() as work:
        return await actions.reply(work, by=actor(desk.people[who]), case_id=case.id, text=text, **more)


async def note(desk: TestDesk, case: Case, who: str = "maria", text: str = "Between us.") -> Recorded:
    async with desk.desk.unit_of_work() as work:
        return await actions.add_note(work, by=actor(desk.people[who]), case_id=case.id, text=text)


async def change(desk: TestDesk, case: Case, who: str = "maria", **what: Any) -> None:
    async with desk.desk.unit_of_work() as work:
        await actions.change(work, by=actor(desk.people[who]), case_id=case.id, **what)


async def kinds(case: Case) -> list[str]:
    """The kinds of all entries of a case, in order."""
    return [entry.kind for entry in await Entry.filter(case_id=case.id).order_by("position")]
