"""Shortcuts for tests with mail: a mailbox, mails that arrive in its ledger, and the outbox handed to a real server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from typing import Any

from app.bridges.alarms import Alarms
from app.bridges.delivery_states import tell_case
from app.bridges.intake import Intake
from app.bridges.intake_together import Together
from app.mailboxes.ledger import Ledger
from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail
from app.mailboxes.outbox import DatabaseOutbox
from app.queues.models import Queue
from mail.delivery import Delivery
from mail.message import Message
from mail.parsing import parse
from mail.ports import FetchedMail, Folder
from tests.support.desk import TestDesk

HELP = "help@desk.example"
PAVEL = "Pavel Orlov <pavel@northwind.example>"
AINO = "Aino Virtanen <aino@northwind.example>"
STRANGER = "Sven Holm <sven@elsewhere.example>"

Parse = Callable[[bytes], Awaitable[Message]]


async def parse_here(raw: bytes) -> Message:
    """The parser without a process of its own."""
    return parse(raw)


async def a_mailbox(desk: TestDesk, address: str = HELP, **more: Any) -> Mailbox:
    queue = await Queue.get(name="Support")
    columns = {
        "name": address.partition("@")[0],
        "address": address,
        "queue_id": queue.id,
        "sender_name": "Harbour Support",
        "imap_host": "127.0.0.1",
        "imap_user": address,
        "smtp_host": "127.0.0.1",
        "smtp_port": 9,
        "smtp_security": "none",
        "created_at": desk.clock(),
        **more,
    }
    return await Mailbox.create(**columns)


_numbers = count(1)


def letter(
    text: str = "The oven stays cold.",
    *,
    sender: str | None = PAVEL,
    to: str = HELP,
    subject: str = "Oven",
    message_id: str | None = "",
    files: Sequence[tuple[str, bytes]] = (),
    **headers: str,
) -> bytes:
    """A message as a mail program sends it. Header names in `headers` have _ for -; without a `message_id` one is made,
    with None there is none."""
    mail = EmailMessage(policy=policy.SMTP)
    if sender is not None:
        mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    if message_id is not None:
        mail["Message-ID"] = message_id or f"<letter-{next(_numbers)}@northwind.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def report(
    original: OutboundEmail,
    *,
    recipient: str,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "550 5.1.1 No such user",
) -> bytes:
    """What a mail server reports about a mail of ours (RFC 3464)."""
    return "\r\n".join(
        [
            "From: Mail Delivery System <MAILER-DAEMON@mx.northwind.example>",
            f"To: {HELP}",
            "Return-Path: <>",
            "Subject: Undelivered Mail Returned to Sender",
            f"Message-ID: <report-{next(_numbers)}@mx.northwind.example>",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain",
            "",
            "Your message could not be delivered.",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.northwind.example",
            "",
            f"Final-Recipient: rfc822; {recipient}",
            f"Action: {action}",
            f"Status: {status}",
            f"Diagnostic-Code: smtp; {said}",
            "",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            f"Message-ID: {original.message_id}",
            f"Subject: {original.subject}",
            "--b--",
            "",
        ]
    ).encode()


@dataclass
class PostBox:
    """One mailbox of the desk under test: what arrives in it, and what leaves by it."""

    desk: TestDesk
    mailbox: Mailbox
    parse: Parse = parse_here
    uidvalidity: int = 7
    _uids: Iterable[int] = field(default_factory=lambda: count(1))
    ledger: Ledger = field(init=False)
    intake: Intake = field(init=False)

    def __post_init__(self) -> None:
        self.intake = Intake(self.desk.desk, self.parse)
        gather = Together(self.desk.desk, self.intake.ahead).gather
        self.ledger = Ledger(
            self.desk.desk, self.intake.understand, Alarms(self.desk.desk).intake_failed, gather=gather
        )

    @property
    def folder(self) -> Folder:
        return Folder(mailbox=self.mailbox.id, name="INBOX", uidvalidity=self.uidvalidity)

    async def store(self, raw: bytes, *, truncated: bool = False) -> int:
        """Fetched and committed, not understood yet; answers the row."""
        mail = FetchedMail(
            uid=next(iter(self._uids)), raw=raw, size=len(raw) * (2 if truncated else 1), internal_date=None,
            truncated=truncated,
        )  # fmt: skip
        return (await self.ledger.store(self.folder, [mail]))[0]

    async def receive(self, raw: bytes) -> InboundEmail:
        """Fetched, committed, understood; answers the row with its outcome."""
        row = await self.store(raw)
        await self.ledger.handle(row)
        return await InboundEmail.get(id=row)

    async def receive_all(self, raws: Sequence[bytes], *, together: bool) -> list[InboundEmail]:
        """One batch, as the intake hands it over; `together` lets the ledger take several at once."""
        uids = [next(iter(self._uids)) for _ in raws]
        mails = [
            FetchedMail(uid=uid, raw=raw, size=len(raw), internal_date=None)
            for uid, raw in zip(uids, raws, strict=True)
        ]
        rows = await self.ledger.store(self.folder, mails)
        place = 0
        while place < len(rows):
            place += await self.ledger.handle_some(rows[place:] if together else rows[place : place + 1])
        return await InboundEmail.filter(id__in=rows).order_by("id")

    async def deliver(self, server_port: int) -> None:
        """Send everything that is due by the SMTP server at this port, to its end."""
        await Mailbox.filter(id=self.mailbox.id).update(smtp_port=server_port)
        outbox = DatabaseOutbox(self.desk.desk, tell_case, Alarms(self.desk.desk).sending_paused)
        delivery = Delivery(outbox=outbox, worker="one", clock=self.desk.clock, chance=lambda: 0.0)
        while await delivery.run_once():
            pass
        await delivery._close_all()

    async def deliver_later(self, server_port: int, **span: float) -> None:
        """As `deliver`, some time from now."""
        self.desk.clock.now += timedelta(**span)
        await self.deliver(server_port)


async def a_post_box(desk: TestDesk, address: str = HELP, **more: Any) -> PostBox:
    return PostBox(desk, await a_mailbox(desk, address, **more))


async def sent(*, kind: str | None = None) -> list[OutboundEmail]:
    """The rows of the outbox, the oldest first."""
    rows = await OutboundEmail.all().order_by("id")
    return [row for row in rows if kind is None or row.kind == kind]


def read(raw: bytes) -> EmailMessage:
    """A message as the customer's mail program reads it."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage), "the default policy makes EmailMessages"
    return message
