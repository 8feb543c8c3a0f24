"""Which notices a change of a case calls for, and how often a robot may be answered. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from app.cases.entries import Recorded
from app.cases.rules import DONE

Notice = Literal["registered", "taken", "waiting", "resolved", "closed", "reopened"]
NOTICES: tuple[Notice, ...] = get_args(Notice)

PER_ADDRESS = 12  # notices an hour to one address: more than any conversation between people needs
PER_CASE = 20  # notices an hour about one case
PER_INSTALLATION = 2_000  # notices an hour in all: a flood of forged senders stops here


def notices_for(entries: Sequence[Recorded]) -> list[Notice]:
    """The notices that one action calls for, in order.

    An answer that goes out by mail at the same moment speaks for itself: then only the end of the case is announced
    beside it. What the customer did in person is not told back, except that a case is open again.
    """
    if any(entry.kind in ("spam_marked", "moved_out") or "moved_from" in entry.data for entry in entries):
        return []
    answered = any(entry.kind == "message" and entry.author.kind == "staff" for entry in entries)
    found: list[Notice] = []
    for entry in entries:
        if entry.kind == "opened" and entry.data.get("notify", True):
            found.append("registered")
        if entry.kind == "status_changed" and (notice := _of_change(entry, answered=answered)) is not None:
            found.append(notice)
    return found


def _of_change(entry: Recorded, *, answered: bool) -> Notice | None:
    before, after = entry.data["from"]["category"], entry.data["to"]["category"]
    by_customer = entry.author.kind == "contact"
    if after in DONE:
        if by_customer or before == after:
            return None
        return "resolved" if after == "resolved" else "closed"
    if before in DONE:
        return "reopened"
    if answered or by_customer:
        return None
    if after == "waiting":
        return "waiting"
    if before == "new" and after == "open":
        return "taken"
    return None


def subject_of_reply(subject: str, number: str) -> str:
    """The subject of a mail about a case: one Re:, and the number that finds the case again."""
    bare = subject
    while bare[:3].lower() == "re:":
        bare = bare[3:].strip()
    return f"Re: {bare} [{number}]"
