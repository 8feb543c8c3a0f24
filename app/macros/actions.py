"""The only writers of macros and canned replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from app.cases.conditions import case_condition
from app.cases.models import Status
from app.cases.rules import clean_tags
from app.database import Work
from app.errors import Forbidden, Invalid
from app.events import Event
from app.macros.events import CannedReplyChanged, MacroChanged
from app.macros.files import hang
from app.macros.models import CannedReply, Macro
from app.macros.queries import find_macro, find_reply
from app.macros.rules import (
    MOST_ACTIONS,
    PLACEHOLDERS,
    Action,
    AddTags,
    MoveTo,
    RemoveTags,
    Reply,
    SetOwner,
    SetStatus,
    WriteNote,
    check_languages,
    clean_shortcut,
    may_change,
)
from app.mailboxes import templates
from app.people.models import Team
from app.people.queries import colleagues_named
from app.people.rights import Person
from app.people.rules import clean_line
from app.queues.models import Queue
from app.settings import LANGUAGES

R = TypeVar("R", CannedReply, Macro)
MAX_NAME = 120
MOST_OF_ONE = 200  # of one person: all are read for every list of them


async def create_reply(work: Work, person: Person, **given: Any) -> CannedReply:
    """`given`: name, shortcut, texts, files, shared, team_id, queue_id. Raises Invalid, Forbidden."""
    files = given.pop("files", [])
    row = await _kept(work, person, CannedReply, given)
    await hang(work, person, row, files)
    return row


async def change_reply(work: Work, person: Person, reply_id: int, **given: Any) -> CannedReply:
    """Change what is given. Raises NotFound, Forbidden, Invalid."""
    row = await find_reply(person, reply_id)
    files = given.pop("files", None)
    await _changed(work, person, row, given)
    if files is not None:
        await hang(work, person, row, files)
    return row


async def delete_reply(work: Work, person: Person, reply_id: int) -> None:
    await _deleted(work, person, await find_reply(person, reply_id))


async def create_macro(work: Work, person: Person, **given: Any) -> Macro:
    """`given`: name, actions, condition, shared, team_id, queue_id, sort. Raises Invalid, Forbidden."""
    return await _kept(work, person, Macro, given)


async def change_macro(work: Work, person: Person, macro_id: int, **given: Any) -> Macro:
    """Change what is given. Raises NotFound, Forbidden, Invalid."""
    row = await find_macro(person, macro_id)
    await _changed(work, person, row, given)
    return row


async def delete_macro(work: Work, person: Person, macro_id: int) -> None:
    await _deleted(work, person, await find_macro(person, macro_id))


async def check_actions(steps: Sequence[Action]) -> None:
    """Refuse what could never be done: unknown statuses, queues, people and placeholders. Raises Invalid."""
    if not steps:
        raise Invalid("A macro does at least one thing.", field="actions")
    if len(steps) > MOST_ACTIONS:
        raise Invalid(f"At most {MOST_ACTIONS} actions, please.", field="actions")
    if sum(isinstance(step, Reply) for step in steps) > 1:
        raise Invalid("One answer is enough: join the two.", field="actions")
    for at, step in enumerate(steps):
        await _check(step, f"actions[{at}]")


async def _check(step: Action, field: str) -> None:
    match step:
        case Reply(texts):
            check_texts(texts, field=f"{field}.texts")
        case WriteNote(text):
            check_texts({LANGUAGES[0]: text}, field=f"{field}.text")
        case SetStatus(key) if not await Status.exists(key=key):
            raise Invalid(f"There is no status {key!r}.", field=f"{field}.status")
        case MoveTo(queue_id) if not await Queue.exists(id=queue_id, archived=False):
            raise Invalid("There is no such queue, or it is archived.", field=f"{field}.queue_id")
        case SetOwner(int() as owner) if not await colleagues_named([owner]):
            raise Invalid("Only an active member of staff can own a case.", field=f"{field}.owner")
        case AddTags(tags) | RemoveTags(tags) if not clean_tags(list(tags)):
            raise Invalid("Name a tag.", field=f"{field}.tags")


def check_texts(texts: dict[str, str], *, field: str) -> None:
    """Refuse unknown languages and placeholders. Raises Invalid."""
    check_languages(texts, LANGUAGES, field=field)
    for language, text in texts.items():
        templates.check(text, allowed=PLACEHOLDERS, field=f"{field}.{language}")


async def _kept(work: Work, person: Person, model: type[R], given: dict[str, Any]) -> R:
    if await model.filter(owner_id=person.user_id).count() >= MOST_OF_ONE:
        raise Invalid(f"At most {MOST_OF_ONE} each; delete one first.", field="name")
    columns = await _checked(work, person, given)
    row = await model.create(**columns, created_at=work.now, owner_id=person.user_id)
    work.record(_event(row))
    return row


async def _changed(work: Work, person: Person, row: CannedReply | Macro, given: dict[str, Any]) -> None:
    _require_change(person, row)
    row.update_from_dict(await _checked(work, person, {"shared": row.shared, **given}))
    await row.save()
    work.record(_event(row))


async def _deleted(work: Work, person: Person, row: CannedReply | Macro) -> None:
    _require_change(person, row)
    await row.delete()
    work.record(_event(row))


def _event(row: CannedReply | Macro) -> Event:
    return MacroChanged(row.id) if isinstance(row, Macro) else CannedReplyChanged(row.id)


def _require_change(person: Person, row: CannedReply | Macro) -> None:
    if not may_change(person, owner_id=row.owner_id, shared=row.shared):
        raise Forbidden("This is shared: ask a team lead to change it, or make one of your own.")


async def _checked(work: Work, person: Person, given: dict[str, Any]) -> dict[str, Any]:
    """What is given, as it is stored."""
    columns = {**given, "updated_at": work.now}
    if given.get("shared") and not may_change(person, owner_id=person.user_id or 0, shared=True):
        raise Forbidden("Only team leads share these with others. Save it for yourself.")
    if not given.get("shared"):
        columns["team_id"] = None
    if "name" in given:
        columns["name"] = clean_line(given["name"], field="name", limit=MAX_NAME)
    if "shortcut" in given:
        columns["shortcut"] = clean_shortcut(given["shortcut"])
    if "texts" in given:
        check_texts(given["texts"], field="texts")
    if "condition" in given:
        columns["condition"] = case_condition(given["condition"]).to_json()
    if "actions" in given:
        await check_actions(given["actions"])
        columns["actions"] = msgspec.to_builtins(given["actions"])
    if columns.get("team_id") is not None:
        await _exists(Team.exists(id=columns["team_id"]), "There is no such team.", "team_id")
    if given.get("queue_id") is not None:
        await _exists(Queue.exists(id=given["queue_id"], archived=False), "There is no such queue.", "queue_id")
    return columns


async def _exists(found: Any, message: str, field: str) -> None:
    if not await found:
        raise Invalid(message, field=field)
