"""What a macro may do, as data; who may use and change it; which words of several languages are taken. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.cases.rules import PriorityName
from app.errors import Invalid
from app.mailboxes.templates import TEMPLATE_LENGTH
from app.mailboxes.wording import PLACEHOLDERS as OF_NOTICES
from app.people.rights import Person, may_administer

MOST_ACTIONS = 20
SHORTCUT = re.compile(r"[\w-]{1,40}")
PLACEHOLDERS: Mapping[str, str] = {
    **{name: sample for name, sample in OF_NOTICES.items() if name not in ("mail.subject", "signature")},
    "me.name": "Maria Keller",
}
"""What canned replies and macros may name, with samples: as in notices, and `me.name`, who writes."""

Text = Annotated[str, Meta(min_length=1, max_length=TEMPLATE_LENGTH)]
Texts = Annotated[dict[str, Text], Meta(min_length=1, max_length=20)]
"""The same words by language."""
Tags = Annotated[list[Annotated[str, Meta(max_length=400)]], Meta(min_length=1, max_length=20)]


class _Action(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    """One step of a macro."""


class Reply(_Action, frozen=True, tag="reply"):
    """Answer the customer, in the customer's language where there are words in it."""

    texts: Texts


class WriteNote(_Action, frozen=True, tag="note"):
    text: Text


class SetStatus(_Action, frozen=True, tag="status"):
    status: Annotated[str, Meta(max_length=40)]


class SetPriority(_Action, frozen=True, tag="priority"):
    priority: PriorityName


class MoveTo(_Action, frozen=True, tag="queue"):
    queue_id: int


class SetOwner(_Action, frozen=True, tag="owner"):
    """A colleague, nobody (null), or `me`: who uses the macro."""

    owner: int | Literal["me"] | None


class AddTags(_Action, frozen=True, tag="add_tags"):
    tags: Tags


class RemoveTags(_Action, frozen=True, tag="remove_tags"):
    tags: Tags


class PutOff(_Action, frozen=True, tag="snooze"):
    """`minutes` from the moment of use."""

    minutes: Annotated[int, Meta(ge=1, le=366 * 24 * 60)]


class WatchCase(_Action, frozen=True, tag="watch"):
    """Who uses the macro watches the case from then on, or no more."""

    watch: bool = True


Action = Reply | WriteNote | SetStatus | SetPriority | MoveTo | SetOwner | AddTags | RemoveTags | PutOff | WatchCase


def may_change(person: Person, *, owner_id: int, shared: bool) -> bool:
    """One's own; and what is shared, for who administers the words of the desk."""
    return may_administer(person, "templates") if shared else owner_id == person.user_id


def may_use(person: Person, *, owner_id: int, shared: bool, team_id: int | None) -> bool:
    """One's own, and what is shared with everybody or with a team that one is in."""
    if not shared:
        return owner_id == person.user_id
    return team_id is None or team_id in person.teams


def chosen_language(texts: Mapping[str, str], wanted: str, *, otherwise: str) -> str:
    """The language of the words to take: the wanted one, else the desk's, else the first there is."""
    return next(language for language in (wanted, otherwise, *sorted(texts)) if language in texts)


def check_languages(texts: Mapping[str, str], known: Sequence[str], *, field: str) -> None:
    """Raise Invalid for words in a language that the desk does not know, or of blanks alone."""
    if unknown := sorted(set(texts) - set(known)):
        raise Invalid(f"Languages are {', '.join(known)}; not {', '.join(unknown)}.", field=field)
    if empty := sorted(language for language, text in texts.items() if not text.strip()):
        raise Invalid("Write something, or leave this language out.", field=f"{field}.{empty[0]}")


def clean_shortcut(text: str) -> str:
    """One word in lower case, or nothing. Raises Invalid."""
    word = text.strip().removeprefix("/").lower()
    if word and not SHORTCUT.fullmatch(word):
        raise Invalid("A shortcut is one word of letters, digits, - and _.", field="shortcut")
    return word
