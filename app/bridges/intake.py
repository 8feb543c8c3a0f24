"""An inbound e-mail → an entry on a case, or quarantine: one outcome per mail, in one transaction with the entry."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import structlog

from app.bridges.bounces import is_report, record_bounce, record_receipt, sent_mail
from app.bridges.joining import Joined, case_of
from app.bridges.mail_data import COPIES, mail_data
from app.bridges.read_ahead import Parse, ReadAhead
from app.bridges.writers import compared, in_own_name, is_own, writer_of
from app.cases import actions
from app.cases.columns import first_queue
from app.cases.feed import storable
from app.cases.files import safe_name
from app.cases.models import Case, File
from app.cases.opening import NewFile
from app.database import Work
from app.desk import Desk
from app.errors import DeskError
from app.mailboxes.ledger import quarantine
from app.mailboxes.models import InboundEmail, Mailbox, MailReference, OutboundEmail
from app.mailboxes.queries import one_at_a_time
from app.mailboxes.senders import rule_for, spam_reason
from app.people.actions.contacts import contact_for_address, heard_from
from app.people.models import Contact, ContactAddress, User
from app.people.queries import language_of
from app.people.rights import SYSTEM, Actor
from app.queues.models import Queue
from app.storage import Stored
from mail.message import Address, Attachment, Message

log = structlog.get_logger(__name__)

HANDLED = ("opened", "joined", "automatic", "bounce")
OUTCOMES = {
    "opened": "opened a new case",
    "joined": "became an entry of a case; the reason says by which sign",
    "automatic": "automatic mail about a case: kept as an internal entry, nothing reopens, no clock moves",
    "bounce": "a report about a mail we sent; `unknown_mail` where we sent no such mail",
    "duplicate": "the same message was handled before, from another mailbox or under another UID",
    "own": "the desk's own mail came back",
    "ignored": "a read receipt of a mail that belongs to no case",
    "quarantined": "set aside with its reason, for an administrator to look at and try again",
}
"""What becomes of a mail, in words: the table of docs/mail.md."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail; `outcome` is a key of OUTCOMES."""

    outcome: str
    case_id: int | None = None
    position: int | None = None
    reason: str = ""
    detail: str = ""


