"""Watches one mailbox: fetches what is new, has it stored and handled, and only then touches the server's copy.

    intake = Intake(mailbox=1, settings=settings, receiver=receiver, worker="mail@host:4711")
    await intake.run()        # until intake.stop()

The order of steps is the promise: raw bytes are committed before a mail is understood, and a flag changes after that.
A crash between any two steps is made good by the next round, from what the ledger knows.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mail.accounts import ImapSettings
from mail.errors import CommandRefused, MailError, TransportError
from mail.fetching import Batches, fetch_batch
from mail.imap import ImapSession, SelectedFolder
from mail.ports import Folder, IntakeState, IntakeStatus, Receiver
from mail.retry import reconnect_delay
from mail.server_copy import settle_copies


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often and how much. The defaults suit real servers; tests use shorter ones."""

    idle_renewal: timedelta = timedelta(minutes=5)
    """How long one IDLE lasts; routers forget silent connections after some minutes."""
    comparison: timedelta = timedelta(minutes=30)
    """Between two comparisons of the whole folder with the ledger; in between only higher UIDs are asked for."""
    after_losses: timedelta = timedelta(minutes=1)
    """Comparisons are no closer than this while somebody tidies up the folder."""
    polling: timedelta = timedelta(seconds=30)
    """Between two looks at a server without IDLE."""
    lease: timedelta = timedelta(seconds=90)
    """How long a mailbox stays ours after our last sign of life."""
    standby: timedelta = timedelta(seconds=15)
    """Between two attempts to take over a mailbox that another process holds."""
    patience: timedelta = timedelta(seconds=30)
    """For one answer of the server."""
    batches: Batches = field(default_factory=Batches)


