"""What a mailbox's own spam filter wrote into the header of a mail. Only filters that somebody chose are believed.

Of a field that occurs more than once the first counts: the receiving server writes on top, a sender below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

Headers = Mapping[str, tuple[str, ...]]
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,6})?")
_RSPAMD = re.compile(r"\[\s*(-?\d{1,6}(?:\.\d+)?)\s*/\s*(-?\d{1,6}(?:\.\d+)?)\s*\]")
SCL_IS_SPAM = 5  # Exchange: 5 and 6 are spam, 7 to 9 surely
FOREFRONT_SPAM = frozenset({"SPM", "HSPM", "PHSH", "HPHISH", "HPHSH", "MALW", "SPOOF", "BULK"})


@dataclass(frozen=True, slots=True)
class SpamVerdict:
    """`filter` is a name of FILTERS, `said` the words of the header that decided, for people to read."""

    spam: bool
    filter: str
    said: str


def spam_verdict(headers: Headers, *, believed: Collection[str], server: str = "") -> SpamVerdict | None:
    """What the first of the `believed` filters that spoke has found; None if none did. One that says spam outweighs
    the others. With a `server`, filters that name theirs are believed only for that one."""
    found = [
        SpamVerdict(said[0], name, said[1])
        for name, read in FILTERS.items()
        if name in believed and (said := read(headers, server.strip().lower())) is not None
    ]
    return next((one for one in found if one.spam), found[0] if found else None)


Said = tuple[bool, str]


def _spamassassin(headers: Headers, server: str) -> Said | None:
    version = _first(headers, "x-spam-checker-version")
    if server and version and not version.lower().rstrip().endswith(f" on {server}"):
        return None
    flag, status = _first(headers, "x-spam-flag"), _first(headers, "x-spam-status")
    said = status or flag
    if not said:
        return None
    return _yes(flag) or _yes(status), f"X-Spam-{'Status' if status else 'Flag'}: {said}"


def _rspamd(headers: Headers, server: str) -> Said | None:
    named = _first(headers, "x-rspamd-server").lower()
    if server and named and named != server:
        return None
    action = _first(headers, "x-rspamd-action").lower()
    if action:
        spam = action in ("add header", "rewrite subject", "reject", "soft reject", "quarantine")
        return spam, f"X-Rspamd-Action: {action}"
    if flag := _first(headers, "x-spam"):
        return _yes(flag), f"X-Spam: {flag}"
    result = _first(headers, "x-spamd-result")
    if not result:
        return None
    score = _RSPAMD.search(result)
    over = score is not None and float(score[1]) >= float(score[2])
    word = result.partition(":")[2].strip().lower()
    return over or word.startswith("true"), f"X-Spamd-Result: {result[:100]}"


def _exchange(headers: Headers, server: str) -> Said | None:
    report = _first(headers, "x-forefront-antispam-report")
    fields = dict(part.strip().partition(":")[::2] for part in report.split(";"))
    if fields.get("SFV") in ("SKA", "SKN", "SFE"):  # an administrator or the reader let it through
        return False, f"SFV:{fields['SFV']}"
    verdict = fields.get("CAT", "").upper(), fields.get("SFV", "").upper()
    if FOREFRONT_SPAM & set(verdict) or "SKS" in verdict:
        return True, f"X-Forefront-Antispam-Report: CAT:{verdict[0]}; SFV:{verdict[1]}"
    scl = _first(headers, "x-ms-exchange-organization-scl") or fields.get("SCL", "")
    number = _NUMBER.match(scl.strip())
    if number is None:
        return None
    return float(number[0]) >= SCL_IS_SPAM, f"SCL {number[0]}"


def _barracuda(headers: Headers, server: str) -> Said | None:
    status = _first(headers, "x-barracuda-spam-status")
    return (_yes(status), f"X-Barracuda-Spam-Status: {status[:100]}") if status else None


def _google(headers: Headers, server: str) -> Said | None:
    if flag := _first(headers, "x-gm-spam"):
        return flag.strip() == "1", f"X-Gm-Spam: {flag}"
    labels = _first(headers, "x-gmail-labels")
    return ("spam" in re.split(r"[,;\s]+", labels.lower()), f"X-Gmail-Labels: {labels}") if labels else None


def _proofpoint(headers: Headers, server: str) -> Said | None:
    details = _first(headers, "x-proofpoint-spam-details")
    if not details:
        return None
    spam = any(word in details.lower() for word in ("rule=spam", "rule=phish", "rule=malware"))
    return spam, f"X-Proofpoint-Spam-Details: {details[:100]}"


def _dmarc(headers: Headers, server: str) -> Said | None:
    """A sender's domain that asks to refuse what is not signed by it (RFC 7489); believed only from a named server."""
    results = headers.get("authentication-results", ())
    mine = next((one for one in results if one.partition(";")[0].split(" ")[0].strip().lower() == server), "")
    found = re.search(r"\bdmarc=(\w+)(?:\s*\(([^)]{0,200})\))?", mine.lower()) if server else None
    if found is None:
        return None
    strict = any(word in (found[2] or "") for word in ("reject", "quarantine"))
    return found[1] == "fail" and strict, f"dmarc={found[1]} ({found[2] or ''})"


FILTERS: dict[str, Callable[[Headers, str], Said | None]] = {
    "spamassassin": _spamassassin,
    "rspamd": _rspamd,
    "exchange": _exchange,
    "barracuda": _barracuda,
    "google": _google,
    "proofpoint": _proofpoint,
    "dmarc": _dmarc,
}
"""Every filter that is understood, by the word that settings use."""

HEADERS = frozenset({
    "x-spam-checker-version", "x-spam-flag", "x-spam-status", "x-rspamd-server", "x-rspamd-action", "x-spam",
    "x-spamd-result", "x-forefront-antispam-report", "x-ms-exchange-organization-scl", "x-barracuda-spam-status",
    "x-gm-spam", "x-gmail-labels", "x-proofpoint-spam-details", "authentication-results",
})  # fmt: skip
"""The fields that are read; parsing keeps them."""


def _first(headers: Headers, name: str) -> str:
    values = headers.get(name, ())
    return " ".join(values[0].split())[:500] if values else ""


def _yes(value: str) -> bool:
    return value.strip().lower().startswith(("yes", "true"))