class Intake:
    """Understands stored mails. Called again for the same row it changes nothing."""

    def __init__(self, desk: Desk, parse: Parse) -> None:
        self._desk = desk
        self.ahead = ReadAhead(parse)

    async def understand(self, row_id: int, *, released: bool = False) -> None:
        """Give the row its outcome; `released`: a person has looked at it and lets it in.

        Raises ParseRefused for what is not understood, and what the database or the disk raise; then nothing changed.
        """
        row = await InboundEmail.get(id=row_id)
        message = await self.ahead.message(row)
        mailbox = await Mailbox.get(id=row.mailbox_id)
        # Outside of the transaction, which must not wait for the disk: content is named by its hash, so an attempt
        # that fails afterwards leaves bytes that the next one finds in place.
        files = files_of(message)
        stored = await self._desk.store.put_all([attachment.content for attachment in files])
        kept = list(zip(files, stored, strict=True))
        try:
            async with self._desk.unit_of_work() as work:
                await self._settle(work, row, mailbox, message, kept, released=released)
        except DeskError as error:
            await quarantine(row_id, reason=error.code, detail=error.message, now=self._desk.now())
            await InboundEmail.filter(id=row_id, outcome="quarantined").update(**named(message))

    async def _settle(
        self,
        work: Work,
        row: InboundEmail,
        mailbox: Mailbox,
        message: Message,
        kept: list[tuple[Attachment, Stored]],
        *,
        released: bool,
    ) -> None:
        await one_at_a_time(message.key)
        # The row is claimed inside the transaction: a second process that got here too finds it taken.
        if not await InboundEmail.filter(id=row.id, outcome="stored").update(outcome="handling", **named(message)):
            return
        released = released or await self._always_let_in(message)
        if released and message.from_ is not None:
            message = replace(message, must_not_autoreply=True)  # the desk would be answering itself
        outcome = await self._decide(work, row, mailbox, message, kept, released=released)
        await InboundEmail.filter(id=row.id).update(
            outcome=outcome.outcome,
            reason=outcome.reason,
            detail=outcome.detail,
            case_id=outcome.case_id,
            position=outcome.position,
            handled_at=work.now,
        )

    async def _always_let_in(self, message: Message) -> bool:
        """Whether somebody has said that mail in the desk's own name from this very address is welcome."""
        address = compared(message.from_.email) if message.from_ else ""
        if address not in await own_addresses():
            return False
        rule = await rule_for(address)
        return rule is not None and rule.kind == "allow" and rule.pattern == address

    async def _decide(
        self,
        work: Work,
        row: InboundEmail,
        mailbox: Mailbox,
        message: Message,
        kept: list[tuple[Attachment, Stored]],
        *,
        released: bool,
    ) -> Outcome:
        keys = (self._desk.keys.reply_address,)
        if (twin := await self._twin(row, message)) is not None:
            return Outcome("duplicate", case_id=twin.case_id, position=twin.position)
        if is_report(message):
            case_id, position = await record_bounce(work, message, keys=keys)
            return Outcome("bounce", case_id, position, reason="" if case_id else "unknown_mail")
        if message.receipt is not None and (placed := await record_receipt(work, message, message.receipt)):
            return Outcome("automatic", *placed, reason="receipt")
        if message.message_id and await OutboundEmail.exists(message_id=message.message_id[:255]):
            return Outcome("own")
        if message.from_ is None:
            return Outcome(
                "quarantined", reason="no_sender", detail="Nobody is named in From, so nobody could be answered."
            )
        own = frozenset(await own_addresses())
        writer = writer_of(message, own=own) or (message.from_ if released else None)
        if writer is None:
            if in_own_name(message, keys=keys) == "own":
                return Outcome("own", reason="from_own_mailbox")
            detail = "It bears the desk's own address, but the desk did not send it, and it names nobody to answer."
            return Outcome("quarantined", reason="from_own_mailbox", detail=detail)
        sender = await self._known_contact(writer.email)
        joined = await case_of(message, sender=sender, keys=keys)
        await heard_from(compared(writer.email))
        if joined is not None and message.is_auto:
            return await self._keep_automatic(work, message, kept, joined, writer)
        if joined is None and "receipt" in message.auto_reasons:
            return Outcome("ignored", reason="receipt")
        contact = sender or await contact_for_address(work, writer.email, writer.name, account_id=mailbox.account_id)
        if joined is None:
            outcome = await self._open(work, mailbox, message, kept, contact, writer)
        else:
            outcome = await self._join(work, message, kept, contact, joined)
        await self._copies(work, outcome.case_id or 0, message, own=own)
        return outcome

    async def _twin(self, row: InboundEmail, message: Message) -> InboundEmail | None:
        """The same message handled before: from another mailbox, or again after the server renumbered its folder."""
        own = named(message)
        twins = await InboundEmail.filter(message_key=own["message_key"], outcome__in=HANDLED).exclude(id=row.id)
        for twin in twins:
            if (twin.from_address, twin.subject) == (own["from_address"], own["subject"]):
                return twin
        return None

    async def _known_contact(self, address: str) -> Contact | None:
        known = await ContactAddress.filter(address=compared(address)).select_related("contact").first()
        return known.contact if known else None

    async def _open(
        self,
        work: Work,
        mailbox: Mailbox,
        message: Message,
        kept: list[tuple[Attachment, Stored]],
        contact: Contact,
        sender: Address,
    ) -> Outcome:
        queue_id, reason = (
            await queue_of(mailbox),
            await spam_reason(mailbox, message, address=compared(sender.email)),
        )
        junk = await Queue.filter(purpose="spam", archived=False).first() if reason is not None else None
        case = await actions.open_case(
            work,
            by=author(contact),
            contact_id=contact.id,
            queue_id=junk.id if junk is not None else queue_id,
            subject=message.subject,
            text=text_of(message),
            html=message.html,
            files=await self._files(work, kept),
            channel="mail",
            language=await language_of(contact, otherwise=mailbox.language),
            mailbox_id=mailbox.id,
            data=await mail_data(work, message, None),
        )
        if junk is not None:
            data = {"spam": True, "from_queue": queue_id, "reason": reason}
            await actions.record(work, by=SYSTEM, case_id=case.row.id, kind="spam_marked", data=data)
        await remember(work, message.key, case.row.id, 1, "in")
        return Outcome("opened", case.row.id, 1)

    async def _join(
        self,
        work: Work,
        message: Message,
        kept: list[tuple[Attachment, Stored]],
        contact: Contact,
        joined: Joined,
    ) -> Outcome:
        case = await Case.get(id=joined.case_id)
        if contact.id != case.contact_id:
            await actions.add_participant(work, by=author(contact), case_id=case.id, contact_id=contact.id)
        entry = await actions.reply(
            work,
            by=author(contact),
            case_id=case.id,
            text=text_of(message),
            html=message.html,
            files=await self._files(work, kept),
            data=await mail_data(work, message, joined),
        )
        await remember(work, message.key, case.id, entry.position, "in")
        return Outcome("joined", case.id, entry.position, reason=joined.by)

    async def _keep_automatic(
        self,
        work: Work,
        message: Message,
        kept: list[tuple[Attachment, Stored]],
        joined: Joined,
        writer: Address,
    ) -> Outcome:
        """An out-of-office note belongs to the case, but is no answer: nothing reopens, no clock moves."""
        entry = await actions.add_note(
            work,
            by=Actor("contact", None, None, writer.name or writer.email),
            case_id=joined.case_id,
            text=text_of(message) or message.subject,
            files=await self._files(work, kept),
            kind="mail_attached",
            data={
                **await mail_data(work, message, joined),
                "automatic": list(message.auto_reasons),
                "about": await self._about(message, joined.case_id, writer),
            },
        )
        await remember(work, message.key, joined.case_id, entry.position, "auto")
        return Outcome("automatic", joined.case_id, entry.position, reason=joined.by)

    async def _about(self, message: Message, case_id: int, writer: Address) -> int | None:
        """The entry whose mail an automatic answer is about: the one it names, else the last that its writer got."""
        sent = await sent_mail((*message.in_reply_to, *reversed(message.references)))
        if sent is None or sent.case_id != case_id:
            email = compared(writer.email)
            latest = await OutboundEmail.filter(case_id=case_id, accepted_at__isnull=False).order_by("-id").limit(20)
            sent = next((one for one in latest if email in one.recipients), None)
        return sent.position if sent is not None else None

    async def _files(self, work: Work, kept: list[tuple[Attachment, Stored]]) -> list[File]:
        return [await File.create(**asdict(new_file(*one)), created_at=work.now) for one in kept]

    async def _copies(self, work: Work, case_id: int, message: Message, *, own: frozenset[str]) -> None:
        """Who was written to in copy takes part, so that their answers are welcome; the desk and its staff do not."""
        copied = [one for one in (*message.to, *message.cc)[:COPIES] if not is_own(one.email, own)]
        emails = [compared(one.email) for one in copied]
        staff = {user.email for user in await User.filter(email__in=emails, contact_id=None)}
        for address, email in zip(copied, emails, strict=True):
            if email in staff:
                continue
            try:
                contact = await contact_for_address(work, email, address.name)
            except DeskError:
                continue  # an address that nobody can write to
            await actions.add_participant(work, by=SYSTEM, case_id=case_id, contact_id=contact.id)


