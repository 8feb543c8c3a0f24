"""What a notice about a case says: the desk's words or the built-in ones, filled in from the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.cases.models import Case
from app.desk import Desk
from app.mailboxes import templates
from app.mailboxes.case_values import values_of
from app.mailboxes.models import Mailbox, Template
from app.mailboxes.switches import unsubscribe_link
from app.mailboxes.wording import SWITCH_OFF, Wording, built_in
from app.people.models import Contact


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A notice as it is sent. `unsubscribe` is empty for a desk that is not reached by https (RFC 8058)."""

    subject: str
    text: str
    html: str
    unsubscribe: str


async def own_wording(event: str, language: str) -> Wording | None:
    """The words for an event as the desk has set them; None where the notice is switched off in this language."""
    own = await Template.get_or_none(event=event, language=language)
    if own is None:
        return built_in(event, language)
    return Wording(own.subject, own.body) if own.enabled else None


async def notice_text(
    desk: Desk, wording: Wording, *, case: Case, contact: Contact, language: str, mailbox: Mailbox | None
) -> NoticeText:
    """The words with everything filled in, the signature, and the way to switch such mails off."""
    values = await values_of(desk, case=case, contact=contact, language=language, mailbox=mailbox)
    return filled_in(desk, wording, values, contact_id=contact.id, language=language)


def filled_in(desk: Desk, wording: Wording, values: Mapping[str, str], *, contact_id: int, language: str) -> NoticeText:
    """The words with these values, signed, and with the way to switch such mails off."""
    link = unsubscribe_link(desk, contact_id)
    body = templates.fill(wording.body, values).strip()
    signature = "" if "{{signature}}" in wording.body else values["signature"]
    parts = [body, signature and f"-- \n{signature}", f"{SWITCH_OFF.get(language, SWITCH_OFF['en'])}\n{link}"]
    text = "\n\n".join(part for part in parts if part)
    return NoticeText(
        subject=templates.one_line(templates.fill(wording.subject, values))[:998],
        text=text,
        html=templates.as_html(text),
        unsubscribe=link if link.startswith("https://") else "",
    )
