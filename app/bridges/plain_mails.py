"""Which mails of a batch open cases that have nothing to do with each other, and so can be handled together. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from app.bridges.bounces import is_report
from app.bridges.intake import named
from app.bridges.joining import SIGNS_READ
from app.bridges.mail_data import COPIES
from app.bridges.writers import compared, is_own, writer_of
from app.cases.feed import storable
from app.errors import Invalid
from app.mailboxes.models import InboundEmail
from app.people.rules import normal_address
from mail.message import Address, Message
from mail.threads import candidates


@dataclass(frozen=True, slots=True)
class Plain:
    """A mail that opens a case of its own unless the tables know its Message-ID, or one that it names."""

    row: InboundEmail
    message: Message
    writer: Address
    address: str
    """The writer's, as contacts are stored."""
    columns: dict[str, str]
    """By which the ledger recognises the mail: message_key, from_address, subject."""
    names: frozenset[str]
    """Keys of the mails that it says it answers."""


@dataclass(slots=True)
class Run:
    """Plain mails in a row, none of which names another or repeats its Message-ID."""

    mails: list[Plain] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)

    def takes(self, mail: Plain) -> bool:
        """Take the mail; False, and the run ends before it, where it depends on one of the run."""
        key = mail.columns["message_key"]
        if key in self._keys or mail.names & self._keys:
            return False
        self._keys.add(key)
        self.mails.append(mail)
        return True


def plain(row: InboundEmail, message: Message, *, own: Collection[str], keys: tuple[bytes, ...]) -> Plain | None:
    """None for what needs a closer look: reports, receipts, copies, the desk's own name, signs of a case.

    `own` are the addresses of the desk's mailboxes, `keys` sign its reply addresses.
    """
    if row.outcome != "stored" or row.attempts or row.reason or message.from_ is None:
        return None
    if is_report(message) or message.receipt is not None or "receipt" in message.auto_reasons:
        return None
    writer = writer_of(message, own=own)
    if writer is None or is_own(message.from_.email, own):
        return None
    if any(not is_own(one.email, own) for one in (*message.to, *message.cc)[:COPIES]):
        return None
    signs = candidates(message, keys=keys)[:SIGNS_READ]
    if any(sign.message_id is None for sign in signs):
        return None
    try:
        address = normal_address(writer.email)
    except Invalid:
        return None
    names = frozenset(storable(sign.message_id or "")[:512] for sign in signs)
    return Plain(row, message, writer, compared(address), named(message), names)
