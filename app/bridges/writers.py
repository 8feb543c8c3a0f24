"""Who wrote a mail: the From address, or the person behind a form that mails in another name. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from app.errors import Invalid
from app.people.rules import normal_address
from mail import words
from mail.addresses import read_reply_address
from mail.message import Address, Message

Verdict = Literal["own", "pretends"]
"""Of a mail in the desk's own name: the desk surely sent it, or somebody else did."""


def writer_of(message: Message, *, own: Collection[str]) -> Address | None:
    """The person to answer; None where nobody but the desk itself (its addresses are `own`) is named.

    Forms on web pages mail as the desk, or as noreply@…, and name the person in Reply-To.
    """
    if message.from_ is None:
        return None
    named = next((address for address in message.reply_to if not is_own(address.email, own)), None)
    if is_own(message.from_.email, own):
        return named
    if named is not None and _nobody_reads(message.from_.email) and not _nobody_reads(named.email):
        return named
    return message.from_


def in_own_name(message: Message, *, keys: tuple[bytes, ...]) -> Verdict:
    """Whether a mail from the desk's own address came from the desk: a signed Reply-To, or the mark of automatic mail.

    Some mail services give what they send a new Message-ID, so that alone does not tell.
    """
    signed = any(read_reply_address(address.email, keys) for address in message.reply_to)
    return "own" if signed or message.is_auto else "pretends"


def is_own(email: str, own: Collection[str]) -> bool:
    """Whether it is an address of the desk's mailboxes, or one of their reply addresses (`support+…@`)."""
    address = compared(email)
    local, _, domain = address.rpartition("@")
    return address in own or f"{local.partition('+')[0]}@{domain}" in own


def compared(email: str) -> str:
    """The address as contacts and mailboxes are stored; in lower case where it is none that could be stored."""
    try:
        return normal_address(email)
    except Invalid:
        return email.strip().lower()


def _nobody_reads(email: str) -> bool:
    local = email.rpartition("@")[0].lower()
    return any(word in local for word in words.read("no_reply"))
