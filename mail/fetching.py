"""Fetches mails in batches that are bounded in number and in bytes; one that cannot be fetched stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mail.errors import CommandRefused
from mail.imap import WHOLE_MESSAGE, ImapSession
from mail.imap_responses import FetchedItem
from mail.ports import FetchedMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """How much is taken at once; the intake holds two batches, the one that it handles and the one after it."""

    mails: int = 50
    """Messages per FETCH; larger batches are hardly faster and hold more in memory."""
    size: int = 16 * 1024 * 1024
    """Bytes per FETCH; a single larger message is fetched alone."""
    largest: int = 64 * 1024 * 1024
    """Bytes; of a message beyond it only the beginning is fetched, for quarantine."""
    beginning: int = 256 * 1024
    """Bytes of a message that is too large: enough for its headers and first words."""
    asked: int = 1000
    """UIDs that the ledger is asked about at once."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was fetched. `looked_at` UIDs of the list are done with; some may be gone meanwhile, others `unreadable`."""

    mails: list[FetchedMail]
    looked_at: int
    unreadable: list[int]


async def fetch_batch(session: ImapSession, uids: Sequence[int], limits: Batches) -> Batch:
    """Fetch the first of `uids`, as many as fit the limits."""
    asked = list(uids[: limits.mails])
    sizes = {item.uid: item.size or 0 for item in await session.fetch(asked, "(UID RFC822.SIZE)")}
    batch: list[int] = []
    total = 0
    for position, uid in enumerate(asked):
        size = sizes.get(uid, 0)
        if size > limits.largest and not batch:
            return Batch(await _fetch_beginning(session, uid, size, limits.beginning), position + 1, [])
        if size > limits.largest or (batch and total + size > limits.size):
            return await _fetch(session, batch, position)
        if uid in sizes:
            batch.append(uid)
            total += size
    return await _fetch(session, batch, len(asked))


async def _fetch(session: ImapSession, uids: list[int], looked_at: int) -> Batch:
    unreadable: list[int] = []
    try:
        items = await session.fetch(uids)
    except CommandRefused:
        # One message that the server itself cannot read (Dovecot after a disk fault) must not hide the others.
        items = []
        for uid in uids:
            try:
                items += await session.fetch([uid], WHOLE_MESSAGE)
            except CommandRefused:
                unreadable.append(uid)
    mails = [_mail(item, item.uid, item.body) for item in items if item.uid is not None and item.body is not None]
    return Batch(mails, looked_at, unreadable)


async def _fetch_beginning(session: ImapSession, uid: int, size: int, beginning: int) -> list[FetchedMail]:
    items = await session.fetch([uid], f"(UID FLAGS INTERNALDATE BODY.PEEK[]<0.{beginning}>)")
    return [replace(_mail(item, uid, item.body or b""), size=size, truncated=True) for item in items]


def _mail(item: FetchedItem, uid: int, body: bytes) -> FetchedMail:
    return FetchedMail(
        uid=uid, raw=body, size=len(body), internal_date=item.internal_date, flags=item.flags or frozenset()
    )
