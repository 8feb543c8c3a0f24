"""Writes down what servers said, many answers at once, while the next mails are on their way.

A transaction for each mail would cost more than the mail. Answers gather for some hundredths of a second, and while the
batch before them is being written: a thousand mails are written in a few dozen transactions, the last ones at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from mail.ports import Attempt, Outbox, Outgoing

LAST_WORDS = 5.0
"""Seconds for writing when the worker is ended at once."""

HOPELESS = 3
"""Failures one after another that are not these mails' own."""


class Recorder:
    """The answers of one mailbox on their way into the outbox.

    At most `unwritten` of them are in memory only: so many mails may go a second time, under the same Message-ID, when
    the process is killed. Who adds one more waits. A batch is begun with half as many, or `gather` after its first.
    """

    def __init__(
        self, outbox: Outbox, *, unwritten: int, gather: timedelta, again: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._outbox = outbox
        self._most = max(unwritten, 1)
        self._gather = gather
        self._enough = asyncio.Event()
        self._last = False
        self._again = again
        self._clock = clock
        self._waiting: deque[tuple[Outgoing, Attempt]] = deque()
        self._unwritten = 0
        self._room = asyncio.Event()
        self._room.set()
        self._writer: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self._error: Exception | None = None

    async def add(self, mail: Outgoing, attempt: Attempt) -> None:
        """Have `attempt` written soon. Raises what the outbox raised for a mail whose lease has run out since."""
        self._waiting.append((mail, attempt))
        self._unwritten += 1
        if self._unwritten >= self._most:
            self._room.clear()
        if len(self._waiting) >= self._most // 2:
            self._enough.set()
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await self._room.wait()
        self._complain()

    async def written(self) -> None:
        """Return once everything is written, and gather no more; raises like `add`."""
        self._hurry()
        while self._writer is not None:
            await asyncio.shield(self._writer)
        self._complain()

    async def close(self) -> None:
        """Write what can be written within some seconds, and no longer."""
        self._hurry()
        if self._writer is not None:
            writer = self._writer
            await asyncio.wait({writer}, timeout=LAST_WORDS)
            writer.cancel()

    def _hurry(self) -> None:
        self._last = True
        self._enough.set()

    async def _write(self) -> None:
        try:
            while self._waiting:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._enough.wait(), self._gather.total_seconds())
                if not self._last:
                    self._enough.clear()
                batch = list(self._waiting)
                self._waiting.clear()
                await self._write_batch(batch)
                self._unwritten -= len(batch)
                self._room.set()
        finally:
            self._writer = None
            self._room.set()

    async def _write_batch(self, batch: list[tuple[Outgoing, Attempt]]) -> None:
        """Write all of `batch`. While the database is away it is tried again as long as the leases run: without a
        record a mail is sent twice."""
        left = await self._together(batch)
        while left:
            left = await self._each_alone(left)
            for mail, _ in left:
                if self._clock() >= mail.lease_until:
                    self._error = self._failure
            left = [one for one in left if self._clock() < one[0].lease_until]
            if left:
                await asyncio.sleep(self._again.total_seconds())
                left = await self._together(left)

    async def _together(self, batch: list[tuple[Outgoing, Attempt]]) -> list[tuple[Outgoing, Attempt]]:
        """What is left of `batch`: nothing, or all of it."""
        try:
            await self._outbox.record_all(batch)
        except Exception as error:
            self._failure = error
            return batch
        return []

    async def _each_alone(self, batch: list[tuple[Outgoing, Attempt]]) -> list[tuple[Outgoing, Attempt]]:
        """What is left of `batch`: a mail that cannot be told of keeps no other. Those that failed stand last."""
        failed: list[tuple[Outgoing, Attempt]] = []
        in_a_row = 0
        for place, one in enumerate(batch):
            if await self._together([one]):
                failed.append(one)
                in_a_row += 1
            else:
                in_a_row = 0
            if in_a_row == HOPELESS:  # it is not them: the database is away
                return [*batch[place + 1 :], *failed]
        return failed

    def _complain(self) -> None:
        if self._error is not None:
            raise self._error
