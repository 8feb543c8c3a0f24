"""Mail at a post office that runs in the test's own loop: what came for an address, and writing to one."""

from __future__ import annotations

import aiosmtplib

from app.post_office import PostOffice
from mail.message import Message
from mail.parsing import parse


def mails_for(office: PostOffice, address: str) -> list[Message]:
    """What lies in the mailbox of an address, oldest first."""
    found = office.store.inbox(address)
    return [parse(office.store.inbox_raw(address, one.uid) or b"") for one in reversed(found)]


def written(*, sender: str, to: str, subject: str, text: str, message_id: str, **headers: str) -> bytes:
    """A plain mail as somebody's program sends it; `in_reply_to` and `references` are headers."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Message-ID: {message_id}"]
    lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return "\r\n".join([*lines, "", *text.splitlines(), ""]).encode()


async def post(port: int, raw: bytes, *, sender: str, to: str) -> None:
    """Hand a mail to an SMTP server on loopback."""
    await aiosmtplib.send(raw, sender=sender, recipients=[to], hostname="127.0.0.1", port=port, start_tls=False)
