"""Case events → outbound e-mail: answers of staff and notices, stored in the transaction of what they tell of."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.bridges.intake import remember
from app.cases import actions
from app.cases.entries import PublicEntry, public_only
from app.cases.events import CaseChanged, CaseState
from app.cases.models import Case, Entry, Participant, Status
from app.cases.rules import display_number
from app.database import Work
from app.desk import Desk
from app.events import Event
from app.mailboxes import rules, templates
from app.mailboxes.limits import Tripped, may_send
from app.mailboxes.models import InboundEmail, Mailbox, MailReference, OutboundEmail, Template
from app.mailboxes.wording import Wording, built_in
from app.notifications.actions import notify
from app.people.events import MailWanted
from app.people.models import Contact, ContactAddress, User
from app.people.rights import SYSTEM
from app.portal.models import Branding
from app.queues.models import Queue
from app.service_levels.queries import zone_of_case
from mail.addresses import sign_reply_address
from mail.compose import message_id

REFERENCES_KEPT = 20  # Message-IDs of a case named in References; see mail.compose


@dataclass(frozen=True, slots=True)
class OutboxGrew(Event):
    """There is something to send."""


@dataclass(frozen=True, slots=True)
class _Addressed:
    """Where a mail about a case goes, and in whose name."""

    mailbox: Mailbox
    contact: Contact
    to: list[str]
    cc: list[str]
    dead: bool
    """Mail to every address of the contact came back: a person may still try, the desk by itself does not."""


class OutboxWriter:
    """Inside subscriber of everything that calls for a mail."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def subscribe(self) -> None:
        self._desk.bus.inside(CaseChanged, self.case_changed)
        self._desk.bus.inside(MailWanted, self.mail_wanted)

    async def case_changed(self, work: Work, event: CaseChanged) -> None:
        said = [one for one in public_only(event.entries) if one.kind == "message" and one.author.kind == "staff"]
        answers = [one for one in said if "moved_from" not in one.data]  # what was moved here was sent before
        notices = rules.notices_for(event.entries)
        if not answers and not notices:
            return
        addressed = await self._address(event.after)
        if addressed is None:
            return
        for answer in answers:
            await self._answer(work, event.after, addressed, answer)
        if notices and not addressed.dead and not await self._must_not_answer(event):
            for notice in notices:
                await self._notice(work, event, addressed, notice)
        work.record(OutboxGrew())

    async def _address(self, case: CaseState) -> _Addressed | None:
        """To whom, and from which mailbox; None where nobody can be written to."""
        mailbox = await self._mailbox(case.mailbox_id)
        if mailbox is None:
            return None
        contact = await Contact.get(id=case.contact_id)
        own = await ContactAddress.filter(contact_id=contact.id).order_by("-primary", "id")
        if not own:
            return None
        alive = [one.address for one in own if one.dead_since is None]
        addresses = alive or [one.address for one in own]
        to = await self._last_sender(case, addresses) or addresses[0]
        copied = await Participant.filter(case_id=case.case_id).values_list("contact_id", flat=True)
        others = ContactAddress.filter(contact_id__in=list(copied), dead_since=None, primary=True).order_by("id")
        cc = [one.address for one in await others if one.address != to]
        return _Addressed(mailbox, contact, [to], cc, dead=not alive)

    async def _mailbox(self, mailbox_id: int | None) -> Mailbox | None:
        if mailbox_id is not None and (own := await Mailbox.get_or_none(id=mailbox_id)) is not None:
            return own
        return await Mailbox.filter(active=True).order_by("id").first()

    async def _last_sender(self, case: CaseState, own: list[str]) -> str | None:
        """The address that the contact wrote from last, if it is one of theirs."""
        last = await InboundEmail.filter(case_id=case.case_id, from_address__in=own).order_by("-id").first()
        return last.from_address if last else None

    async def _answer(self, work: Work, case: CaseState, addressed: _Addressed, entry: PublicEntry) -> None:
        mailbox = addressed.mailbox
        signature = f"\n\n-- \n{mailbox.signature.strip()}" if mailbox.signature.strip() else ""
        text = entry.text + signature
        body = entry.html or f"<div>{html.escape(entry.text).replace(chr(10), '<br>')}</div>"
        await self._store(
            work,
            case,
            addressed,
            kind="reply",
            position=entry.position,
            subject=rules.subject_of_reply(case.subject, display_number(case.number)),
            sender_name=f"{entry.author.name} ({mailbox.sender_name})" if mailbox.sender_name else entry.author.name,
            text=text,
            html=body
            + (f"<p>-- <br>{html.escape(mailbox.signature).replace(chr(10), '<br>')}</p>" if signature else ""),
            files=[file.id for file in entry.files],
            cc=addressed.cc,
            automatic=False,
        )

    async def _notice(self, work: Work, event: CaseChanged, addressed: _Addressed, notice: rules.Notice) -> None:
        case = event.after
        wording = await self.wording(notice, case.language)
        if wording is None:
            return
        tripped = await may_send(address=addressed.to[0], case_id=case.case_id, now=work.now)
        if tripped is not None:
            await tell_of_limit(work, case, addressed.to[0], notice, tripped)
            return
        values = await self.values(case, addressed.contact)
        text = templates.fill(wording.body, values)
        await self._store(
            work,
            case,
            addressed,
            kind="notice",
            position=event.entries[-1].position,
            subject=templates.one_line(templates.fill(wording.subject, values)),
            sender_name=addressed.mailbox.sender_name or values["desk.name"],
            text=text,
            html=templates.as_html(text),
            files=[],
            cc=[],
            automatic=True,
        )

    async def _must_not_answer(self, event: CaseChanged) -> bool:
        """RFC 3834, section 2: nothing automatic to what is automatic itself, and no word to who sends spam.

        What counts is the last mail of the customer, so that a robot is not told how its case goes on either.
        """
        if await Queue.filter(id=event.after.queue_id, purpose="spam").exists():
            return True
        kinds = ("opened", "message")
        said = Entry.filter(case_id=event.case_id, author_kind="contact", kind__in=kinds).order_by("-position")
        last = await said.first()
        mail = last.data.get("mail") if last is not None else None
        return isinstance(mail, dict) and bool(mail.get("no_answer"))

    async def wording(self, event: str, language: str) -> Wording | None:
        """The words for an event as the desk has set them; None where the notice is switched off."""
        own = await Template.get_or_none(event=event, language=language)
        if own is None:
            return built_in(event, language)
        return Wording(own.subject, own.body) if own.enabled else None

    async def values(self, case: CaseState, contact: Contact) -> dict[str, str]:
        """What the placeholders of a notice stand for."""
        branding = await Branding.all().first()
        row = await Case.get(id=case.case_id)
        status = await Status.get(id=row.status_id)
        return {
            "case.number": display_number(case.number),
            "case.subject": case.subject,
            "case.status": status.names.get(case.language) or status.names.get("en") or status.key,
            "case.link": f"{self._desk.settings.public_url.rstrip('/')}/cases/{case.case_id}",
            "contact.name": contact.name,
            "desk.name": branding.name if branding else "Casefeed",
            "answer.due": await self._due(row),
        }

    async def _due(self, case: Case) -> str:
        if case.next_due_at is None:
            return ""
        zone = await zone_of_case(case.id)
        due: datetime = case.next_due_at.astimezone(zone or ZoneInfo("UTC"))
        return due.strftime("%d.%m.%Y %H:%M %Z")

    async def mail_wanted(self, work: Work, event: MailWanted) -> None:
        """A mail of the sign-in: it belongs to no case and waits until the desk has a mailbox."""
        mailbox = await self._mailbox(None)
        branding = await Branding.all().first()
        wording = built_in(event.kind, event.language)
        values = {
            "contact.name": event.values.get("name", ""),
            "desk.name": branding.name if branding else "Casefeed",
            "link": event.values["link"],
            "hours": event.values.get("hours", ""),
        }
        text = templates.fill(wording.body, values)
        domain = mailbox.address.rpartition("@")[2] if mailbox else "localhost"
        await OutboundEmail.create(
            mailbox_id=mailbox.id if mailbox else None,
            kind="system",
            message_id=message_id(f"desk.{self._desk.token()}", domain),
            recipients=[event.to],
            subject=templates.one_line(templates.fill(wording.subject, values))[:998],
            content={
                "text": text,
                "html": templates.as_html(text),
                "to": [event.to],
                "cc": [],
                "files": [],
                "sender_name": values["desk.name"],
                "automatic": True,
                "references": [],
                "in_reply_to": "",
                "language": event.language,
            },
            created_at=work.now,
            due_at=work.now,
        )
        work.record(OutboxGrew())

    async def _store(
        self,
        work: Work,
        case: CaseState,
        addressed: _Addressed,
        *,
        kind: str,
        position: int,
        subject: str,
        sender_name: str,
        text: str,
        html: str,
        files: list[int],
        cc: list[str],
        automatic: bool,
    ) -> None:
        mailbox = addressed.mailbox
        references = await MailReference.filter(case_id=case.case_id, message_key__startswith="<").order_by("id")
        chain = [one.message_key for one in references]
        received = [one.message_key for one in references if one.direction == "in"]
        unique = message_id(f"case{case.case_id}.{self._desk.token()}", mailbox.address.rpartition("@")[2])
        await OutboundEmail.create(
            mailbox_id=mailbox.id,
            case_id=case.case_id,
            position=position,
            kind=kind,
            message_id=unique,
            recipients=[*addressed.to, *cc],
            subject=subject[:998],
            content={
                "text": text,
                "html": html,
                "to": addressed.to,
                "to_name": addressed.contact.name,
                "cc": cc,
                "files": files,
                "sender_name": sender_name,
                "reply_to": sign_reply_address(mailbox.address, case.case_id, self._desk.keys.reply_address),
                "automatic": automatic,
                "references": chain[-REFERENCES_KEPT:]
                if len(chain) <= REFERENCES_KEPT
                else [chain[0], *chain[1 - REFERENCES_KEPT :]],
                "in_reply_to": received[-1] if received else "",
                "language": case.language,
            },
            created_at=work.now,
            due_at=work.now,
        )
        await remember(work, unique, case.case_id, position, "out")


async def tell_of_limit(work: Work, case: CaseState, address: str, notice: rules.Notice, tripped: Tripped) -> None:
    """A notice that a limit holds back is shown on its case; the first one of the hour is told to administrators."""
    data = {"position": None, "mail": "notice", "state": "held_back", "recipients": [address], "notice": notice}
    words = f"Held back: too many notices within an hour (limit per {tripped.limit})."
    limit = {"limit": tripped.limit, "final": True, "response": words}
    await actions.record(work, by=SYSTEM, case_id=case.case_id, kind="mail_state", data={**data, **limit})
    if tripped.first:
        administrators = [user.id for user in await User.filter(role="administrator", active=True)]
        about = {"limit": tripped.limit, "address": address, "subject": case.subject}
        await notify(work, users=administrators, kind="mail_limit", case_id=case.case_id, data=about)
