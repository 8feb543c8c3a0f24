"""What a case may do: categories, priorities and the transition table. Pure; knows nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Category = Literal["new", "open", "waiting", "on_hold", "resolved", "closed"]
Verb = Literal["staff_replies", "customer_writes", "take", "wait", "hold", "resolve", "close"]
PriorityName = Literal["low", "normal", "high", "urgent"]

CATEGORIES: tuple[Category, ...] = get_args(Category)
VERBS: tuple[Verb, ...] = get_args(Verb)
ACTIVE: tuple[Category, ...] = ("new", "open", "waiting", "on_hold")
DONE: tuple[Category, ...] = ("resolved", "closed")

PRIORITIES: dict[PriorityName, int] = {"low": 1, "normal": 2, "high": 3, "urgent": 4}
PRIORITY_NAMES: dict[int, PriorityName] = {value: name for name, value in PRIORITIES.items()}

NUMBER_OFFSET = 1000  # the first case is #1001: a four-digit number is easier to tell from a count
SUBJECT_LENGTH = 400  # characters; a longer subject is cut, never refused
PREVIEW_LENGTH = 200  # characters of the last message shown in lists
TEXT_LENGTH = 1_000_000  # characters of one message that a person may write
TAG_LENGTH = 40  # characters
TAGS_PER_CASE = 50

TRANSITIONS: dict[Category, dict[Verb, Category]] = {
    "new": {
        "staff_replies": "open",
        "customer_writes": "new",
        "take": "open",
        "wait": "waiting",
        "hold": "on_hold",
        "resolve": "resolved",
        "close": "closed",
    },
    "open": {
        "staff_replies": "open",
        "customer_writes": "open",
        "take": "open",
        "wait": "waiting",
        "hold": "on_hold",
        "resolve": "resolved",
        "close": "closed",
    },
    "waiting": {
        "staff_replies": "waiting",
        "customer_writes": "open",
        "take": "open",
        "wait": "waiting",
        "hold": "on_hold",
        "resolve": "resolved",
        "close": "closed",
    },
    "on_hold": {
        "staff_replies": "on_hold",
        "customer_writes": "open",
        "take": "open",
        "wait": "waiting",
        "hold": "on_hold",
        "resolve": "resolved",
        "close": "closed",
    },
    "resolved": {
        "staff_replies": "resolved",
        "customer_writes": "open",
        "take": "open",
        "wait": "waiting",
        "resolve": "resolved",
        "close": "closed",
    },
    "closed": {
        "staff_replies": "closed",
        "customer_writes": "open",
        "take": "open",
        "close": "closed",
    },
}

VERB_FOR: dict[Category, Verb] = {
    "open": "take",
    "waiting": "wait",
    "on_hold": "hold",
    "resolved": "resolve",
    "closed": "close",
}
"""The verb that asks for a category; nothing leads back to new."""


def after(category: Category, verb: Verb) -> Category | None:
    """The category that `verb` leads to, or None where it is refused."""
    return TRANSITIONS[category].get(verb)


def reachable(category: Category) -> tuple[Category, ...]:
    """The categories a person may choose from `category`, in the order of CATEGORIES."""
    allowed = {target for target, verb in VERB_FOR.items() if after(category, verb) == target}
    return tuple(one for one in CATEGORIES if one in allowed or one == category)


def raised(priority: int) -> int:
    """The next higher priority; urgent stays urgent."""
    return min(priority + 1, PRIORITIES["urgent"])


def priority_name(priority: int) -> PriorityName:
    return PRIORITY_NAMES[priority]


def display_number(number: int | None) -> str:
    return f"#{number}"


def clean_subject(subject: str) -> str:
    """One line without control characters, cut to the length that is stored; empty where nothing is left."""
    line = " ".join("".join(c if c.isprintable() else " " for c in subject).split())
    return line[:SUBJECT_LENGTH]


@dataclass(frozen=True, slots=True)
class Said:
    """One public message of a feed, as far as the columns of its case repeat it."""

    position: int
    by: str
    """staff, contact or system."""
    at: datetime


def waiting_since(said: Iterable[Said]) -> datetime | None:
    """When the first customer message came that nobody has answered yet; None where nothing waits for staff.

    What a merge brought along may be older than what stood there.
    """
    since: datetime | None = None
    for one in said:
        if one.by == "staff":
            since = None
        elif one.by == "contact":
            since = one.at if since is None else min(since, one.at)
    return since


def preview_of(text: str) -> str:
    return " ".join(text[: PREVIEW_LENGTH * 4].split())[:PREVIEW_LENGTH]


def clean_tags(tags: list[str]) -> list[str]:
    """Lower-case tags in their given order, each once, empty ones dropped."""
    cleaned = (" ".join(tag.lower().split())[:TAG_LENGTH].rstrip() for tag in tags)
    return list(dict.fromkeys(tag for tag in cleaned if tag))[:TAGS_PER_CASE]
