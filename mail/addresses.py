"""Reads address headers (RFC 5322 3.4, with what is really sent) in one pass, and signs the desk's own reply
addresses."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from dataclasses import dataclass

from .charsets import decode, tidy
from .headers import decode_words, unfold
from .message import Address

MAXIMUM = 5_000  # addresses read from one header; the rest is counted as noise
_SPACE = " \t\r\n"


def parse_addresses(values: list[bytes]) -> tuple[Address, ...]:
    """Every address of the given header values, in order. Groups are flattened, names decoded,
    garbage without @ left out."""
    found: list[Address] = []
    for value in values:
        line = unfold(value)
        # Raw ISO-2022-JP shifts with "ESC ( B", whose bracket is no comment: such a value is decoded first.
        for item in _items(decode(line)[0] if b"\x1b" in line else line.decode("utf-8", "surrogateescape")):
            address = _address(item)
            if address is not None:
                found.append(address)
            if len(found) >= MAXIMUM:
                return tuple(found)
    return tuple(found)


def parse_address(value: bytes | str) -> Address | None:
    """The first address in a header value, or None."""
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    return next(iter(parse_addresses([value])), None)


@dataclass(slots=True)
class _Item:
    """One comma-separated piece, cut into what stood in brackets, in comments, and elsewhere."""

    phrase: str
    angle: str | None
    comment: str


def _items(line: str) -> list[_Item]:
    """Cuts at commas and semicolons outside quotes, comments and brackets; every character is looked at once."""
    items: list[_Item] = []
    phrase: list[str] = []
    comment: list[str] = []
    angle: list[str] | None = None
    state, depth = "text", 0
    closes_quote = line.rfind('"')
    closes_comment = line.rfind(")")
    last_angle_close = line.rfind(">")
    position, size = 0, len(line)
    at_sign = False  # in the phrase so far
    without_comment = 0  # up to here no comment ends within the brackets

    def finish() -> None:
        nonlocal angle, at_sign
        if phrase or comment or angle is not None:
            items.append(
                _Item(
                    "".join(phrase).strip(_SPACE), None if angle is None else "".join(angle), "".join(comment).strip()
                )
            )
        phrase.clear()
        comment.clear()
        angle, at_sign = None, False

    while position < size:
        char = line[position]
        if state == "quoted":
            if char == "\\" and position + 1 < size:
                phrase.append(line[position : position + 2])
                position += 1
            else:
                phrase.append(char)
                at_sign = at_sign or char == "@"
                if char == '"':
                    state = "text"
        elif state == "comment":
            if char == "\\" and position + 1 < size:
                position += 1
                comment.append(line[position])
            else:
                depth += (char == "(") - (char == ")")
                if depth == 0:
                    state = "text"
                else:
                    comment.append(char)
        elif state == "angle":
            if char == ">":
                state = "text"
            elif char == "<":  # the bracket before belonged to the name: "I <3 ovens <aino@…>"
                if angle and "@" not in angle:
                    phrase += ["<", *angle]
                angle = []
            elif char == "(" and position >= without_comment:
                closes = line.find(">", position)
                end = line.find(")", position, closes)
                if end != -1:
                    position = end
                elif angle is not None:
                    without_comment = closes
                    angle.append(char)
            elif angle is not None:
                angle.append(char)
        elif char == '"' and position < closes_quote:
            state = "quoted"
            phrase.append(char)
        elif char == "(" and position < closes_comment:
            state, depth = "comment", 1
        elif char == "<" and position < last_angle_close and not _inside_word(phrase):
            if angle is not None and "@" not in "".join(angle):
                phrase.append("".join(angle))
            state, angle = "angle", []
        elif char in ",;" and not _inside_word(phrase):
            finish()
        elif char == ":" and not at_sign and angle is None and not _inside_word(phrase):
            phrase.clear()  # the display name of a group
        else:
            phrase.append(char)
            at_sign = at_sign or char == "@"
        position += 1
    finish()
    return items


def _inside_word(phrase: list[str]) -> bool:
    """True within a raw encoded word, where senders leave commas bare."""
    tail = "".join(phrase[-90:])
    start = tail.rfind("=?")
    return start != -1 and tail.count("?", start + 2) < 3 and " " not in tail[start:]


def _address(item: _Item) -> Address | None:
    if item.angle is not None and (email := clean_email(item.angle)):
        name = _name(item.phrase.strip("<> ")) or _name(item.comment)
        return Address(email, "" if name.lower() == email.lower() else name)
    words = item.phrase.replace("<", " ").replace(">", " ")
    if words[:1] == '"' and (email := clean_email(words)) and words.rfind('"') < words.rfind("@"):
        return Address(email, _name(item.comment))
    candidates = [word.strip("\"'[]:;,") for word in words.split() if "@" in word.strip("@")]
    for candidate in reversed(candidates):
        if email := clean_email(candidate):
            name = _name(words.replace(candidate, " ").replace("[ ]", " ")) if len(words.split()) > 1 else ""
            return Address(email, name or _name(item.comment))
    if item.angle is None and item.comment and "@" in item.comment and (email := clean_email(item.comment.split()[0])):
        return Address(email, _name(item.phrase))
    if item.angle is not None and item.angle.strip():
        inner = tidy(decode_words(_bytes(item.angle))).strip()
        if "@" in inner and (email := clean_email(inner.split()[-1].strip("<>"))):
            return Address(email, _name(item.phrase))
    return None


def clean_email(value: str) -> str:
    """The address without spaces, routes and brackets, or an empty string if it is none. Case is
    kept, IDN is kept as written."""
    raw = _bytes(value)
    text = tidy(decode_words(raw) if b"=?" in raw else decode(raw)[0]).replace("\n", "").strip()
    text = text.strip(" \t<>\u200b,;" if text.startswith('"') else " \t<>\"'\u200b,;")
    text = text.removeprefix("mailto:").removeprefix("MAILTO:")
    if text.startswith("@") and ":" in text:  # RFC 5322 4.4: obsolete route
        text = text.rpartition(":")[2]
    local, at, domain = text.rpartition("@")
    if not (local.startswith('"') and local.endswith('"') and len(local) > 2):
        local = "".join(local.split()).replace('"', "")
    domain = "".join(domain.split()).rstrip(".")
    if not at or not local or not domain or len(text) > 320 or any(char in "<>()," for char in domain):
        return ""
    return f"{local}@{domain}"


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _name(value: str) -> str:
    value = value.strip(_SPACE)
    if '"' in value:
        value = value.replace('\\"', "\x00").replace('"', "").replace("\x00", '"').replace("\\\\", "\\")
    name = " ".join(tidy(decode_words(_bytes(value))).split())
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name.strip()[:500]


def ascii_email(email: str) -> str:
    """The address in lower case with its domain in punycode, for comparing; the address itself where that is
    impossible."""
    local, _, domain = email.strip().lower().rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except (UnicodeError, ValueError):
        return f"{local}@{domain}"


_TOKEN_LENGTH = (
    13  # base32 characters: 65 bits, far beyond guessing over SMTP, short enough for the 64 octets of a local part
)


def sign_reply_address(address: str, case: int, key: bytes) -> str:
    """The mailbox address with the case and its signature in it: `support+c42.k3f9…@desk.example`.

    The signature covers the case number and the mailbox (in lower case), so that a token of one
    mailbox is void at another.
    """
    local, _, domain = address.rpartition("@")
    base = local.partition("+")[0]
    return f"{base}+c{case}.{_token(f'{base}@{domain}', case, key)}@{domain}"


def read_reply_address(address: str, keys: tuple[bytes, ...]) -> tuple[str, int] | None:
    """The mailbox address and the case number of a reply address signed with one of `keys` (new and old), else None.

    The comparison takes the same time wherever the tokens differ. Case is ignored: some relays lower the local part.
    """
    local, at, domain = address.strip().lower().rpartition("@")
    base, plus, detail = local.partition("+")
    number, dot, token = detail.partition(".")
    if (
        not at
        or not plus
        or not dot
        or number[:1] != "c"
        or not (number[1:].isascii() and number[1:].isdigit())
        or len(number) > 16
    ):
        return None
    case = int(number[1:])
    if str(case) != number[1:]:  # one spelling only, so that an address is a name
        return None
    mailbox = f"{base}@{domain}"
    matches = [
        hmac.compare_digest(_token(mailbox, case, key).encode(), token.encode("utf-8", "replace")) for key in keys
    ]
    return (mailbox, case) if any(matches) else None


def _token(mailbox: str, case: int, key: bytes) -> str:
    digest = hmac.new(key, f"casefeed reply address\n{mailbox.lower()}\n{case}".encode(), hashlib.sha256).digest()
    return b32encode(digest).decode("ascii").lower()[:_TOKEN_LENGTH]
