"""Notices that a limit holds back: shown on their case, told to administrators, sent when somebody says so."""

from __future__ import annotations

from collections.abc import Sequence

from app.bridges.events import OutboxGrew
from app.cases import actions
from app.cases.events import CaseState
from app.cases.rules import display_number
from app.database import Work
from app.mailboxes.limits import Kind, Tripped, refill, subjects_of
from app.mailboxes.models import OutboundEmail
from app.notifications.actions import notify
from app.people.models import User
from app.people.rights import SYSTEM, Actor

AT_ONCE = 500  # notices released by one click; the rest by the next, so that no transaction takes minutes


async def tell_of_limit(work: Work, case: CaseState, mail: OutboundEmail, tripped: Tripped) -> None:
    """An entry on the case for each notice held back; the first one is told to the administrators."""
    data = {
        "position": mail.position,
        "mail": "notice",
        "state": "held_back",
        "recipients": mail.recipients,
        "notice": mail.notice,
        "limit": tripped.limit,
        "outbound": mail.id,
        "final": True,
        "response": "",
    }
    await actions.record(work, by=SYSTEM, case_id=case.case_id, kind="mail_state", data=data)
    if tripped.first:
        administrators = [user.id for user in await User.filter(role="administrator", active=True)]
        about = {
            "limit": tripped.limit,
            "address": mail.recipients[0],
            "number": display_number(case.number),
            "subject": case.subject,
        }
        notify(work, users=administrators, kind="mail_limit", case_id=case.case_id, data=about)


async def release(work: Work, *, by: Actor, rows: Sequence[OutboundEmail]) -> int:
    """Send these notices after all; answers how many. What was released or cancelled before is left alone."""
    released = 0
    for row in rows:
        waiting = OutboundEmail.filter(id=row.id, state="held")
        if not await waiting.update(state="stored", held_by=None, due_at=work.now, created_at=work.now):
            continue
        released += 1
        if row.case_id is not None:
            data = {
                "position": row.position,
                "mail": row.kind,
                "state": "released",
                "recipients": row.recipients,
                "outbound": row.id,
                "final": False,
                "response": "",
            }
            await actions.record(work, by=by, case_id=row.case_id, kind="mail_state", data=data)
    if released:
        work.record(OutboxGrew())
    return released


async def end_limit(work: Work, *, by: Actor, kind: Kind, key: str) -> int:
    """Fill an allowance up again and send what it held back; answers how many notices."""
    await refill(subjects_of(kind, key))
    held = OutboundEmail.filter(state="held", held_by=kind)
    if kind == "case":
        held = held.filter(case_id=int(key) if key.isdecimal() and len(key) < 10 else 0)
    rows = await held.order_by("id").limit(AT_ONCE)
    if kind == "address":
        rows = [row for row in await held.order_by("id") if key in row.recipients][:AT_ONCE]
    return await release(work, by=by, rows=rows)
