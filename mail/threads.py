"""Lists what a message says about the case it belongs to, strongest sign first; whether to believe
it, the desk decides."""

from __future__ import annotations

from dataclasses import dataclass

from .addresses import read_reply_address
from .message import Message

_ADDRESS_HEADERS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")
_DIGITS = 15  # of a case number; longer numbers are order or phone numbers


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sign. `kind` is `reply_address`, `report`, `in_reply_to`, `references` or `subject`.

    A signed reply address proves that we gave the address out; a report names a mail of ours that it is about;
    references are as
    good as the message ids in them are known to us; a number in the subject proves nothing, and counts only from a
    participant.
    """

    kind: str
    case: int | None = None
    message_id: str | None = None
    evidence: str = ""


def candidates(message: Message, *, keys: tuple[bytes, ...], mark: str = "Case") -> tuple[Candidate, ...]:
    """All signs of the message. `keys` sign reply addresses (newest first); `mark` stands before the number in
    subjects."""
    found: list[Candidate] = []
    seen: set[tuple[str, int]] = set()
    for email in _addresses(message):
        if (read := read_reply_address(email, keys)) is not None and read not in seen:
            seen.add(read)
            found.append(Candidate("reply_address", case=read[1], evidence=email))
    if message.bounce is not None and message.bounce.original_message_id:
        found.append(
            Candidate(
                "report", message_id=message.bounce.original_message_id, evidence=message.bounce.original_message_id
            )
        )
    named: set[str] = set()
    for kind, ids in (("in_reply_to", message.in_reply_to), ("references", tuple(reversed(message.references)))):
        for message_id in ids:
            if message_id not in named:
                named.add(message_id)
                found.append(Candidate(kind, message_id=message_id, evidence=message_id))
    found += [
        Candidate("subject", case=number, evidence=message.subject) for number in case_numbers(message.subject, mark)
    ]
    return tuple(found)


def _addresses(message: Message) -> list[str]:
    emails = [address.email for address in (*message.to, *message.cc)]
    for name in _ADDRESS_HEADERS:
        emails += [value.strip("<> ") for value in message.headers.get(name, ())]
    return emails


def case_numbers(subject: str, mark: str = "Case") -> tuple[int, ...]:
    """Numbers written as `[Case 42]`, `[Case #42]`, `[#42]` or `Case #42` (any case of letters), in
    order, once each."""
    lowered, word = subject.lower(), mark.lower()
    found: dict[int, None] = {}
    for position, char in enumerate(lowered):
        if not ("0" <= char <= "9") or (position and lowered[position - 1].isalnum()):
            continue
        end = position
        while end < len(lowered) and "0" <= lowered[end] <= "9" and end - position <= _DIGITS:
            end += 1
        if end - position > _DIGITS or (end < len(lowered) and lowered[end].isalnum()):
            continue
        before = lowered[max(0, position - len(word) - 4) : position].rstrip(" ")
        hashed = before.endswith("#")
        before = before.removesuffix("#").rstrip(" ")
        closed = lowered[end : end + 1] == "]"
        if (
            (before.endswith("[") and hashed and closed)
            or (before.endswith(f"[{word}") and closed)
            or (hashed and before.endswith(word))
        ):
            found.setdefault(int(lowered[position:end]))
    return tuple(found)
