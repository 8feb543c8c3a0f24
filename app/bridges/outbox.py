"""Case events → outbound e-mail: answers of staff and notices, stored in the transaction of what they tell of."""

from __future__ import annotations

import html

from app.bridges.addressing import Addressed, addressed
from app.bridges.events import OutboxGrew
from app.bridges.held import tell_of_limit
from app.bridges.notice_text import notice_text, own_wording
from app.bridges.outgoing import CaseMail, store_mail
from app.cases.entries import PublicEntry, public_only
from app.cases.events import CaseChanged, CaseState
from app.cases.models import Case, Entry
from app.database import Work
from app.desk import Desk
from app.mailboxes import rules, templates
from app.mailboxes.case_values import mail_subject, signature_of
from app.mailboxes.limits import Sizes, may_send
from app.mailboxes.models import OutboundEmail
from app.mailboxes.queries import mailbox_of
from app.mailboxes.switches import is_off
from app.mailboxes.wording import built_in
from app.people.events import MailWanted
from app.portal.models import Branding
from app.queues.models import Queue
from mail.compose import message_id


class OutboxWriter:
    """Inside subscriber of everything that calls for a mail."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sizes = Sizes.of(desk.settings)

    def subscribe(self) -> None:
        self._desk.bus.inside(CaseChanged, self.case_changed)
        self._desk.bus.inside(MailWanted, self.mail_wanted)

    async def case_changed(self, work: Work, event: CaseChanged) -> None:
        said = [one for one in public_only(event.entries) if one.kind == "message" and one.author.kind == "staff"]
        answers = [one for one in said if "moved_from" not in one.data]  # what was moved here was sent before
        notices = rules.notices_for(event.entries)
        if not answers and not notices:
            return
        goes = await addressed(event.after)
        if goes is None:
            return
        for answer in answers:
            await self._answer(work, event.after, goes, answer)
        if notices and not goes.dead and not await self._must_not_answer(event):
            for notice in notices:
                await self._notice(work, event, goes, notice)
        work.record(OutboxGrew())

    async def _answer(self, work: Work, case: CaseState, goes: Addressed, entry: PublicEntry) -> None:
        mailbox = goes.mailbox
        signature = signature_of(mailbox, await Branding.all().order_by("id").first())
        body = entry.html or f"<div>{html.escape(entry.text).replace(chr(10), '<br>')}</div>"
        signed = f"<p>-- <br>{html.escape(signature).replace(chr(10), '<br>')}</p>" if signature else ""
        subject = await mail_subject(self._desk, await Case.get(id=case.case_id), answer=True)
        mail = CaseMail(
            kind="reply",
            position=entry.position,
            subject=subject,
            topic=rules.topic_of(subject),
            sender_name=f"{entry.author.name} ({mailbox.sender_name})" if mailbox.sender_name else entry.author.name,
            text=entry.text + (f"\n\n-- \n{signature}" if signature else ""),
            html=body + signed,
            files=[file.id for file in entry.files],
            cc=goes.cc,
        )
        await store_mail(self._desk, work, case, goes, mail)

    async def _notice(self, work: Work, event: CaseChanged, goes: Addressed, notice: rules.Notice) -> None:
        case = event.after
        if await is_off(event=notice, queue_id=case.queue_id, contact_id=goes.contact.id):
            return
        wording = await own_wording(notice, goes.language)
        if wording is None:
            return
        row = await Case.get(id=case.case_id)
        said = await notice_text(
            self._desk, wording, case=row, contact=goes.contact, language=goes.language, mailbox=goes.mailbox
        )
        branding = await Branding.all().order_by("id").first()
        mail = CaseMail(
            kind="notice",
            position=event.entries[-1].position,
            subject=said.subject,
            topic=rules.topic_of(await mail_subject(self._desk, row, answer=True)),
            sender_name=goes.mailbox.sender_name or (branding.name if branding else "Casefeed"),
            text=said.text,
            html=said.html,
            notice=notice,
            unsubscribe=said.unsubscribe,
        )
        tripped = await may_send(address=goes.to[0], case_id=case.case_id, now=work.now, sizes=self._sizes)
        stored = await store_mail(self._desk, work, case, goes, mail, held_by=tripped.limit if tripped else None)
        if tripped is not None:
            await tell_of_limit(work, case, stored, tripped)

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

    async def mail_wanted(self, work: Work, event: MailWanted) -> None:
        """A mail of the sign-in: it belongs to no case and waits until the desk has a mailbox."""
        mailbox = await mailbox_of(None)
        branding = await Branding.all().order_by("id").first()
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