class Intake:
    """The intake of one folder. `run` goes on for ever: it reports failures and tries again; only `stop` ends it."""

    def __init__(
        self,
        *,
        mailbox: int,
        settings: ImapSettings,
        receiver: Receiver,
        worker: str,
        rhythm: Rhythm | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._mailbox = mailbox
        self._settings = settings
        self._receiver = receiver
        self._worker = worker
        self._rhythm = rhythm or Rhythm()
        self._clock = clock
        self._chance = chance
        self._stopping = asyncio.Event()
        self._look = asyncio.Event()
        self._session: ImapSession | None = None
        self._failures = 0
        self._compared_at: datetime | None = None
        self._highest_uid = 0
        self._expunged = 0
        self._unreadable: set[int] = set()
        self._copy_problem = ""
        self._idle_refused = False

    def stop(self) -> None:
        """End `run` after the mail it is handling now."""
        self._stopping.set()
        self.look_now()

    def look_now(self) -> None:
        """Look at the server at once instead of waiting for its word (a button of the administrator)."""
        self._look.set()
        if self._session is not None:
            self._session.stop_idle()

    async def run(self) -> None:
        """Watch the mailbox until `stop`. Cancellation ends it at once; nothing is lost by it."""
        try:
            while not self._stopping.is_set():
                try:
                    if await self._hold():
                        await self._watch()
                    else:
                        await self._tell(IntakeState.STANDBY)
                        await self._wait(self._rhythm.standby)
                except Exception as error:
                    await self._report(error)
        finally:
            with suppress(Exception):
                await self._receiver.let_go(self._mailbox, worker=self._worker)
            await self._tell(IntakeState.STOPPED)

    async def _report(self, error: Exception) -> None:
        """Say why it does not work, and wait before the next attempt: longer each time."""
        self._failures += 1
        code = error.code if isinstance(error, MailError) else "desk_failed"
        text = str(error) if isinstance(error, MailError) else f"The desk cannot store mail now: {_brief(error)}"
        await self._tell(IntakeState.FAILED, code=code, text=text)
        lasting = isinstance(error, TransportError) and error.lasting
        await self._wait(reconnect_delay(failures=self._failures, chance=self._chance(), lasting=lasting))

    async def _watch(self) -> None:
        """One connection's life: connect, catch up, then wait for news and catch up again."""
        await self._tell(IntakeState.CONNECTING)
        session = await ImapSession.open(self._settings, patience=self._rhythm.patience.total_seconds())
        self._session = session
        self._compared_at = None
        self._expunged = 0
        try:
            selected = await session.select(self._settings.folder)
            folder = Folder(mailbox=self._mailbox, name=self._settings.folder, uidvalidity=selected.uidvalidity)
            while not self._stopping.is_set() and await self._hold():
                self._look.clear()
                fresh = await self._catch_up(session, folder, selected)
                self._failures = 0
                if fresh:
                    continue  # what came while these were handled was told already, and IDLE would not tell it again
                if not self._stopping.is_set() and not self._look.is_set():
                    await self._wait_for_news(session, selected)
        except BaseException:
            session.abort()
            raise
        finally:
            self._session = None
        await session.log_out()

    async def _catch_up(self, session: ImapSession, folder: Folder, selected: SelectedFolder) -> bool:
        """Bring ledger and folder together: what a crash left, then everything on the server; True if there was new."""
        await self._tell(IntakeState.WORKING, session=session, selected=selected)
        await self._handle_leftovers()
        uids, any_fresh = await self._candidates(session, folder), False
        for start in range(0, len(uids), self._rhythm.batches.asked):
            asked = uids[start : start + self._rhythm.batches.asked]
            known = await self._receiver.known(folder, asked)
            fresh = [uid for uid in asked if uid not in known]
            if not await self._take(session, folder, fresh):
                return False
            any_fresh = any_fresh or bool(fresh)
            self._highest_uid = max(self._highest_uid, asked[-1])
        await self._settle(session, folder)
        self._expunged = session.expunged
        return any_fresh

    async def _candidates(self, session: ImapSession, folder: Folder) -> list[int]:
        """UIDs that may be new: all of them from time to time, otherwise those above the highest one seen."""
        now = self._clock()
        if self._must_compare(session, now):
            self._compared_at = now
            self._highest_uid = 0
            self._unreadable.clear()
            everything = await session.search("ALL")
            await self._receiver.compared(folder, everything, now=now)
            return everything
        first = self._highest_uid + 1
        # "5:*" means the last message even where its UID is below 5 (RFC 3501, section 6.4.8).
        return [uid for uid in await session.search(f"UID {first}:*") if uid >= first]

    def _must_compare(self, session: ImapSession, now: datetime) -> bool:
        if self._compared_at is None:
            return True
        lost = session.expunged > self._expunged
        return now - self._compared_at >= (self._rhythm.after_losses if lost else self._rhythm.comparison)

    async def _take(self, session: ImapSession, folder: Folder, fresh: list[int]) -> bool:
        """Batch by batch: the next one is fetched and stored while one is handled. False if ended before the last."""
        coming = asyncio.create_task(self._bring(session, folder, fresh))
        try:
            while (brought := await coming) is not None:
                looked_at, rows = brought
                fresh = fresh[looked_at:]
                coming = asyncio.create_task(self._bring(session, folder, fresh))
                await self._handle(rows)
                await self._settle(session, folder)
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        return not fresh

    async def _bring(self, session: ImapSession, folder: Folder, fresh: list[int]) -> tuple[int, list[int]] | None:
        """Fetch and store the first of `fresh`: how many were looked at, and the rows; None if there is no more."""
        if not fresh or self._stopping.is_set() or not await self._hold():
            return None
        batch = await fetch_batch(session, fresh, self._rhythm.batches)
        self._unreadable.update(batch.unreadable)
        return batch.looked_at, await self._receiver.store(folder, batch.mails) if batch.mails else []

    async def _settle(self, session: ImapSession, folder: Folder) -> None:
        """Flag, move or delete what is handled. A server that refuses this (read-only folder) still hands out mail."""
        try:
            await settle_copies(session, folder, self._settings, self._receiver, self._clock)
            self._copy_problem = ""
        except CommandRefused as error:
            self._copy_problem = error.text

    async def _handle_leftovers(self) -> None:
        tried: set[int] = set()
        while not self._stopping.is_set() and await self._hold():
            waiting = await self._receiver.unhandled(self._mailbox, limit=self._rhythm.batches.asked)
            rows = [row for row in waiting if row not in tried]
            if not rows:
                return
            await self._handle(rows)
            tried.update(rows)

    async def _handle(self, rows: Sequence[int]) -> None:
        position = 0
        while position < len(rows) and not self._stopping.is_set():
            position += await self._receiver.handle_some(rows[position:])

    async def _wait_for_news(self, session: ImapSession, selected: SelectedFolder) -> None:
        if session.has("IDLE") and not self._idle_refused:
            await self._tell(IntakeState.IDLE, session=session, selected=selected)
            try:
                await self._idle(session)
            except CommandRefused:
                self._idle_refused = True
            return
        await self._tell(IntakeState.POLLING, session=session, selected=selected)
        deadline = self._clock() + self._rhythm.polling
        while self._clock() < deadline and not self._stopping.is_set() and await self._hold():
            if await self._wait(min(deadline - self._clock(), self._rhythm.lease / 3)):
                break
        await session.noop()

    async def _idle(self, session: ImapSession) -> None:
        deadline = self._clock() + self._rhythm.idle_renewal
        while self._clock() < deadline and not self._stopping.is_set() and await self._hold():
            if self._look.is_set():
                return
            # Shorter turns than the renewal keep the lease alive.
            turn = min(deadline - self._clock(), self._rhythm.lease / 3)
            if await session.idle(max(turn.total_seconds(), 0.01)):
                return

    async def _hold(self) -> bool:
        return await self._receiver.hold(
            self._mailbox, worker=self._worker, now=self._clock(), lease_seconds=self._rhythm.lease.total_seconds()
        )

    async def _wait(self, span: timedelta) -> bool:
        """Wait, but not past `stop` and `look_now`; True if one of them ended it."""
        if self._stopping.is_set():
            return True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._look.wait(), max(span.total_seconds(), 0.001))
        ended = self._look.is_set()
        self._look.clear()
        return ended

    async def _tell(
        self,
        state: IntakeState,
        *,
        code: str = "",
        text: str = "",
        session: ImapSession | None = None,
        selected: SelectedFolder | None = None,
    ) -> None:
        if not code and self._copy_problem:
            code, text = "copy_refused", self._copy_problem
        elif not code and self._unreadable:
            code = "unreadable_mails"
            text = f"The server cannot hand out {len(self._unreadable)} of its messages; ask its administrator."
        status = IntakeStatus(
            state=state,
            at=self._clock(),
            code=code,
            text=text,
            server_count=session.exists if session else None,
            uidvalidity=selected.uidvalidity if selected else None,
        )
        with suppress(Exception):
            await self._receiver.status(self._mailbox, status)


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
