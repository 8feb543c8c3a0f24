"""Which case a mail belongs to, and why: signed address, then references, then a number said by a participant."""

from __future__ import annotations

from dataclasses import dataclass

from app.cases.feed import storable
from app.cases.models import Case, Entry, Participant
from app.mailboxes.models import MailReference
from app.people.models import Contact
from mail.message import Message
from mail.threads import Candidate, candidates

SIGNS = {
    "reply_address": "anybody: who has the signed address of a case got it from us",
    "in_reply_to": "anybody who names a mail of ours; who names a customer's mail must take part in the case",
    "references": "as above; the newest of the named mails counts",
    "subject": "who takes part in the case: `[#1042]`, `[Case 1042]`, `Case #1042`",
}
"""Which sign lets whom join, strongest first: the table of docs/mail.md."""
SIGNS_READ = 60  # of one message; each is one look into an index, and a forged header can name thousands


@dataclass(frozen=True, slots=True)
class Joined:
    """The case, and the reason in a stable word: reply_address, in_reply_to, references or subject."""

    case_id: int
    by: str


async def case_of(message: Message, *, sender: Contact | None, keys: tuple[bytes, ...]) -> Joined | None:
    """The case that `message` continues, or None. A stranger never joins by a guessable mark.

    `sender` is the contact that owns the From address, if there is one already.
    """
    for sign in candidates(message, keys=keys)[:SIGNS_READ]:
        case = await _case_by(sign, sender)
        if case is not None:
            followed = await _moved_on(message, case) if sign.kind == "reply_address" else None
            return Joined(await _goes_on(followed or case.id), "in_reply_to" if followed else sign.kind)
    return None


async def _goes_on(case_id: int) -> int:
    """The case itself, or the one it was merged into, however often."""
    seen = {case_id}
    while (case := await Case.get_or_none(id=case_id)) is not None and case.merged_into_id not in (None, *seen):
        case_id = case.merged_into_id or case_id
        seen.add(case_id)
    return case_id


async def _case_by(sign: Candidate, sender: Contact | None) -> Case | None:
    if sign.kind == "reply_address":
        return await Case.get_or_none(id=sign.case)
    if sign.message_id is not None:
        return await _case_of_mail(sign.message_id, sender)
    if sign.case is not None and sender is not None:
        case = await Case.get_or_none(number=sign.case)
        return case if case is not None and await takes_part(case, sender) else None
    return None


async def _case_of_mail(message_id: str, sender: Contact | None) -> Case | None:
    """The case of a mail that we know.

    One of ours can be named only by who has it; of another's the sender must take part.
    """
    for known in await MailReference.filter(message_key=storable(message_id)[:512]).order_by("-id").limit(5):
        case = await Case.get_or_none(id=known.case_id)
        if case is None:
            continue
        if known.direction == "out" or (sender is not None and await takes_part(case, sender)):
            return case
    return None


async def _moved_on(message: Message, case: Case) -> int | None:
    """Where the answered mail is, if it was taken from this case to another: an answer to it belongs there."""
    for message_id in message.in_reply_to[:1]:
        for known in await MailReference.filter(message_key=storable(message_id)[:512]).order_by("-id").limit(5):
            there = await Entry.get_or_none(case_id=known.case_id, position=known.position)
            origin = there.data.get("moved_from") if there is not None else None
            if isinstance(origin, dict) and origin["case"]["id"] == case.id:
                return int(known.case_id)
    return None


async def takes_part(case: Case, contact: Contact) -> bool:
    """Whether the contact is the case's own, was copied in, or belongs to the same company."""
    if contact.id == case.contact_id:
        return True
    if case.account_id is not None and contact.account_id == case.account_id:
        return True
    return await Participant.exists(case_id=case.id, contact_id=contact.id)
