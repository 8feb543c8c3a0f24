"""Reports about mails we sent → the state of that mail, the contact's address, and an entry on the case."""

from __future__ import annotations

from app.cases import actions
from app.cases.models import Case
from app.database import Work
from app.mailboxes.models import MailReference, OutboundEmail
from app.people.models import ContactAddress
from app.people.rights import SYSTEM
from mail.addresses import read_reply_address
from mail.message import Message

STATES = {"failed": "bounced", "delayed": "deferred", "delivered": "delivered", "complaint": "complaint"}


async def record_bounce(work: Work, message: Message, *, keys: tuple[bytes, ...]) -> tuple[int | None, int | None]:
    """Keep the report where it belongs; answers the case and the position of its entry, or nothing for a report of a
    mail that we do not know. A report is never answered."""
    bounce = message.bounce
    sent = await _sent(message)
    case_id = sent.case_id if sent else await _case_by_address(message, keys)
    action = bounce.action if bounce else "delayed" if message.is_delay else "failed"
    recipients = list(bounce.recipients) if bounce else []
    if bounce is not None and bounce.permanent and sent is not None:
        # Only for a mail that we really sent: a forged report must not silence an address.
        ours = {address.lower() for address in sent.recipients}
        dead = [address.lower() for address in recipients if address.lower() in ours]
        await ContactAddress.filter(address__in=dead, dead_since=None).update(dead_since=work.now)
        await OutboundEmail.filter(id=sent.id).update(state="bounced", finished_at=work.now, due_at=None)
    elif sent is not None and action == "delivered":
        await OutboundEmail.filter(id=sent.id).update(state="delivered")
    if case_id is None or not await Case.exists(id=case_id):
        return None, None
    entry = await actions.record(
        work,
        by=SYSTEM,
        case_id=case_id,
        kind="mail_state",
        data={
            "position": sent.position if sent else None,
            "state": STATES.get(action, "bounced"),
            "recipients": recipients[:20],
            "response": (bounce.diagnostic if bounce else "")[:500],
            "statuses": list(bounce.statuses[:20]) if bounce else [],
            "final": True,
        },
        text=message.text.strip()[:20_000],
    )
    await MailReference.create(
        message_key=message.key[:512], case_id=case_id, position=entry.position, direction="in", created_at=work.now
    )
    return case_id, entry.position


async def _sent(message: Message) -> OutboundEmail | None:
    """The mail that the report is about: named by the report, or by the references of a free-text one."""
    named = [message.bounce.original_message_id] if message.bounce else []
    for key in (*named, *message.in_reply_to, *reversed(message.references)):
        if key and (sent := await OutboundEmail.get_or_none(message_id=key[:255])) is not None:
            return sent
    return None


async def _case_by_address(message: Message, keys: tuple[bytes, ...]) -> int | None:
    for address in (*message.to, *message.cc):
        if (signed := read_reply_address(address.email, keys)) is not None:
            return signed[1]
    return None
