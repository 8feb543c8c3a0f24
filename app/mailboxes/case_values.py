"""What the placeholders of templates stand for on one case: in notices, canned replies and macros alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.cases.models import Case, Entry, Status
from app.cases.rules import display_number, priority_name
from app.cases.wording import shown_subject
from app.desk import Desk
from app.mailboxes import rules
from app.mailboxes.models import Mailbox
from app.people.models import Account, Contact, User
from app.portal.models import Branding
from app.queues.models import Queue
from app.service_levels.queries import zone_of_case


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around a case where a notice about it is written. `zone` is where its promises are counted."""

    branding: Branding | None
    status: Status
    queue: Queue | None
    owner: User | None
    account: Account | None
    subject: str
    zone: ZoneInfo | None


async def values_of(
    desk: Desk, *, case: Case, contact: Contact, language: str, mailbox: Mailbox | None
) -> dict[str, str]:
    """What the placeholders stand for (app.mailboxes.wording.PLACEHOLDERS)."""
    around = Around(
        branding=await Branding.all().order_by("id").first(),
        status=await Status.get(id=case.status_id),
        queue=await Queue.get_or_none(id=case.queue_id),
        owner=await User.get_or_none(id=case.owner_id) if case.owner_id is not None else None,
        account=await Account.get_or_none(id=contact.account_id) if contact.account_id is not None else None,
        subject=await mail_subject(desk, case, answer=False),
        zone=await zone_of_case(case.id) if case.next_due_at is not None else None,
    )
    return values_from(desk, around, case=case, contact=contact, language=language, mailbox=mailbox)


def values_from(
    desk: Desk, around: Around, *, case: Case, contact: Contact, language: str, mailbox: Mailbox | None
) -> dict[str, str]:
    """The same, of what was looked up before. Pure."""
    branding, status, queue = around.branding, around.status, around.queue
    return {
        "mail.subject": around.subject,
        "case.number": display_number(case.number or case.id),
        "case.subject": shown_subject(case.subject, language),
        "case.status": status.names.get(language) or status.names.get("en") or status.key,
        "case.category": case.category,
        "case.priority": priority_name(case.priority),
        "case.queue": queue.name if queue else "",
        "case.channel": case.channel,
        "case.link": f"{desk.settings.public_url.rstrip('/')}/cases/{case.id}",
        "contact.name": contact.name,
        "account.name": around.account.name if around.account else "",
        "agent.name": around.owner.name if around.owner else "",
        "desk.name": branding.name if branding else "Casefeed",
        "answer.due": _due(case, around.zone),
        "signature": signature_of(mailbox, branding),
    }


def signature_of(mailbox: Mailbox | None, branding: Branding | None) -> str:
    """The mailbox's own signature, else the desk's."""
    own = mailbox.signature.strip() if mailbox is not None else ""
    return own or (branding.signature.strip() if branding is not None else "")


async def mail_subject(desk: Desk, case: Case, *, answer: bool) -> str:
    """The subject of every mail about the case, the same from the first to the last: see docs/mail.md."""
    opened = await Entry.filter(case_id=case.id, kind="opened").order_by("position").first()
    return subject_from(desk, case, opened.data if opened is not None else {}, answer=answer)


def subject_from(desk: Desk, case: Case, said: Mapping[str, object], *, answer: bool) -> str:
    """The same, of what the first entry says (`said`). Pure."""
    mail = said.get("mail")
    by_mail = isinstance(mail, dict)
    # A mail without a subject is answered without one, whatever the case is called by now: it stays one conversation.
    original = str(mail.get("subject") or "") if isinstance(mail, dict) else str(said.get("subject") or case.subject)
    return rules.subject_of_mail(
        original,
        display_number(case.number or case.id),
        numbered=not by_mail or desk.settings.number_in_subject == "always",
        answer=answer or by_mail,
    )


def _due(case: Case, zone: ZoneInfo | None) -> str:
    if case.next_due_at is None:
        return ""
    due: datetime = case.next_due_at.astimezone(zone or ZoneInfo("UTC"))
    return due.strftime("%d.%m.%Y %H:%M %Z")
