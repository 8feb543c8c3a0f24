"""Every action on a case with something to do it with, by name, and a search for actions that this table forgets."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any

import app.cases
from app.cases import actions, bulk, merging, moving, together, unmerging, work
from app.cases.feed import LockedCase
from app.cases.models import Case, Entry
from app.cases.opening import Opening, open_together, tell_opened
from app.database import Work
from app.desk import Desk
from app.errors import DeskError
from app.people.actions.contacts import change_account
from app.people.models import Contact, User
from app.people.rights import SYSTEM
from app.queues.actions import change_queue
from app.queues.models import Queue
from tests.support.casework import actor


@dataclass(frozen=True, slots=True)
class Acting:
    """What an action has to work with; `number` is drawn, for what there is to choose."""

    desk: Desk
    people: dict[str, User]
    case: Case
    number: int
    others: Sequence[int] = ()  # ids of other cases

    def one_of(self, *choices: Any) -> Any:
        return choices[self.number % len(choices)]

    async def do(self, action: Callable[..., Awaitable[Any]], *, by: str = "maria", **given: Any) -> None:
        """One unit of work of `by` on the case."""
        async with self.desk.unit_of_work() as unit:
            await action(unit, by=actor(self.people[by]), case_id=self.case.id, **given)


async def opening(at: Acting) -> None:
    who = at.people[at.one_of("pavel", "aino", "liisa")]
    queue = await Queue.get(name="Support")
    async with at.desk.unit_of_work() as unit:
        await actions.open_case(
            unit, by=actor(who), contact_id=who.contact_id or 0, queue_id=queue.id, subject="Another", text="Help!",
            channel="portal", priority=at.one_of("low", "normal", "high"),
        )  # fmt: skip


async def opening_together(at: Acting) -> None:
    """What the intake does with a batch of mails."""
    contacts = [await Contact.get(id=at.people[name].contact_id) for name in ("pavel", "aino", "liisa")]
    queue = await Queue.get(name="Support")
    async with at.desk.unit_of_work() as unit:
        openings = [
            Opening(by=actor(at.people[name]), contact=contact, queue_id=queue.id, subject=name, text="Help!",
                    channel="email")
            for name, contact in zip(("pavel", "aino", "liisa"), contacts, strict=True)
        ][: 1 + at.number % 3]  # fmt: skip
        await tell_opened(unit, await open_together(unit, openings))


async def to_another_queue(at: Acting) -> None:
    queues = await Queue.filter(archived=False).order_by("id")
    await at.do(actions.change, queue_id=queues[at.number % len(queues)].id)


async def joining(at: Acting) -> None:
    contact_id = at.people[at.one_of("aino", "liisa", "pavel")].contact_id
    await at.do(actions.add_participant, contact_id=contact_id)


async def a_message(at: Acting) -> int:
    """The position of a public message that may be moved; writes one if there is none."""
    found = await Entry.filter(case_id=at.case.id, kind="message", audience="public").order_by("-position").first()
    if found is None or await Entry.exists(case_id=at.case.id, kind="moved_out", amends=found.position):
        await at.do(actions.reply, by="pavel", text="By the way …")
        found = await Entry.filter(case_id=at.case.id, kind="message", audience="public").order_by("-position").first()
    assert found is not None
    return found.position


async def splitting(at: Acting) -> None:
    await at.do(moving.split_off, position=await a_message(at))


async def moving_away(at: Acting) -> None:
    if at.others:
        await at.do(moving.move_to, position=await a_message(at), to_case_id=at.one_of(*at.others))


async def merging_into(at: Acting) -> None:
    if at.others:
        await at.do(merging.merge, into_case_id=at.one_of(*at.others))


async def unmerging_again(at: Acting) -> None:
    """Takes back the merge of the case; merges it first if it is not merged."""
    with suppress(DeskError):
        await merging_into(at)
    await at.do(unmerging.unmerge)


async def linking(at: Acting) -> None:
    if at.others:
        await at.do(merging.link, other_id=at.one_of(*at.others))


async def unlinking(at: Acting) -> None:
    if at.others:
        with suppress(DeskError):
            await linking(at)
        await at.do(merging.unlink, other_id=at.one_of(*at.others))


async def bulk_change(at: Acting) -> int:
    """A change of all cases that some of them refuse half-way: a closed case cannot be put on hold."""
    change = at.one_of(
        bulk.Change(status="on_hold", priority="urgent"),
        bulk.Change(spam=True, status="on_hold"),
        bulk.Change(owner_id=at.people["tomas"].id, add_tags=["many"]),
        bulk.Change(status="resolved", remove_tags=["many"]),
    )
    async with at.desk.unit_of_work() as unit:
        cases = [at.case.id, *at.others]
        bulk_id, _ = await bulk.apply(unit, by=actor(at.people["maria"]), case_ids=cases, change=change)
    return bulk_id


async def bulk_and_back(at: Acting) -> None:
    bulk_id = await bulk_change(at)
    async with at.desk.unit_of_work() as unit:
        await bulk.undo(unit, by=actor(at.people["maria"]), bulk_id=bulk_id)


async def several_actions(at: Acting, unit: Work, case: LockedCase) -> Sequence[bulk.Beside]:
    """An answer, put off, tagged and on hold, as one change; a case that is done refuses half-way."""
    by = actor(at.people["maria"])
    await actions.reply(unit, by=by, case_id=case.row.id, text="We are looking at it.")
    await work.snooze(unit, by=by, case_id=case.row.id, until=unit.now + timedelta(hours=1 + at.number % 9))
    await actions.change(unit, by=by, case_id=case.row.id, status="on_hold", tags=[f"t{at.number % 5}"])
    return (bulk.Beside("message", "We are looking at it."),)


async def several_at_once(at: Acting) -> None:
    async with at.desk.unit_of_work() as unit:
        by, doing = actor(at.people["maria"]), partial(several_actions, at, unit)
        await bulk.do_to_one(unit, by=by, case_id=at.case.id, doing=doing)


async def several_to_many_and_back(at: Acting) -> None:
    by = actor(at.people["maria"])
    async with at.desk.unit_of_work() as unit:
        doing = partial(several_actions, at, unit)
        bulk_id, _ = await bulk.do_to_each(unit, by=by, case_ids=[at.case.id, *at.others], doing=doing)
    if at.number % 2:
        async with at.desk.unit_of_work() as unit:
            await bulk.undo(unit, by=by, bulk_id=bulk_id)


async def waking(at: Acting) -> None:
    with suppress(DeskError):
        await at.do(work.snooze, until=at.desk.now() + timedelta(hours=2))
    await at.do(work.wake, because="person")


async def sending_back(at: Acting) -> None:
    queues = await Queue.filter(archived=False).order_by("id")
    await at.do(work.send_back, because="released", queue_id=at.one_of(None, queues[-1].id))


async def escalating_many(at: Acting) -> None:
    """What timers do when many promises end together."""
    async with at.desk.unit_of_work() as unit:
        held = await together.locked_cases([at.case.id, *at.others])
        queue = await Queue.get(purpose="escalation") if at.number % 2 else None
        due = [
            together.Escalation(case=case, kind="escalated", data={"reason": "late"}, queue=queue, priority=3)
            for case in held.values()
        ]
        await together.escalate_together(unit, due, by=SYSTEM)


async def recording(at: Acting) -> None:
    async with at.desk.unit_of_work() as unit:
        await actions.record(unit, by=SYSTEM, case_id=at.case.id, kind="mail_state", data={"state": "delivered"})


ACTIONS: dict[str, Callable[[Acting], Awaitable[object]]] = {
    "actions.open_case": opening,
    "opening.open_together": opening_together,
    "actions.reply: staff": lambda at: at.do(actions.reply, text="An answer."),
    "actions.reply: staff, and wait": lambda at: at.do(actions.reply, text="An answer?", status="waiting"),
    "actions.reply: customer": lambda at: at.do(actions.reply, by="pavel", text="Still cold."),
    "actions.add_note": lambda at: at.do(actions.add_note, text="Between us."),
    "actions.change: status": lambda at: at.do(
        actions.change, status=at.one_of("resolved", "open", "waiting", "on_hold", "closed")
    ),
    "actions.change: priority": lambda at: at.do(actions.change, priority=at.one_of("urgent", "low", "high", "normal")),
    "actions.change: owner": lambda at: at.do(
        actions.change, owner_id=at.one_of(at.people["tomas"].id, None, at.people["maria"].id)
    ),
    "actions.change: queue": to_another_queue,
    "actions.change: subject": lambda at: at.do(actions.change, subject=f"Part {at.number}"),
    "actions.change: tags": lambda at: at.do(actions.change, tags=["oven", f"t{at.number % 5}"]),
    "actions.escalate": lambda at: at.do(actions.escalate, reason="It burns."),
    "actions.mark_spam": lambda at: at.do(actions.mark_spam, spam=at.one_of(True, False)),
    "actions.add_participant": joining,
    "actions.record": recording,
    "moving.split_off": splitting,
    "moving.move_to": moving_away,
    "merging.merge": merging_into,
    "unmerging.unmerge": unmerging_again,
    "merging.link": linking,
    "merging.unlink": unlinking,
    "work.snooze": lambda at: at.do(work.snooze, until=at.desk.now() + timedelta(hours=1 + at.number % 9)),
    "work.wake": waking,
    "work.give": lambda at: at.do(
        work.give, owner_id=at.one_of(at.people["tomas"].id, at.people["olga"].id), how="next", why={}
    ),
    "work.send_back": sending_back,
    "together.escalate_together": escalating_many,
    "bulk.apply": bulk_change,
    "bulk.do_to_each": several_to_many_and_back,
    "bulk.do_to_one": several_at_once,
    "bulk.undo": bulk_and_back,
}
"""By module of app.cases, function and variant. An action that is missing here makes a test fail."""
NO_ACTIONS = {
    "actions.mark_read": "moves nobody's row; read marks are passing frames with tests of their own",
    "feed.lock_case": "what actions stand on",
    "opening.tell_opened": "the second half of open_together",
    "moving.copies": "a file hangs on no case before its message is appended",
    "files.copied": "a file hangs on no case before its message is sent",
    "files.keep_upload": "a file hangs on no case before its message is sent",
}


async def weighing_account(at: Acting) -> None:
    """The class of the account of the case; its queue weighs classes from then on."""
    async with at.desk.unit_of_work() as unit:
        await change_queue(unit, queue_id=at.case.queue_id, working={"class_minutes": 60})
    if at.case.account_id is not None:
        async with at.desk.unit_of_work() as unit:
            await change_account(unit, account_id=at.case.account_id, service_class=at.one_of(2, 1, 0))


async def weighing_queue(at: Acting) -> None:
    async with at.desk.unit_of_work() as unit:
        await change_queue(unit, queue_id=at.case.queue_id, working={"priority_minutes": at.one_of(7, 60, None)})


AROUND: dict[str, Callable[[Acting], Awaitable[object]]] = {
    "contacts.change_account: class": weighing_account,
    "queues.change_queue: weights": weighing_queue,
}
"""What is done to no case and moves cases in their lists all the same."""


def every_action() -> set[str]:
    """Functions of app.cases whose first argument is a unit of work: those that write."""
    found = set()
    for module in pkgutil.iter_modules(app.cases.__path__, "app.cases."):
        if module.name.rpartition(".")[2] != "routes":
            found |= _writing(importlib.import_module(module.name))
    return found


def _writing(module: ModuleType) -> set[str]:
    found = set()
    for name, one in inspect.getmembers(module, inspect.iscoroutinefunction):
        first = next(iter(inspect.signature(one).parameters.values()), None)
        is_ours = one.__module__ == module.__name__ and not name.startswith("_")
        if is_ours and first is not None and first.annotation in (Work, "Work"):
            found.add(f"{module.__name__.rpartition('.')[2]}.{name}")
    return found
