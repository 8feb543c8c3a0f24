"""Reads the mails of a batch while the ones before them are handled: reader and database work side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from app.mailboxes.ledger import raw_bytes
from app.mailboxes.models import InboundEmail
from mail.message import Message

Parse = Callable[[bytes], Awaitable[Message]]


class ReadAhead:
    """Two batches of each mailbox: the one that is handled, and the one after it, so that what is held is bounded.

    Reading changes nothing, so it may be in vain.
    """

    def __init__(self, parse: Parse) -> None:
        self._parse = parse
        self._begun: dict[int, dict[int, asyncio.Future[Message]]] = {}
        self._latest: dict[int, frozenset[int]] = {}
        """Rows of the latest batch of each mailbox."""

    def begin(self, mailbox: int, rows: Sequence[int], raws: Sequence[bytes]) -> None:
        """These rows of the ledger were just stored with these bytes, and will be asked for in this order."""
        begun, before = self._begun.setdefault(mailbox, {}), self._latest.get(mailbox, frozenset())
        for row in begun.keys() - before - set(rows):
            begun.pop(row).cancel()
        self._latest[mailbox] = frozenset(rows)
        for row, raw in zip(rows, raws, strict=True):
            if row in begun:
                continue
            reading = asyncio.ensure_future(self._parse(raw))
            reading.add_done_callback(_heard)
            begun[row] = reading

    async def message(self, row: InboundEmail) -> Message:
        """The message of a row, read ahead or now. Raises ParseRefused."""
        reading = self._begun.get(row.mailbox_id, {}).pop(row.id, None)
        if reading is not None:
            return await reading
        return await self._parse(await raw_bytes(row.raw_mail_id))

    async def look(self, row: InboundEmail) -> Message:
        """The same, kept for whoever asks for it next. Raises ParseRefused."""
        begun = self._begun.setdefault(row.mailbox_id, {})
        if row.id not in begun:
            begun[row.id] = asyncio.ensure_future(self._parse(await raw_bytes(row.raw_mail_id)))
            begun[row.id].add_done_callback(_heard)
        return await begun[row.id]

    def done(self, mailbox: int, rows: Iterable[int]) -> None:
        """Nobody will ask for these any more."""
        for row in rows:
            self._begun.get(mailbox, {}).pop(row, None)

    def drop(self) -> None:
        """Forget what nobody will ask for any more."""
        for mailbox in list(self._begun):
            self._drop(mailbox)

    def _drop(self, mailbox: int) -> None:
        self._latest.pop(mailbox, None)
        for reading in self._begun.pop(mailbox, {}).values():
            reading.cancel()


def _heard(reading: asyncio.Future[Message]) -> None:
    """A refusal that nobody asks for is no news."""
    if not reading.cancelled():
        reading.exception()
