"""What became of a mail → the entry on its case that says so, and a word to the owner when it failed."""

from __future__ import annotations

from app.bridges.bounces import mark_dead, refused_for_good
from app.cases import actions
from app.cases.models import Case
from app.cases.rules import display_number
from app.database import Work
from app.mailboxes.models import OutboundEmail
from app.notifications.actions import notify
from app.people.rights import SYSTEM
from mail.addresses import ascii_email
from mail.ports import Attempt

SHOWN_STATES = {"accepted": "accepted", "partial": "accepted", "failed": "failed", "deferred": "deferred"}


async def tell_case(work: Work, mail: OutboundEmail, state: str, attempt: Attempt | None) -> None:
    """Runs in the transaction that stores the state. Accepted notices are not worth a line; failures always are."""
    if mail.case_id is None or (mail.kind == "notice" and state == "accepted"):
        return
    refused = attempt.refused if attempt else ()
    deferred = attempt.deferred if attempt else ()
    await actions.record(
        work,
        by=SYSTEM,
        case_id=mail.case_id,
        kind="mail_state",
        data={
            "position": mail.position,
            "mail": mail.kind,
            "state": SHOWN_STATES.get(state, state),
            "recipients": list(attempt.accepted) if attempt and attempt.accepted else list(mail.recipients),
            "refused": [{"recipient": one.recipient, "text": one.text[:500]} for one in refused],
            "response": (attempt.server_text if attempt else mail.last_response)[:500],
            "retry_at": attempt.retry_at.isoformat() if attempt and attempt.retry_at and deferred else None,
            "final": state != "deferred",
        },
    )
    # A server that knows its users refuses at once, and no bounce ever follows.
    gone = [ascii_email(one.recipient) for one in refused if refused_for_good(one.text)]
    await mark_dead(work, gone, reason=next((one.text for one in refused if refused_for_good(one.text)), ""))
    if state == "failed" or refused:
        case = await Case.get(id=mail.case_id)
        if case.owner_id is not None:
            data = {"number": display_number(case.number), "subject": case.subject}
            notify(work, users=[case.owner_id], kind="mail_failed", case_id=case.id, data=data)
