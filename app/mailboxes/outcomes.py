"""What became of mails that were tried → columns of the outbox and a word on their cases, many in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.bulk import update_rows
from app.database import Work, stored_json
from app.mailboxes.composing import names
from app.mailboxes.models import Mailbox, OutboundEmail
from mail.ports import Attempt, Outgoing

Told = Callable[[Work, OutboundEmail, str, Attempt | None], Awaitable[None]]
"""Tells the case what became of a mail (state, attempt), inside the transaction that stores it."""

_TAKEN = ("state", "attempts", "last_response", "finished_at", "accepted_at")
_TRIED = (*_TAKEN, "due_at", "content")
_FREE = {"lease_owner": "NULL", "lease_until": "NULL"}


async def write_outcomes(work: Work, attempts: Sequence[tuple[Outgoing, Attempt]], told: Told) -> set[int]:
    """The rows that were written. A row that somebody else has claimed since keeps what it has.

    Rows and cases are locked by ascending number, as everywhere, so that no two transactions wait in a circle.
    """
    found = await OutboundEmail.filter(id__in=[mail.row for mail, _ in attempts]).order_by("id").select_for_update()
    rows = {row.id: row for row in found}
    mine = [
        (rows[mail.row], attempt)
        for mail, attempt in attempts
        if mail.row in rows and rows[mail.row].lease_token == mail.token
    ]
    taken: list[tuple[Any, ...]] = []
    tried: list[tuple[Any, ...]] = []
    for row, attempt in mine:
        state, last = _state(row, attempt), _response(attempt)
        accepted_at = row.accepted_at or (attempt.at if attempt.accepted else None)
        if state == "accepted" and not names(row, "open"):
            taken.append((state, row.attempts + 1, last, attempt.at, accepted_at, row.id))
            continue
        content = stored_json({**row.content, "open": _open(attempt), "lost": _lost(row, attempt)})
        finished = None if attempt.retry_at and attempt.deferred else attempt.at
        due = attempt.retry_at if finished is None else None
        tried.append((state, row.attempts + 1, last, finished, accepted_at, due, content, row.id))
    await update_rows(OutboundEmail, _TAKEN, taken, also={"due_at": "NULL", **_FREE})
    await update_rows(OutboundEmail, _TRIED, tried, also=_FREE)
    if working := {row.mailbox_id for row, attempt in mine if attempt.accepted}:
        await Mailbox.filter(id__in=working).exclude(sending_problem="").update(sending_problem="")
    for row, attempt in sorted(mine, key=lambda one: (one[0].case_id or 0, one[0].id)):
        finished_now = not _open(attempt)
        if finished_now or attempt.refused or row.attempts == 0:  # of several deferrals only the first is news
            await told(work, row, _state(row, attempt) if finished_now else "deferred", attempt)
    return {row.id for row, _ in mine}


def _open(attempt: Attempt) -> list[str]:
    return [refusal.recipient for refusal in attempt.deferred] if attempt.retry_at else []


def _lost(row: OutboundEmail, attempt: Attempt) -> list[str]:
    given_up = () if attempt.retry_at else attempt.deferred
    return [*names(row, "lost"), *(refusal.recipient for refusal in (*attempt.refused, *given_up))]


def _response(attempt: Attempt) -> str:
    said = attempt.server_text or next((one.text for one in (*attempt.refused, *attempt.deferred)), "")
    return said[:2000]


def _state(row: OutboundEmail, attempt: Attempt) -> str:
    """The state of the whole mail after this attempt. "Accepted" is said only when the server took every recipient."""
    accepted = bool(attempt.accepted) or row.accepted_at is not None
    lost = bool(attempt.refused) or (bool(attempt.deferred) and attempt.retry_at is None) or row.state == "partial"
    if attempt.deferred and attempt.retry_at is not None:
        return "partial" if accepted else "stored"
    if accepted:
        return "partial" if lost else "accepted"
    return "failed"
