"""Stores one mail about a case in the outbox, threaded so that every mail program shows one conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.bridges.addressing import Addressed
from app.bridges.intake import remember
from app.cases.events import CaseState
from app.database import Work
from app.desk import Desk
from app.mailboxes.models import Mailbox, MailReference, OutboundEmail
from mail.addresses import sign_reply_address
from mail.compose import message_id, trimmed_references


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMail:
    """A mail about a case before it has its place in the thread. `position` is the entry that it carries or tells of.

    `notice` names the event of what the desk writes by itself; it is empty for an agent's answer.
    """

    kind: str
    position: int
    subject: str
    sender_name: str
    text: str
    html: str
    topic: str = ""
    files: list[int] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    notice: str = ""
    unsubscribe: str = ""


async def store_mail(
    desk: Desk, work: Work, case: CaseState, addressed: Addressed, mail: CaseMail, *, held_by: str | None = None
) -> OutboundEmail:
    """The row of the outbox; one that a limit holds back waits until somebody releases it."""
    references = await MailReference.filter(case_id=case.case_id, message_key__startswith="<").order_by("id")
    row = mail_row(
        desk, work, case_id=case.case_id, mailbox=addressed.mailbox, to=addressed.to, to_name=addressed.contact.name,
        language=addressed.language, mail=mail, references=references, held_by=held_by,
    )  # fmt: skip
    await row.save(force_create=True)
    await remember(work, row.message_id, case.case_id, mail.position, "out")
    return row


def mail_row(
    desk: Desk,
    work: Work,
    *,
    case_id: int,
    mailbox: Mailbox,
    to: list[str],
    to_name: str,
    language: str,
    mail: CaseMail,
    references: Sequence[MailReference],
    held_by: str | None = None,
) -> OutboundEmail:
    """The same, not stored yet; `references` are the mails of the case so far, the oldest first."""
    received = [one.message_key for one in references if one.direction == "in"]
    content: dict[str, Any] = {
        "text": mail.text,
        "html": mail.html,
        "to": to,
        "to_name": to_name,
        "cc": mail.cc,
        "files": mail.files,
        "sender_name": mail.sender_name,
        "reply_to": sign_reply_address(mailbox.address, case_id, desk.keys.reply_address),
        "automatic": bool(mail.notice),
        "references": list(trimmed_references([one.message_key for one in references])),
        "in_reply_to": received[-1] if received else "",
        "language": language,
        "topic": mail.topic,
        "unsubscribe": mail.unsubscribe,
    }
    return OutboundEmail(
        mailbox_id=mailbox.id,
        case_id=case_id,
        position=mail.position,
        kind=mail.kind,
        notice=mail.notice,
        message_id=message_id(f"case{case_id}.{desk.token()}", mailbox.address.rpartition("@")[2]),
        recipients=[*to, *mail.cc],
        subject=mail.subject[:998],
        content=content,
        state="held" if held_by else "stored",
        held_by=held_by,
        created_at=work.now,
        due_at=None if held_by else work.now,
    )
