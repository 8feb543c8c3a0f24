"""Understands a raw e-mail: bytes in, one frozen `Message` out, whatever the bytes are."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from typing import TypeVar

from . import automatic, bodies, bounces, dates, headers, html, html_text, quoting, security, spam
from .addresses import parse_addresses
from .charsets import tidy
from .errors import ParseRefused
from .invitations import invitations
from .message import Address, Message
from .oddities import oddity
from .signatures import signature_of
from .structure import Limits, Part, normalise, read_head

log = logging.getLogger("casefeed.mail.parsing")

DEFAULT_LIMITS = Limits()
_BEGINNING = 64 * 1024  # bytes of a refused message in which its sender and subject are looked for
MAXIMUM_TEXT = (
    1_000_000  # characters of body that are read; what is longer is cut with a warning, the raw bytes stay whole
)

# Header fields that later steps or people ask for; the raw bytes keep all.
KEPT_HEADERS = frozenset({
    "received", "return-path", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "auto-submitted",
    "precedence",
    "list-id", "list-post", "list-unsubscribe", "list-unsubscribe-post", "feedback-id", "x-auto-response-suppress",
    "x-autoreply",
    "x-autorespond", "x-loop", "x-mailer", "user-agent", "authentication-results", "arc-authentication-results",
    "received-spf",
    "dkim-signature", "x-spam-flag", "x-spam-status", "x-spam-score", "x-spam-level", "x-spamd-result",
    "x-rspamd-action",
    "x-microsoft-antispam", "x-forefront-antispam-report", "x-ms-exchange-organization-scl", "importance", "priority",
    "x-priority",
    "x-msmail-priority", "content-language", "thread-index", "thread-topic", "x-forwarded-to", "x-forwarded-for",
    "resent-from",
    "resent-to", "disposition-notification-to", "content-type", "x-failed-recipients", "x-github-reason",
    "x-casefeed-case",
    "x-casefeed-loop", "organization",
}) | spam.HEADERS  # fmt: skip
_MAXIMUM_PER_HEADER = 60  # values kept of one field; loops show in `Received` long before

T = TypeVar("T")


def parse(raw: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Message:
    """The message in `raw`. Raises only `ParseRefused`.

    Every step is guarded on its own: one that fails leaves its field empty and a warning, so that
    no oddity hides the rest.
    Time is linear in the size; `limits` bound size, depth and number of parts. No network, no clock, no state.
    """
    if len(raw) > limits.size:
        raise ParseRefused("too_large", f"{len(raw)} bytes, {limits.size} allowed")
    try:
        return _Reading(bytes(raw), limits).message()
    except ParseRefused:
        raise
    except Exception as error:  # the last net: a fault of ours must quarantine one message, not stop the mailbox
        log.exception("parsing failed")
        raise ParseRefused("internal", f"{type(error).__name__}: {error}"[:300]) from error


def sender_and_subject(raw: bytes) -> tuple[str, str]:
    """Who a message that was refused names as its author, and its subject; "" for what cannot be told.

    Reads the beginning of the head alone, so that what refused the message as a whole is not met. Never raises.
    """
    source = normalise(raw[:_BEGINNING])
    try:
        fields, body_start = read_head(source, 0, len(source), DEFAULT_LIMITS)
        part = Part(source, 0, len(source), fields, body_start)
        from_ = _from(part)
        return from_.email if from_ else "", headers.text(part.field("subject"))
    except Exception as error:  # what is odd enough to be refused may be odd here too, and waits in quarantine
        log.warning("head not read: %s", type(error).__name__)
        return "", ""


class _Reading:
    """The steps of reading one message, with the warnings they leave."""

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.raw = raw
        self.limits = limits
        self.source = normalise(raw)
        self.warnings: list[str] = []
        self.sanitised: dict[str, str | None] = {}  # most messages show the same HTML that their text is made from

    def step(self, name: str, action: Callable[[], T], otherwise: T) -> T:
        try:
            return action()
        except ParseRefused:
            raise
        except Exception as error:
            log.warning("step %s failed: %s", name, type(error).__name__, exc_info=True)
            self.warnings.append(oddity("step_failed", f"{name}, {type(error).__name__}"))
            return otherwise

    def message(self) -> Message:
        root = bodies.read_tree(self.source, self.limits)
        part = root.part
        outcome = self.step("body", lambda: bodies.sort_parts(root), bodies.Sorted())
        self.warnings += outcome.warnings
        safe_html = self.step("html", lambda: self._html(outcome.segments), None)
        text = self.step("text", lambda: self._text(outcome.segments), "")
        from_ = self.step("from", lambda: _from(part), None)
        subject = self.step("subject", lambda: headers.text(part.field("subject")), "")
        ids: tuple[str, ...] = self.step(
            "message-id", lambda: headers.message_ids(part.all("message-id")[:1]), tuple[str, ...]()
        )
        suspicious = self.step("suspicion", lambda: automatic.may_report(part, subject, from_), True)
        report = self.step(
            "report", lambda: bounces.read_report(root, text, self.limits, suspicious=suspicious), bounces.NOTHING
        )
        kept: dict[str, tuple[str, ...]] = self.step("headers", lambda: _kept(part), dict[str, tuple[str, ...]]())
        verdict = self.step(
            "automatic",
            lambda: automatic.judge(part, subject=subject, text=text, from_=from_, report=report),
            automatic.UNKNOWN,
        )
        date = self.step("date", lambda: dates.read_date(part.field("date")), None)
        return Message(
            key=ids[0] if ids else digest_key(self.raw),
            message_id=ids[0] if ids else None,
            subject=subject,
            from_=from_,
            sender=self.step("sender", lambda: _first(parse_addresses(part.all("sender"))), None),
            reply_to=self.step("reply-to", lambda: parse_addresses(part.all("reply-to")), ()),
            to=self.step("to", lambda: parse_addresses(part.all("to")), ()),
            cc=self.step("cc", lambda: parse_addresses(part.all("cc")), ()),
            date=date,
            in_reply_to=self.step("in-reply-to", lambda: headers.message_ids(part.all("in-reply-to")), ()),
            references=self.step("references", lambda: headers.message_ids(part.all("references")), ()),
            text=text,
            reply_text=self.step("reply", lambda: quoting.newly_written(text), text),
            html=safe_html,
            attachments=tuple(outcome.files),
            headers=kept,
            is_auto=verdict.is_auto,
            is_bounce=verdict.is_bounce,
            is_delay=verdict.is_delay,
            is_complaint=verdict.is_complaint,
            must_not_autoreply=verdict.must_not_autoreply,
            auto_reasons=verdict.reasons,
            bounce=report.bounce if verdict.is_bounce or verdict.is_complaint or report.kind == "receipt" else None,
            receipt=report.receipt,
            security=self.step("security", lambda: security.marks(root), ()),
            signature=self.step("signature", lambda: signature_of(root, from_.email if from_ else "", date), None),
            invitations=self.step("invitations", lambda: invitations(outcome.files), ()),
            warnings=tuple(dict.fromkeys(self.warnings))[:50],
            size=len(self.raw),
        )

    def _html(self, segments: list[bodies.Segment]) -> str | None:
        if not any(segment.html and segment.html.strip() for segment in segments):
            return None
        whole = "<br>".join(
            segment.html if segment.html is not None else html_text.text_to_html(segment.plain or "")
            for segment in segments
        )
        safe = self._sanitise(whole)
        if safe is None:
            self.warnings.append(oddity("html_unshown"))
        return safe

    def _sanitise(self, source: str) -> str | None:
        if source not in self.sanitised:
            self.sanitised[source] = html.sanitise(source)
        return self.sanitised[source]

    def _text(self, segments: list[bodies.Segment]) -> str:
        pieces = [self._segment_text(segment) for segment in segments]
        text = "\n\n".join(piece for piece in pieces if piece.strip())
        if len(text) > MAXIMUM_TEXT:
            self.warnings.append(oddity("text_cut"))
            text = text[:MAXIMUM_TEXT]
        return tidy(text).strip("\n")

    def _segment_text(self, segment: bodies.Segment) -> str:
        """The plain version, unless the HTML version (which people are shown) says more than the
        sender's program put into it."""
        plain = (segment.plain or "").strip("\n")
        if not segment.html or not segment.html.strip():
            return plain
        safe = self._sanitise(segment.html)
        shown = html_text.to_text(safe) if safe is not None else html_text.strip_tags(segment.html)
        return plain if plain.strip() and not _says_more(shown, plain) else shown


