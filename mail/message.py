"""What a received e-mail says, as frozen values without any trace of MIME."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox as written in a header: the address without brackets, and the name beside it (may be empty)."""

    email: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is kept as a file. `filename` is safe to show and store: no path, no control characters, never empty.

    `inline` is true for a picture that the HTML body shows through `cid:` + `content_id`. `sealed` is true for what
    only the key of the recipient opens, and for what stands beside it for programs: no file that anybody attached.
    """

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str | None = None
    inline: bool = False
    sealed: bool = False

    @property
    def size(self) -> int:
        """Size of the decoded content in bytes."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is named in an invitation; `answer` is accepted, declined, tentative, delegated, needs-action or empty."""

    email: str
    name: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event of a calendar file. Moments are in UTC; `end` is the moment after the last (RFC 5545 3.6.1).

    `method` is request, cancel, reply, publish, counter … (RFC 5546). An `all_day` event lasts whole days; a `floating`
    one names no zone: its hours are meant wherever one is.
    """

    method: str
    uid: str
    summary: str
    start: datetime | None
    end: datetime | None
    all_day: bool = False
    floating: bool = False
    location: str = ""
    organizer: Guest | None = None
    guests: tuple[Guest, ...] = ()
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """What is known of an S/MIME signature: `state` is intact, broken, or unchecked (a kind that is not understood).

    Intact means that the words are those that somebody with the certificate's key signed. `expired` means that the
    certificate did not hold at the date of the message; `matches_sender`, that it bears the address in From.
    """

    state: str
    signer: str = ""
    addresses: tuple[str, ...] = ()
    matches_sender: bool = False
    not_before: datetime | None = None
    not_after: datetime | None = None
    expired: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says about mail that we (or somebody else) sent.

    `action` is `failed`, `delayed`, `delivered` or `complaint`; `statuses` are enhanced status
    codes (RFC 3463) beside the
    recipient of the same position where the report tells them apart; `permanent` is true when the
    address is known dead.
    """

    action: str
    recipients: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    original_message_id: str | None = None
    diagnostic: str = ""

    @property
    def permanent(self) -> bool:
        """True if the report names a permanent failure (class 5)."""
        return self.action == "failed" and any(status.startswith("5") for status in self.statuses)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a mail at its reader's (RFC 8098): `read` (displayed, printed, passed on) or `unread` (deleted).

    `original_message_id` names the mail; it is empty where the report does not say.
    """

    action: str
    recipient: str = ""
    original_message_id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """An e-mail as the desk understands it. All text is free of NUL and control characters (but newline and tab).

    `key` names the message: its Message-ID, or a digest of the raw bytes where there is none (RFC
    5322 3.6.4 makes it optional).
    `text` is everything a reader would see; `reply_text` is what the person newly wrote, without quotes and signature.
    `html` is safe to show: sanitised, remote pictures kept back in `data-remote-src`, `cid:` pictures left in place.
    `date` is what the sender's clock said, in UTC; the desk's own clock counts for everything that matters.
    """

    key: str
    message_id: str | None
    subject: str
    from_: Address | None
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    reply_text: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    is_auto: bool = False
    is_bounce: bool = False
    is_delay: bool = False
    is_complaint: bool = False
    must_not_autoreply: bool = False
    auto_reasons: tuple[str, ...] = ()
    bounce: Bounce | None = None
    receipt: Receipt | None = None
    security: tuple[str, ...] = ()
    signature: Signature | None = None
    invitations: tuple[Invitation, ...] = ()
    warnings: tuple[str, ...] = ()
    size: int = 0

    def header(self, name: str) -> str:
        """The first value of one of the kept headers (any case), or an empty string."""
        values = self.headers.get(name.lower(), ())
        return values[0] if values else ""
