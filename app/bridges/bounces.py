"""Reports about mails we sent → the state of that mail, the contact's address, and an entry on the case.

Bounces, delays, complaints, deliveries and read receipts. An absence note is kept by app.bridges.intake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.cases import actions
from app.cases.feed import storable
from app.cases.models import Case
from app.database import Work
from app.mailboxes.models import MailReference, OutboundEmail
from app.notifications.actions import notify
from app.people.actions.contacts import heard_from
from app.people.models import ContactAddress
from app.people.rights import SYSTEM
from mail.addresses import ascii_email, read_reply_address
from mail.message import Bounce, Message, Receipt

STATES = {"failed": "bounced", "delayed": "deferred", "delivered": "delivered", "complaint": "complaint"}
DEAD = ("5.0.0", "5.1.", "5.2.1")
"""Unspecified but permanent; anything about the address; mailbox disabled."""
NOT_THE_ADDRESS = frozenset({"5.1.7", "5.1.8"})
"""About the sender's address, not the recipient's."""


def is_report(message: Message) -> bool:
    """Whether the mail reports about another one: not delivered, not yet, complained about, or delivered."""
    delivered = message.bounce is not None and message.bounce.action == "delivered"
    return message.is_bounce or message.is_delay or message.is_complaint or delivered


async def record_bounce(work: Work, message: Message, *, keys: tuple[bytes, ...]) -> tuple[int | None, int | None]:
    """Keep the report where it belongs; answers the case and the position of its entry, or nothing for a report of a
    mail that we do not know. A report is never answered."""
    bounce = message.bounce
    sent = await _sent(message)
    case_id = sent.case_id if sent else await _case_by_address(message, keys)
    action = bounce.action if bounce else "delayed" if message.is_delay else "failed"
    recipients = list(bounce.recipients) if bounce else []
    if sent is not None:
        await _mark_mail(work, sent, action, said=bounce.diagnostic if bounce else "")
        # Only for a mail that we really sent: a forged report must not silence an address.
        ours = {ascii_email(address) for address in sent.recipients}
        dead = [ascii_email(address) for address in dead_addresses(bounce) if ascii_email(address) in ours]
        await mark_dead(work, dead, reason=bounce.diagnostic if bounce else "")
        if action == "delivered":
            for address in recipients:
                await heard_from(ascii_email(address))
    case = await Case.get_or_none(id=case_id) if case_id is not None else None
    if case is None:
        return None, None
    entry = await actions.record(
        work,
        by=SYSTEM,
        case_id=case.id,
        kind="mail_state",
        data={
            "position": sent.position if sent else None,
            "mail": sent.kind if sent else None,
            "state": STATES.get(action, "bounced"),
            "recipients": recipients[:20],
            "response": (bounce.diagnostic if bounce else "")[:500],
            "statuses": list(bounce.statuses[:20]) if bounce else [],
            "final": action != "delayed",
        },
        text=message.text.strip()[:20_000],
    )
    await MailReference.create(
        message_key=storable(message.key)[:512],
        case_id=case.id,
        position=entry.position,
        direction="auto",
        created_at=work.now,
    )
    if action == "failed" and case.owner_id is not None:
        notify(work, users=[case.owner_id], kind="mail_failed", case_id=case.id, data={"subject": case.subject})
    return case.id, entry.position


async def record_receipt(work: Work, message: Message, receipt: Receipt) -> tuple[int, int] | None:
    """A read receipt is shown at the mail it is about; None where we sent no such mail. It proves that it arrived."""
    named = (receipt.original_message_id, *message.in_reply_to, *reversed(message.references))
    sent = await sent_mail(named)
    if sent is None or sent.case_id is None:
        return None
    reader = message.from_.email if message.from_ else receipt.recipient
    await _mark_mail(work, sent, "delivered")
    entry = await actions.record(
        work,
        by=SYSTEM,
        case_id=sent.case_id,
        kind="mail_state",
        data={
            "position": sent.position,
            "mail": sent.kind,
            "state": receipt.action,
            "recipients": [reader],
            "response": "",
            "final": True,
        },
    )
    await MailReference.create(
        message_key=storable(message.key)[:512],
        case_id=sent.case_id,
        position=entry.position,
        direction="auto",
        created_at=work.now,
    )
    return sent.case_id, entry.position


async def mark_dead(work: Work, addresses: Iterable[str], *, reason: str) -> None:
    """Mail to these addresses comes back for good. The first reason stays."""
    alive = ContactAddress.filter(address__in=list(addresses), dead_since=None)
    await alive.update(dead_since=work.now, dead_reason=storable(reason)[:500])


def dead_addresses(bounce: Bounce | None) -> list[str]:
    """The recipients that do not exist (any more), by RFC 3463: class 5 about the address itself.

    A full mailbox, a policy or a content filter refuse one mail, not the person.
    """
    if bounce is None or bounce.action != "failed":
        return []
    if len(bounce.statuses) != len(bounce.recipients):  # the report does not tell them apart
        return list(bounce.recipients) if bounce.statuses and all(map(_says_dead, bounce.statuses)) else []
    return [one for one, status in zip(bounce.recipients, bounce.statuses, strict=True) if _says_dead(status)]


def refused_for_good(text: str) -> bool:
    """Whether a server's answer to RCPT says that the address does not exist, by its enhanced status code."""
    found = re.search(r"\b5\.\d{1,3}\.\d{1,3}\b", text[:500])
    return found is not None and found[0] != "5.0.0" and _says_dead(found[0])


def _says_dead(status: str) -> bool:
    return status.startswith(DEAD) and status not in NOT_THE_ADDRESS


async def _mark_mail(work: Work, sent: OutboundEmail, action: str, *, said: str = "") -> None:
    """A later report never makes a mail that bounced delivered again."""
    row = OutboundEmail.filter(id=sent.id)
    if action == "failed":
        response = {"last_response": storable(said)[:2000]} if said else {}
        await row.update(state="bounced", finished_at=work.now, due_at=None, **response)
    elif action == "delivered":
        await row.filter(state__in=("accepted", "partial")).update(state="delivered")


async def sent_mail(named: Iterable[str | None]) -> OutboundEmail | None:
    """The first of these Message-IDs that is a mail of ours."""
    for key in named:
        if key and (sent := await OutboundEmail.get_or_none(message_id=key[:255])) is not None:
            return sent
    return None


async def _sent(message: Message) -> OutboundEmail | None:
    """The mail that the report is about: named by the report, or by the references of a free-text one."""
    named = [message.bounce.original_message_id] if message.bounce else []
    return await sent_mail((*named, *message.in_reply_to, *reversed(message.references)))


async def _case_by_address(message: Message, keys: tuple[bytes, ...]) -> int | None:
    for address in (*message.to, *message.cc):
        if (signed := read_reply_address(address.email, keys)) is not None:
            return signed[1]
    return None