_MISSING_WORDS = 3  # words of HTML that may be absent from the plain version: names of links and pictures


def _says_more(shown: str, plain: str) -> bool:
    words = frozenset(_words(plain))
    missing = {word for word in _words(shown) if word not in words}
    return len(missing) > _MISSING_WORDS


_WORD = re.compile(r"\w{3,}")


def _words(text: str) -> list[str]:
    return _WORD.findall(text[:100_000].lower())


def digest_key(raw: bytes) -> str:
    """The key of a message without Message-ID: a digest of its bytes, so that the same bytes are
    always the same message."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _first(addresses: tuple[Address, ...]) -> Address | None:
    return addresses[0] if addresses else None


def _from(part: Part) -> Address | None:
    """The author (RFC 5322 3.6.2); where From is missing or unreadable, whoever the message names as sender or to be
    answered."""
    for name in ("from", "sender", "reply-to", "x-sender", "resent-from"):
        if found := parse_addresses(part.all(name)):
            return found[0]
    # A local mail server signs as "MAILER-DAEMON (Mail Delivery System)", without a domain.
    words = headers.text(part.field("from")).replace("<", " ").replace(">", " ")
    name, _, rest = (
        words.strip().partition(" ")
        if "(" in words
        else (words.strip().rpartition(" ")[2], "", words.strip().rpartition(" ")[0])
    )
    return Address(name, rest.strip(' ()"')) if name.lower() in automatic.DAEMONS else None


def _kept(part: Part) -> dict[str, tuple[str, ...]]:
    kept: dict[str, tuple[str, ...]] = {}
    for name, value in part.fields:
        if name in KEPT_HEADERS and len(kept.get(name, ())) < _MAXIMUM_PER_HEADER:
            kept[name] = (*kept.get(name, ()), headers.text(value)[:2_000])
    return kept


def parse_headers(raw: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Part:
    """Only the header fields of a message, for steps that need no body. Raises `ParseRefused` past the limits."""
    source = normalise(raw)
    fields, body_start = read_head(source, 0, len(source), limits)
    return Part(source, 0, len(source), fields, body_start)
