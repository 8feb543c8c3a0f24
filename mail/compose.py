"""Writes an outgoing message from plain values: the same values always give the same bytes.

Ids and the moment are handed in, so that every attempt to send a message carries the same Message-ID and Date.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum

from mail.errors import ComposeRefused
from mail.message import Address
from mail.mime import Headers, encode_name, encode_text, file_part, fold, header_block, multipart, one_line, text_part

MOST_REFERENCES = 20
"""Message-IDs in References; mail programs look at the first and the last ones, and servers limit header sizes."""

_MESSAGE_ID = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
_LOCAL = re.compile(r'[^\s<>()\[\]:;,"\\@\x00-\x20\x7f]{1,64}')
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f.:IPv]+\]")


class Automatic(StrEnum):
    """Who wrote the message (RFC 3834, section 5): a person, the desk by itself, or the desk answering a mail."""

    NO = "no"
    GENERATED = "auto-generated"
    REPLIED = "auto-replied"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file to send along. With a `content_id` it is a picture that the HTML shows through `cid:`."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything a message says. `reply_to` is the signed address by which an answer finds its case.

    `references` is the whole chain of Message-IDs before this one, oldest first; `in_reply_to` is its last link unless
    given. `topic` is the first subject of the conversation without Re:, for Outlook. `unsubscribe` is an https or
    mailto address (RFC 2369; RFC 8058 where it is https).
    """

    message_id: str
    date: datetime
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    subject: str
    text: str
    html: str | None = None
    files: tuple[OutgoingFile, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    topic: str = ""
    automatic: Automatic = Automatic.NO
    language: str = ""
    unsubscribe: str = ""


def compose(draft: Draft) -> bytes:
    """The message as bytes with CRLF line ends, ready for SMTP. Raises ComposeRefused."""
    if not draft.to and not draft.cc:
        raise ComposeRefused("to", "The message has no recipient.")
    if draft.date.tzinfo is None:
        raise ComposeRefused("date", "The moment of the message has no time zone.")
    if not _MESSAGE_ID.fullmatch(draft.message_id):
        raise ComposeRefused("message_id", f"{draft.message_id!r} is no Message-ID.")
    headers: Headers = [
        ("Date", format_datetime(draft.date)),
        ("From", _addresses("From", [draft.sender])),
        ("To", _addresses("To", draft.to) if draft.to else "undisclosed-recipients:;"),
    ]
    if draft.cc:
        headers.append(("Cc", _addresses("Cc", draft.cc)))
    if draft.reply_to is not None:
        headers.append(("Reply-To", _addresses("Reply-To", [draft.reply_to])))
    headers += [("Subject", encode_text("Subject", draft.subject)), ("Message-ID", draft.message_id)]
    headers += _threading(draft)
    if draft.topic:
        headers.append(("Thread-Topic", encode_text("Thread-Topic", draft.topic)))
    headers += _automatic(draft)
    if draft.language:
        headers.append(("Content-Language", one_line(draft.language)))
    content_headers, body = _content(draft)
    return header_block([*headers, ("MIME-Version", "1.0"), *content_headers]) + b"\r\n" + body


def message_id(unique: str, domain: str) -> str:
    """A Message-ID from something unique (an id and a random word, handed in) and the mailbox's domain."""
    local = re.sub(r"[^A-Za-z0-9.=_-]", "", unique).strip(".")
    host = _ascii(domain)
    if not local or not _DOMAIN.fullmatch(host):
        raise ComposeRefused("message_id", f"{unique!r} at {domain!r} makes no Message-ID.")
    return f"<{local}@{host}>"


def trimmed_references(chain: Sequence[str]) -> tuple[str, ...]:
    """The chain without repetitions and without what is no Message-ID; a long one keeps its first and its last links.

    RFC 5322, section 3.6.4. Gmail threads by any link, Outlook by the first, Apple Mail by the last.
    """
    links = [link for link in dict.fromkeys(chain) if _MESSAGE_ID.fullmatch(link) and len(link) < 500]
    if len(links) > MOST_REFERENCES:
        links = [links[0], *links[-(MOST_REFERENCES - 1) :]]
    return tuple(links)


def envelope_address(address: Address) -> str:
    """The address as SMTP commands want it, its domain in punycode. Raises ComposeRefused for what is none."""
    return _address_part("recipient", address)


def _threading(draft: Draft) -> Headers:
    links = trimmed_references(draft.references)
    answered = trimmed_references([draft.in_reply_to]) or links[-1:]
    if answered and answered[0] not in links:
        links = trimmed_references([*links, *answered])
    headers: Headers = [("In-Reply-To", answered[0])] if answered else []
    return [*headers, ("References", fold("References", links, " "))] if links else headers


def _automatic(draft: Draft) -> Headers:
    headers: Headers = []
    if draft.automatic is not Automatic.NO:
        headers += [
            ("Auto-Submitted", draft.automatic.value),
            # Everything but NDR: a notice that cannot be delivered must come back as a bounce.
            ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
            ("Precedence", "bulk"),
        ]
    if draft.unsubscribe:
        link = one_line(draft.unsubscribe).replace(" ", "%20").strip("<>")
        if not link.startswith(("https://", "mailto:")):
            raise ComposeRefused("unsubscribe", "The address for unsubscribing begins with neither https nor mailto.")
        headers.append(("List-Unsubscribe", f"<{link}>"))
        if link.startswith("https://"):
            headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return headers


def _content(draft: Draft) -> tuple[Headers, bytes]:
    """mixed( related( alternative( text, html ), pictures ), files ), without the layers that have nothing to hold."""
    seed = hashlib.sha256(draft.message_id.encode("utf-8")).hexdigest()[:24]
    inline = [file for file in draft.files if file.content_id and draft.html is not None]
    attached = [file for file in draft.files if file not in inline]
    part = text_part("plain", draft.text)
    if draft.html is not None:
        part = multipart("alternative", f"=_a{seed}", [part, text_part("html", draft.html)])
    if inline:
        pictures = [
            file_part(file.filename, file.content_type, file.content, content_id=file.content_id, inline=True)
            for file in inline
        ]
        part = multipart("related", f"=_r{seed}", [part, *pictures])
    if attached:
        files = [file_part(file.filename, file.content_type, file.content) for file in attached]
        part = multipart("mixed", f"=_m{seed}", [part, *files])
    return part


def _addresses(name: str, addresses: Sequence[Address]) -> str:
    written = []
    for address in addresses:
        part = _address_part(name, address)
        written.append(f"{encode_name(address.name)} <{part}>" if one_line(address.name) else part)
    return fold(name, written, ", ")


def _address_part(name: str, address: Address) -> str:
    local, at, domain = address.email.strip().rpartition("@")
    host = _ascii(domain)
    plausible = not local.startswith(".") and not local.endswith(".") and ".." not in local
    if not at or not plausible or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(host):
        raise ComposeRefused(name.lower(), f"{one_line(address.email)!r} is no e-mail address.")
    return f"{local}@{host}"


def _ascii(domain: str) -> str:
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
