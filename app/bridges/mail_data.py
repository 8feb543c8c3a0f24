"""What an entry remembers of the mail that it came from."""

from __future__ import annotations

from dataclasses import asdict

from app.bridges.joining import Joined
from app.bridges.writers import compared
from app.cases.feed import storable
from app.database import Work
from app.mailboxes.models import KnownSigner
from mail.message import Invitation, Message, Signature

COPIES = 20  # addresses of To and Cc that become participants: a mail to a whole company is not a conversation
GUESTS = 20  # of an invitation that are named on its card


async def mail_data(work: Work, message: Message, joined: Joined | None) -> dict[str, object]:
    """What the entry remembers of the mail it came from: enough to answer it and to say why it is here."""
    data: dict[str, object] = {
        "mail": {
            "message_id": message.message_id,
            "references": list(message.references[-20:]),
            "from": message.from_.email if message.from_ else "",
            "to": [address.email for address in message.to[:COPIES]],
            "cc": [address.email for address in message.cc[:COPIES]],
            "subject": storable(message.subject)[:998],
            "no_answer": message.must_not_autoreply,
            "date": message.date.isoformat() if message.date else None,
        }
    }
    if message.text.strip() != message.reply_text.strip():
        data["full_text"] = storable(message.text)
    if joined is not None:
        data["joined"] = {"by": joined.by}
    if message.security:
        data["security"] = list(message.security)
    if message.signature:
        data["signature"] = signature_data(message.signature) | {"known_since": await _known_since(work, message)}
    if message.invitations:
        data["invitations"] = [invitation_data(one) for one in message.invitations]
    if message.warnings:
        data["warnings"] = list(message.warnings[:10])
    return data


def signature_data(signature: Signature) -> dict[str, object]:
    return {
        "state": signature.state,
        "signer": storable(signature.signer),
        "addresses": [storable(one) for one in signature.addresses],
        "matches_sender": signature.matches_sender,
        "expired": signature.expired,
        "until": signature.not_after.isoformat() if signature.not_after else None,
        "fingerprint": signature.fingerprint,
    }


def invitation_data(invitation: Invitation) -> dict[str, object]:
    """An invitation as the card of an entry shows it."""
    shown = asdict(invitation)
    for name in ("start", "end"):
        shown[name] = shown[name].isoformat() if shown[name] else None
    guests = [asdict(one) for one in invitation.guests[:GUESTS]]
    words = {key: storable(value) if isinstance(value, str) else value for key, value in shown.items()}
    return {**words, "guests": guests, "more_guests": max(0, len(invitation.guests) - GUESTS)}


async def _known_since(work: Work, message: Message) -> str | None:
    """When this certificate signed a mail from this address first; None where this is the first.

    Only a signature that is intact, and that bears the address it came from, makes its signer known.
    """
    signature = message.signature
    if signature is None or signature.state != "intact" or not signature.matches_sender or message.from_ is None:
        return None
    address = compared(message.from_.email)[:320]
    known = await KnownSigner.get_or_none(address=address, fingerprint=signature.fingerprint)
    if known is not None:
        return str(known.first_seen_at.isoformat())
    await KnownSigner.bulk_create(
        [KnownSigner(address=address, fingerprint=signature.fingerprint, first_seen_at=work.now)], ignore_conflicts=True
    )
    return None
