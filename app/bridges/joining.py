"""Which case a mail belongs to, and why: signed address, then references, then a number said by a participant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.cases.models import Case, Participant
from app.mailboxes.models import MailReference
from app.people.models import Contact
from mail.addresses import read_reply_address
from mail.message import Message

NUMBER = re.compile(r"#(\d{4,9})\b")
REFERENCES_READ = 40  # of a long References header, the last ones: each is one comparison in an index


@dataclass(frozen=True, slots=True)
class Joined:
    """The case, and the reason in a stable word: reply_address, references or subject."""

    case_id: int
    by: str


async def case_of(message: Message, *, sender: Contact | None, keys: tuple[bytes, ...]) -> Joined | None:
    """The case that `message` continues, or None. A stranger never joins by a guessable mark.

    `sender` is the contact that owns the From address, if there is one already.
    """
    for address in (*message.to, *message.cc):
        signed = read_reply_address(address.email, keys)
        if signed is not None and await Case.exists(id=signed[1]):
            return Joined(signed[1], "reply_address")
    if (case_id := await _by_references(message, sender)) is not None:
        return Joined(case_id, "references")
    if sender is not None:
        for number in NUMBER.findall(message.subject)[:5]:
            case = await Case.get_or_none(number=int(number))
            if case is not None and await takes_part(case, sender):
                return Joined(case.id, "subject")
    return None


async def _by_references(message: Message, sender: Contact | None) -> int | None:
    """The newest named mail decides.

    A mail of ours can be named only by who has it; for a mail of others the sender must take part in the case.
    """
    named = [*message.references[-REFERENCES_READ:], *message.in_reply_to[-REFERENCES_READ:]]
    if not named:
        return None
    rows = await MailReference.filter(message_key__in=list(dict.fromkeys(key[:512] for key in named)))
    by_key: dict[str, list[MailReference]] = {}
    for row in rows:
        by_key.setdefault(row.message_key, []).append(row)
    for key in reversed(list(dict.fromkeys(named))):
        for row in sorted(by_key.get(key[:512], []), key=lambda one: -one.id):
            case = await Case.get_or_none(id=row.case_id)
            if case is None:
                continue
            if row.direction == "out" or (sender is not None and await takes_part(case, sender)):
                return case.id
    return None


async def takes_part(case: Case, contact: Contact) -> bool:
    """Whether the contact is the case's own, was copied in, or belongs to the same company."""
    if contact.id == case.contact_id:
        return True
    if case.account_id is not None and contact.account_id == case.account_id:
        return True
    return await Participant.exists(case_id=case.id, contact_id=contact.id)
