"""Reads bounces that mail servers write in plain words: who could not be reached, why, and where
the returned mail begins."""

from __future__ import annotations

import re
from collections.abc import Collection

from . import words

_READ = 60_000  # characters; the reason stands at the top, the returned message may follow for megabytes

# Enhanced status codes (RFC 3463). All quantifiers are bounded, so that matching is linear.
_STATUS = re.compile(r"(?<![\d.\w])([245]\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
_REPLY = re.compile(r"(?<![\d.\w-])([45][0-5]\d)(?:[ :-]|$)")

_ORIGINAL = words.read("original_marks")
_HEADER_NAMES = ("return-path:", "received:", "message-id:", "date:", "from:", "to:", "subject:", "mime-version:",
"content-type:",
                 "x-mailer:", "dkim-signature:", "delivered-to:", "x-originating-ip:", "reply-to:",
                 "sender:")  # fmt: skip

_UNDELIVERED = words.read("undelivered_text")
_DELAY = words.read("delay")
_FINAL = ("permanent", "gave up", "given up", "giving up", "could not be delivered for 5 days", "will be deleted",
"undeliverable",
          "delivery failed", "has been removed", "endgültig", "returned to sender", "fatal error",
          "unable to deliver")  # fmt: skip

# Words beside an address that show who could not be reached, and those that show somebody else.
_ABOUT = ("rcpt to", "recipient", "unknown", "undeliver", "failed", "deliver", "rejected", "no such", "mailbox",
"not found", "does not",
          "doesn't", "disabled", "user", "error", "550", "551", "552", "553", "554", "450", "452", "5.1.", "5.2.",
          "unable", "address",
          "empfänger", "destinataire", "destinatario", "получател", "宛先", "受信者")  # fmt: skip
_NOT_ABOUT = ("contact", "e-mail to", "email to", "send mail", "forward", "assistance", "help", "message-id",
"questions", "sender:",
              "mail from", "return-path", "reply-to", "message from", "sent by", "from:", "from <", "abuse@",
              "support@", "reference",
              "wenden", "contacter", "http")  # fmt: skip
_ROLES = ("mailer-daemon", "postmaster", "abuse", "support", "helpdesk", "hostmaster", "noc", "mailmaster")


def before_original(text: str) -> str:
    """The part that the mail server wrote, up to where the returned message begins."""
    return "\n".join(_lines(text)[: _original_line(_lines(text))])


def original_head(text: str) -> str:
    """The headers of the returned message that follow in the text, or an empty string."""
    lines = _lines(text)
    start = _original_line(lines)
    while start < len(lines) and not lines[start].lower().startswith(_HEADER_NAMES):
        start += 1
    end = start
    while end < len(lines) and lines[end].strip():
        end += 1
    return "\n".join(lines[start:end])


def _lines(text: str) -> list[str]:
    return text[:_READ].split("\n")


def _original_line(lines: list[str]) -> int:
    """The number of the line where the returned message begins, or the number of lines."""
    for number, line in enumerate(lines):
        lowered = line.lower()
        if lowered.startswith(("return-path: ", "received: from", "received: by", "dkim-signature: ")):
            return number
        if any(mark in lowered for mark in _ORIGINAL) and _headers_follow(lines, number + 1):
            return number
        if lowered.startswith(("message-id:", "from:", "subject:", "date:")) and _headers_follow(
            lines, number, needed=3
        ):
            return number
    return len(lines)


def _headers_follow(lines: list[str], start: int, *, needed: int = 2) -> bool:
    seen = 0
    for line in lines[start : start + 14]:
        if line.lower().lstrip("> ").startswith(_HEADER_NAMES):
            seen += 1
    return seen >= needed


def statuses(text: str) -> list[str]:
    """Enhanced status codes named in the text (RFC 3463), in order, once each."""
    return list(dict.fromkeys(_STATUS.findall(text[:_READ])))


def written_statuses(text: str) -> list[str]:
    """Status codes in a mail server's own words: only beside a reply code or a word of failure, for
    versions look alike."""
    found: dict[str, None] = {}
    for line in _lines(text):
        for match in _STATUS.finditer(line[:2_000]):
            around = line[max(0, match.start() - 60) : match.start()]
            if (
                _REPLY.search(line[:2_000])
                or "#" in around
                or not around.strip(" \t-(#<:")
                or any(word in line.lower() for word in ("status", "dsn", "error", "reason", "said", "reject"))
            ):
                found.setdefault(match.group(1))
    return list(found)


def is_delay(text: str) -> bool:
    """True if the words say that delivery is still being tried."""
    lowered = text.lower()
    return any(phrase in lowered for phrase in _DELAY) and not any(phrase in lowered for phrase in _FINAL)


def diagnostic(text: str) -> str:
    """The line that says why, for a person: the first with an SMTP reply code or an enhanced status code."""
    for line in _lines(text):
        if _STATUS.search(line[:2_000]) or _REPLY.search(line[:2_000]):
            return " ".join(line.split())[:500]
    return ""


def recipients(text: str, unlikely: Collection[str], *, sure: bool = False) -> list[str]:
    """Addresses that the mail server says it could not reach; with `sure` only those listed plainly.

    An address at the start of a line counts most (every free-text format lists them so), then one
    beside words of failure.
    `unlikely` (lower case) are the writer and the reader of the report: they need better evidence than others.
    """
    scores: dict[str, int] = {}
    lines = before_original(text).split("\n")
    for number, line in enumerate(lines[:400]):
        lowered = line.lower()
        if "@" not in line:
            continue
        stripped = line.lstrip(" \t<*->\"'")
        for email in _emails(line[:1_000]):
            key = email.lower()
            if key.partition("@")[0] in _ROLES:
                continue
            score = -2 if key in unlikely else 1
            if stripped.lower().startswith(key):
                score += 3 if len(stripped) - len(key) < 4 or stripped[len(key)] in ">:. (,;" else 1
            if any(word in lowered for word in _ABOUT) or any(phrase in lowered for phrase in _UNDELIVERED):
                score += 2
            before, after = (
                lines[number - 1].lower() if number else "",
                lines[number + 1].lower() if number + 1 < len(lines) else "",
            )
            if any(word in before or word in after for word in _ABOUT):
                score += 1
            if any(word in lowered for word in _NOT_ABOUT):
                score -= 3
            scores[email] = max(scores.get(email, 0), score)
    best = max(scores.values(), default=0)
    if sure:
        least = 4
    elif sum(score > 0 for score in scores.values()) == 1:
        least = 1  # the only address there is
    else:
        least = min(4, max(2, best - 1))
    return [email for email, score in sorted(scores.items(), key=lambda item: -item[1]) if score >= least]


_AROUND = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-/=?^_`{|}~")


def _emails(line: str) -> list[str]:
    """Words with an @ between letters, cut out of whatever stands around them."""
    found: list[str] = []
    position = line.find("@")
    while position != -1:
        start = position
        if start and line[start - 1] == '"':
            start = max(line.rfind('"', 0, start - 1), 0)
        else:
            while start and (line[start - 1] in _AROUND or line[start - 1] > "\x7f") and position - start < 65:
                start -= 1
        end = position + 1
        while end < len(line) and (line[end].isalnum() or line[end] in ".-_") and end - position < 255:
            end += 1
        local = line[start:position].lstrip("'=:.`/").removeprefix("mailto:")
        domain = line[position + 1 : end].strip(".-_")
        if local and "." in domain and not domain.replace(".", "").isdigit():
            found.append(f"{local}@{domain}")
        position = line.find("@", end if end > position else position + 1)
    return found
