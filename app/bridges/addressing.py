"""Where a mail about a case goes, and in whose name and language."""

from __future__ import annotations

from dataclasses import dataclass

from app.cases.events import CaseState
from app.cases.models import Participant
from app.mailboxes.models import InboundEmail, Mailbox
from app.mailboxes.queries import mailbox_of
from app.people.models import Contact, ContactAddress
from app.people.queries import language_of


@dataclass(frozen=True, slots=True)
class Addressed:
    """The mailbox that a mail leaves by, and who gets it."""

    mailbox: Mailbox
    contact: Contact
    to: list[str]
    cc: list[str]
    language: str
    dead: bool
    """Mail to every address of the contact came back: a person may still try, the desk by itself does not."""


async def addressed(case: CaseState) -> Addressed | None:
    """None where nobody can be written to."""
    mailbox = await mailbox_of(case.mailbox_id)
    if mailbox is None:
        return None
    contact = await Contact.get(id=case.contact_id)
    own = await ContactAddress.filter(contact_id=contact.id).order_by("-primary", "id")
    if not own:
        return None
    alive = [one.address for one in own if one.dead_since is None]
    addresses = alive or [one.address for one in own]
    to = await _last_sender(case, addresses) or addresses[0]
    copied = await Participant.filter(case_id=case.case_id).values_list("contact_id", flat=True)
    others = ContactAddress.filter(contact_id__in=list(copied), dead_since=None, primary=True).order_by("id")
    cc = [one.address for one in await others if one.address != to]
    return Addressed(mailbox, contact, [to], cc, await language_of(contact, otherwise=case.language), dead=not alive)


async def _last_sender(case: CaseState, own: list[str]) -> str | None:
    """The address that the contact wrote from last, if it is one of theirs."""
    last = await InboundEmail.filter(case_id=case.case_id, from_address__in=own).order_by("-id").first()
    return last.from_address if last else None
