"""An inbound e-mail → an entry on a case, or quarantine: one outcome per mail, in one transaction with the entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from app.bridges.bounces import record_bounce
from app.bridges.joining import Joined, case_of
from app.cases import actions
from app.cases.columns import first_queue
from app.cases.feed import storable
from app.cases.models import Case, File
from app.database import Work
from app.desk import Desk
from app.errors import DeskError
from app.mailboxes.ledger import quarantine, raw_bytes
from app.mailboxes.models import InboundEmail, Mailbox, MailReference, OutboundEmail
from app.people.actions.contacts import contact_for_address, heard_from
from app.people.models import Contact, ContactAddress
from app.people.rights import Actor
from app.storage import Stored
from mail.addresses import read_reply_address
from mail.errors import ParseRefused
from mail.message import Attachment, Message

log = structlog.get_logger(__name__)

Parse = Callable[[bytes], Awaitable[Message]]
HANDLED = ("opened", "joined", "automatic", "bounce")
COPIES = 20  # addresses of To and Cc that become participants: a mail to a whole company is not a conversation


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail; the words of InboundEmail.outcome."""

    outcome: str
    case_id: int | None = None
    position: int | None = None
    reason: str = ""


class Intake:
    """Understands stored mails. Called again for the same row it changes nothing."""

    def __init__(self, desk: Desk, parse: Parse) -> None:
        self._desk = desk
        self._parse = parse

    async def understand(self, row_id: int) -> None:
        """Give the row its outcome. Raises only for what is not this mail's fault (or is not understood at all)."""
        row = await InboundEmail.get(id=row_id)
        try:
            message = await self._parse(await raw_bytes(row.raw_mail_id))
        except ParseRefused as refused:
            await quarantine(row_id, reason=refused.reason, detail=refused.detail, now=self._desk.now())
            return
        mailbox = await Mailbox.get(id=row.mailbox_id)
        kept = [
            (attachment, await self._desk.store.put_bytes(attachment.content)) for attachment in message.attachments
        ]
        async with self._desk.unit_of_work() as work:
            # The row is claimed inside the transaction: a second process that got here too finds it taken.
            claimed = await InboundEmail.filter(id=row_id, outcome="stored").update(
                outcome="handling",
                message_key=message.key[:512],
                from_address=storable(message.from_.email if message.from_ else "")[:320],
                subject=storable(message.subject)[:400],
            )
            if claimed != 1:
                return
            try:
                outcome = await self._decide(work, row, mailbox, message, kept)
            except DeskError as error:
                outcome = Outcome("quarantined", reason=error.code)
                await InboundEmail.filter(id=row_id).update(detail=error.message)
            await InboundEmail.filter(id=row_id).update(
                outcome=outcome.outcome,
                reason=outcome.reason,
                case_id=outcome.case_id,
                position=outcome.position,
                handled_at=work.now,
            )

    async def _decide(
        self, work: Work, row: InboundEmail, mailbox: Mailbox, message: Message, kept: list[tuple[Attachment, Stored]]
    ) -> Outcome:
        if (twin := await self._twin(row, message)) is not None:
            return Outcome("duplicate", case_id=twin.case_id, position=twin.position)
        if message.is_bounce or message.is_delay or message.is_complaint:
            case_id, position = await record_bounce(work, message, keys=(self._desk.keys.reply_address,))
            return Outcome("bounce", case_id=case_id, position=position)
        if message.message_id and await OutboundEmail.exists(message_id=message.message_id):
            return Outcome("own")
        if message.from_ is None:
            return Outcome("quarantined", reason="no_sender")
        if await Mailbox.exists(address=message.from_.email.lower()):
            return Outcome("own", reason="from_own_mailbox")
        sender = await self._known_contact(message.from_.email)
        joined = await case_of(message, sender=sender, keys=(self._desk.keys.reply_address,))
        await heard_from(message.from_.email.lower())
        if joined is not None and message.is_auto:
            return await self._keep_automatic(work, message, kept, joined)
        contact = sender or await contact_for_address(work, message.from_.email, message.from_.name)
        if joined is None:
            return await self._open(work, mailbox, message, kept, contact)
        return await self._join(work, message, kept, contact, joined)

    async def _twin(self, row: InboundEmail, message: Message) -> InboundEmail | None:
        """The same message handled before: from another mailbox, or again after the server renumbered its folder."""
        twins = await InboundEmail.filter(message_key=message.key[:512], outcome__in=HANDLED).exclude(id=row.id)
        sender = message.from_.email if message.from_ else ""
        for twin in twins:
            if twin.from_address == storable(sender)[:320] and twin.subject == storable(message.subject)[:400]:
                return twin
        return None

    async def _known_contact(self, address: str) -> Contact | None:
        known = await ContactAddress.filter(address=address.lower()).select_related("contact").first()
        return known.contact if known else None

    async def _open(
        self,
        work: Work,
        mailbox: Mailbox,
        message: Message,
        kept: list[tuple[Attachment, Stored]],
        contact: Contact,
    ) -> Outcome:
        case = await actions.open_case(
            work,
            by=author(contact),
            contact_id=contact.id,
            queue_id=mailbox.queue_id or await first_queue(),
            subject=message.subject,
            text=text_of(message),
            html=message.html,
            files=await self._files(work, kept),
            channel="mail",
            language=contact.language or mailbox.language,
            mailbox_id=mailbox.id,
            data=mail_data(message, None),
        )
        await self._copies(work, case.row.id, message)
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
            text=text_of(message) or " ",
            html=message.html,
            files=await self._files(work, kept),
            data=mail_data(message, joined),
        )
        await self._copies(work, case.id, message)
        await remember(work, message.key, case.id, entry.position, "in")
        return Outcome("joined", case.id, entry.position, reason=joined.by)

    async def _keep_automatic(
        self, work: Work, message: Message, kept: list[tuple[Attachment, Stored]], joined: Joined
    ) -> Outcome:
        """An out-of-office note belongs to the case, but is no answer: nothing reopens, no clock moves."""
        entry = await actions.add_note(
            work,
            by=Actor("contact", None, None, (message.from_.name or message.from_.email) if message.from_ else ""),
            case_id=joined.case_id,
            text=text_of(message) or message.subject or "(empty)",
            files=await self._files(work, kept),
            kind="mail_attached",
            data={**mail_data(message, joined), "automatic": list(message.auto_reasons)},
        )
        await remember(work, message.key, joined.case_id, entry.position, "in")
        return Outcome("automatic", joined.case_id, entry.position, reason=joined.by)

    async def _files(self, work: Work, kept: list[tuple[Attachment, Stored]]) -> list[File]:
        from app.cases.files import safe_name

        return [
            await File.create(
                digest=stored.digest,
                name=safe_name(attachment.filename),
                content_type=attachment.content_type[:127],
                size=stored.size,
                inline=attachment.inline,
                content_id=attachment.content_id,
                created_at=work.now,
            )
            for attachment, stored in kept
        ]

    async def _copies(self, work: Work, case_id: int, message: Message) -> None:
        """Who was written to in copy takes part, so that their answers are welcome; the desk's own addresses do not."""
        own = {address.lower() for address in await own_addresses()}
        for address in (*message.to, *message.cc)[:COPIES]:
            email = address.email.lower()
            if (
                email in own
                or read_reply_address(email, (self._desk.keys.reply_address,))
                or ("+" in email and _base(email) in own)
            ):
                continue
            try:
                contact = await contact_for_address(work, email, address.name)
            except DeskError:
                continue  # an address that nobody can write to
            await actions.add_participant(
                work, by=Actor("system", None, None, ""), case_id=case_id, contact_id=contact.id
            )


def author(contact: Contact) -> Actor:
    return Actor("contact", None, contact.id, contact.name)


def text_of(message: Message) -> str:
    """What the person newly wrote; the whole text where nothing is left without quotes."""
    return message.reply_text.strip() or message.text.strip()


def mail_data(message: Message, joined: Joined | None) -> dict[str, object]:
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
        }
    }
    if message.text.strip() != message.reply_text.strip():
        data["full_text"] = storable(message.text)
    if joined is not None:
        data["joined"] = {"by": joined.by}
    if message.security:
        data["security"] = list(message.security)
    if message.warnings:
        data["warnings"] = list(message.warnings[:10])
    return data


async def remember(work: Work, key: str, case_id: int, position: int | None, direction: str) -> None:
    """So that answers which name this mail find the case."""
    await MailReference.create(
        message_key=key[:512], case_id=case_id, position=position, direction=direction, created_at=work.now
    )


async def own_addresses() -> list[str]:
    return [str(one) for one in await Mailbox.all().values_list("address", flat=True)]


def _base(email: str) -> str:
    local, _, domain = email.partition("@")
    return f"{local.partition('+')[0]}@{domain}"
