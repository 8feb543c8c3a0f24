"""Which notices a change of a case calls for, and what its mails are called. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from app.cases.entries import Recorded
from app.cases.rules import DONE

Notice = Literal["registered", "taken", "waiting", "resolved", "closed", "reopened"]
NOTICES: tuple[Notice, ...] = get_args(Notice)


SILENT = frozenset({"spam_marked", "moved_out", "merged", "unmerged"})
"""Kinds of entries with which a status changes without a word to anybody."""


def notices_for(entries: Sequence[Recorded]) -> list[Notice]:
    """The notices that one action calls for, in order.

    An answer that goes out by mail at the same moment speaks for itself: then only the end of the case is announced
    beside it. What the customer did in person is not told back, except that a case is open again.
    """
    if any(entry.kind in SILENT or "moved_from" in entry.data for entry in entries):
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


def topic_of(subject: str) -> str:
    """The subject of an answer as it stood on the first mail, for Outlook's Thread-Topic."""
    return subject.removeprefix("Re:").strip()


def subject_of_mail(original: str, number: str, *, numbered: bool, answer: bool) -> str:
    """The subject of a mail about a case. Always made from the first one, so that it never changes: Gmail begins a new
    conversation for another subject, but for a Re: before it."""
    bare = original.strip()
    while bare[:3].lower() == "re:":
        bare = bare[3:].strip()
    if numbered and f"[{number}]" not in bare:
        bare = f"{bare} [{number}]".strip()
    return f"Re: {bare}".strip() if answer else bare