async def queue_of(mailbox: Mailbox) -> int:
    """The mailbox's queue; the first one where that has been archived meanwhile."""
    if await Queue.filter(id=mailbox.queue_id, archived=False).exists():
        return mailbox.queue_id
    return await first_queue()


def author(contact: Contact) -> Actor:
    return Actor("contact", None, contact.id, contact.name)


def files_of(message: Message) -> list[Attachment]:
    """What the sender attached. The parts of an encrypted mail are none: they stay in the mail, which is kept whole."""
    return [one for one in message.attachments if not one.sealed]


def new_file(attachment: Attachment, stored: Stored) -> NewFile:
    return NewFile(
        digest=stored.digest,
        name=safe_name(attachment.filename),
        content_type=attachment.content_type[:127],
        size=stored.size,
        inline=attachment.inline,
        content_id=attachment.content_id[:255] if attachment.content_id else None,
    )


def text_of(message: Message) -> str:
    """What the person newly wrote; the whole text where nothing is left without quotes; empty where nothing was written
    or nothing can be read."""
    return message.reply_text.strip() or message.text.strip()


async def remember(work: Work, key: str, case_id: int, position: int | None, direction: str) -> None:
    """So that answers which name this mail find the case."""
    await MailReference.create(
        message_key=key[:512], case_id=case_id, position=position, direction=direction, created_at=work.now
    )


async def own_addresses() -> list[str]:
    return [str(one) for one in await Mailbox.all().values_list("address", flat=True)]


def named(message: Message) -> dict[str, str]:
    """The columns by which people and the desk recognise a mail."""
    return {
        "message_key": storable(message.key)[:512],
        "from_address": storable(message.from_.email if message.from_ else "")[:320],
        "subject": storable(message.subject)[:400],
    }
