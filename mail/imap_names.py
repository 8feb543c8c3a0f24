"""How names and words travel in IMAP commands: quoting, and modified UTF-7 for mailbox names."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

LONGEST_QUOTED = 1000
"""Octets; servers limit a command line to some thousands, a longer word travels as a literal."""


def encode_folder(name: str) -> str:
    """A folder's name in modified UTF-7, as RFC 3501, section 5.1.3 wants it on the wire.

    INBOX is the same folder in any case of letters, so it is always sent in capitals.
    """
    if name.upper() == "INBOX":
        return "INBOX"
    encoded: list[str] = []
    other: list[str] = []

    def flush() -> None:
        if other:
            base64 = b64encode("".join(other).encode("utf-16-be", "surrogatepass")).decode("ascii")
            encoded.append("&" + base64.rstrip("=").replace("/", ",") + "-")
            other.clear()

    for letter in name:
        if " " <= letter <= "~":
            flush()
            encoded.append("&-" if letter == "&" else letter)
        else:
            other.append(letter)
    flush()
    return "".join(encoded)


def decode_folder(wire: bytes) -> str:
    """The name that `wire` stands for; what is no valid modified UTF-7 is kept as it came (some servers send UTF-8)."""
    try:
        text = wire.decode("ascii")
    except UnicodeDecodeError:
        return wire.decode("utf-8", "replace")
    pieces = text.split("&")
    decoded = [pieces[0]]
    for piece in pieces[1:]:
        base64, dash, rest = piece.partition("-")
        if not dash:
            return text
        if not base64:
            decoded.append("&" + rest)
            continue
        try:
            padded = base64.replace(",", "/") + "=" * (-len(base64) % 4)
            decoded.append(b64decode(padded, validate=True).decode("utf-16-be") + rest)
        except (binascii.Error, UnicodeDecodeError):
            return text
    return "".join(decoded)


def quote(word: str) -> str:
    """A quoted string (RFC 3501, section 4.3). Raises ValueError for what can only travel as a literal."""
    if not fits_quotes(word):
        raise ValueError("only printable ASCII of moderate length can be quoted; send a literal")
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fits_quotes(word: str) -> bool:
    """Whether `word` may be sent as a quoted string."""
    return len(word) <= LONGEST_QUOTED and all(" " <= letter <= "~" for letter in word)


def uid_set(uids: list[int]) -> str:
    """UIDs as a sequence set, ascending, runs joined: [1, 2, 3, 7] → "1:3,7"."""
    ranges: list[list[int]] = []
    for uid in sorted(set(uids)):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in ranges)
