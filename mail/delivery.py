"""Sends what is due: claims rows of the outbox, hands them to SMTP servers, writes down what became of each.

    delivery = Delivery(outbox=outbox, worker="mail@host:4711")
    await delivery.run()      # until delivery.stop(); delivery.wake() after every commit that adds a row

Several workers may run beside each other: leases keep them apart, fencing tokens keep a late one from writing.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from mail.accounts import SmtpSettings
from mail.errors import AccountProblem, TransportError
from mail.ports import Attempt, Outbox, Outgoing, Pause, Refusal
from mail.recording import Recorder
from mail.retry import next_attempt, pause
from mail.smtp import Outcome, SmtpSender


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much at once. The defaults suit real servers; tests use shorter ones."""

    batch: int = 200
    """Rows per claim."""
    unwritten: int = 25
    """Most answers of servers to one mailbox's mails that are not written down yet: what may go a second time, with the
    same Message-ID, after the process was killed."""
    gather: timedelta = timedelta(milliseconds=50)
    """How long an answer waits for others to be written down with, while more mails are on their way."""
    lease: timedelta = timedelta(minutes=15)
    """Longer than the slowest answer of a server, so that nobody sends a mail twice beside us."""
    reserve: timedelta = timedelta(minutes=12)
    """A mail is not begun with less than this left of its lease: a server may take 10 minutes for DATA."""
    longest_sleep: timedelta = timedelta(seconds=30)
    """Rows that another process adds are found after this time at the latest."""
    record_again: timedelta = timedelta(seconds=1)
    """Between two attempts to write down what a server said."""
    empty_look: timedelta = timedelta(milliseconds=250)
    """After two looks that found nothing to send (the mailbox is paused, say) the next is no sooner: a burst of rows
    shall not be a burst of questions."""
    worth_a_connection: int = 4
    """Mails of one batch for which another connection is opened."""
    idle_connection: timedelta = timedelta(seconds=20)
    """An unused connection is closed after this time; servers close theirs after some minutes."""


@dataclass(slots=True)
class _Share:
    """One mailbox's mails that are being sent, what became of them, and whether anybody should go on with them."""

    mailbox: int
    left: deque[Outgoing]
    recorder: Recorder
    ended: bool = False
    """A problem has ended it, or nothing was left: what is claimed from now on is another share's."""
    hungry: bool = False
    """So little is left that more should be claimed before the connections fall silent. Said once for each claim."""
    low: int = 0
    """Mails left at which it gets hungry; none where the last claim found less than it might have."""
    alone: bool = False
    """The server took fewer connections than are set."""


class Delivery:
    """The sending worker. Mailboxes do not wait for each other; each has a few connections, and mails in their turn."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        worker: str,
        pace: Pace | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
        sender: Callable[[SmtpSettings], SmtpSender] = SmtpSender,
    ) -> None:
        self._outbox = outbox
        self._worker = worker
        self._pace = pace or Pace()
        self._clock = clock
        self._chance = chance
        self._make_sender = sender
        self._senders: dict[int, list[SmtpSender]] = {}
        self._problems: dict[int, int] = {}
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._shares: dict[int, _Share] = {}
        self._stopping = False
        self._wake = asyncio.Event()
        self._empty_before = False
        self._end = asyncio.Event()

    def wake(self) -> None:
        """Something became due just now."""
        self._wake.set()

    def stop(self) -> None:
        """End `run` after the mails it is sending now."""
        self._stopping = True
        self._end.set()
        self._wake.set()

    async def run(self) -> None:
        """Send until `stop`. A failing outbox (database away) is tried again; cancellation ends it at once."""
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    claimed = await self._begin()
                    # While something is being sent the next look follows its end; it is not one for nothing.
                    empty = not claimed and not self._busy
                    if empty and self._empty_before:
                        await self._stoppable(self._pace.empty_look)
                    self._empty_before = empty
                    sleep = timedelta() if claimed else await self._until_due()
                except Exception:
                    sleep = self._pace.longest_sleep / 6
                if sleep > timedelta():
                    await self._sleep(sleep)
            await asyncio.gather(*self._busy.values(), return_exceptions=True)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)
            await self._close_all()

    async def run_once(self) -> int:
        """Claim and send one batch to its end; the number of rows claimed."""
        claimed = await self._begin()
        # No TaskGroup: one mailbox's failure must not cancel another's message between DATA and its answer.
        for result in await asyncio.gather(*self._busy.values(), return_exceptions=True):
            if isinstance(result, BaseException):
                raise result
        return claimed

    async def _begin(self) -> int:
        """Claim what is due of mailboxes that are not busy enough, and begin to send it; the number of rows claimed."""
        fed = {mailbox for mailbox, share in self._shares.items() if not share.hungry}
        for share in self._shares.values():
            share.hungry = False
        claimed = await self._outbox.claim(
            now=self._clock(),
            limit=self._pace.batch,
            lease_seconds=self._pace.lease.total_seconds(),
            worker=self._worker,
            busy=frozenset(fed),
        )
        full = len(claimed) >= self._pace.batch
        by_mailbox: dict[int, deque[Outgoing]] = {}
        for mail in claimed:
            by_mailbox.setdefault(mail.mailbox, deque()).append(mail)
        for mailbox, mails in by_mailbox.items():
            low = self._pace.batch // 2 if full else 0
            current = self._shares.get(mailbox)
            if current is None:
                self._start(_Share(mailbox, mails, self._recorder(), low=low))
            elif current.ended:  # since it was hungry
                await self._outbox.release(list(mails))
            else:
                current.left.extend(mails)
                current.low = low
        return len(claimed)

    def _start(self, share: _Share) -> None:
        self._shares[share.mailbox] = share
        task = asyncio.create_task(self._send_all(share))
        self._busy[share.mailbox] = task
        task.add_done_callback(partial(self._done, share.mailbox))

    def _done(self, mailbox: int, task: asyncio.Task[None]) -> None:
        del self._busy[mailbox], self._shares[mailbox]
        # A failure (the database was away) is not looked at before the next due moment; success at once.
        if not task.cancelled() and task.exception() is None:
            self._wake.set()

    async def _send_all(self, share: _Share) -> None:
        """Send one mailbox's share, over more than one connection where there is enough for them.

        What is claimed meanwhile is added to it; what a helper gave back after the others had gone home is left in it.
        """
        try:
            main, *others = await self._pool(share.mailbox)
            while share.left and not share.ended:
                helpers = [] if share.alone else others[: (len(share.left) - 1) // self._pace.worth_a_connection]
                work = [self._work(share, main), *(self._work(share, one, helping=True) for one in helpers)]
                for result in await asyncio.gather(*work, return_exceptions=True):
                    if isinstance(result, BaseException):
                        raise result
            share.ended = True
            await share.recorder.written()
        finally:
            share.ended = True
            await share.recorder.close()

    async def _work(self, share: _Share, sender: SmtpSender, *, helping: bool = False) -> None:
        """Send mails until none is left. A problem of the account ends it for all; the rest is given back."""
        while share.left and not share.ended:
            mail = share.left.popleft()
            if share.low and len(share.left) <= share.low:
                share.low, share.hungry = 0, True
                self._wake.set()
            if self._stopping or mail.lease_until - self._clock() < self._pace.reserve:
                await self._give_back(share, mail)
                return
            try:
                outcome = await sender.send(mail.sender, mail.recipients, mail.raw)
            except AccountProblem as problem:
                first = not share.ended
                await self._give_back(share, mail)
                if first:
                    await self._pause(share.mailbox, problem)
                return
            except TransportError as error:
                if helping:  # the server takes fewer connections than are set
                    share.left.appendleft(mail)
                    share.alone = True
                    return
                # No server could be talked to: it would be the same with every other mail of this batch.
                unsent, share.ended = [mail, *share.left], True
                share.left.clear()
                for one in unsent:
                    await share.recorder.add(one, self._attempt(one, _all_deferred(one, error)))
                return
            if share.mailbox in self._problems:
                del self._problems[share.mailbox]
                await self._outbox.resume_mailbox(share.mailbox)
            await share.recorder.add(mail, self._attempt(mail, outcome))

    async def _give_back(self, share: _Share, mail: Outgoing) -> None:
        unsent, share.ended = [mail, *share.left], True
        share.left.clear()
        await self._outbox.release(unsent)

    def _attempt(self, mail: Outgoing, outcome: Outcome) -> Attempt:
        now = self._clock()
        retry_at = None
        if outcome.deferred:
            retry_at = next_attempt(
                first_due=mail.first_due,
                attempts=mail.attempts + 1,
                now=now,
                chance=self._chance(),
                maybe_delivered=outcome.maybe_delivered,
            )
        return Attempt(
            at=now,
            accepted=outcome.accepted,
            deferred=outcome.deferred,
            refused=outcome.refused,
            retry_at=retry_at,
            maybe_delivered=outcome.maybe_delivered,
            server_text=outcome.server_text,
        )

    def _recorder(self) -> Recorder:
        pace = self._pace
        return Recorder(
            self._outbox, unwritten=pace.unwritten, gather=pace.gather, again=pace.record_again, clock=self._clock
        )

    async def _pause(self, mailbox: int, problem: AccountProblem) -> None:
        self._problems[mailbox] = self._problems.get(mailbox, 0) + 1
        now = self._clock()
        until = now + pause(problems=self._problems[mailbox], chance=self._chance())
        await self._outbox.pause_mailbox(mailbox, Pause(at=now, until=until, code=problem.code, text=problem.text))

    async def _pool(self, mailbox: int) -> list[SmtpSender]:
        """The mailbox's senders with its settings of now; a change of settings means new connections."""
        settings = await self._outbox.smtp_settings(mailbox)
        pool = self._senders.get(mailbox, [])
        if pool and pool[0].settings == settings:
            return pool
        for sender in pool:
            await sender.close()
        self._senders[mailbox] = [self._make_sender(settings) for _ in range(max(settings.connections, 1))]
        return self._senders[mailbox]

    async def _until_due(self) -> timedelta:
        now = self._clock()
        due = await self._outbox.next_due(now=now, busy=frozenset(self._busy))
        return self._pace.longest_sleep if due is None else min(due - now, self._pace.longest_sleep)

    async def _sleep(self, span: timedelta) -> None:
        """Sleep until `wake`; connections that stay unused for a while are closed meanwhile."""
        idle = self._pace.idle_connection
        if self._senders and span > idle:
            if await self._woken(idle):
                return
            await self._close_all(but=frozenset(self._busy))
            span -= idle
        await self._woken(span)

    async def _stoppable(self, span: timedelta) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._end.wait(), span.total_seconds())

    async def _woken(self, span: timedelta) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), span.total_seconds())
        return self._wake.is_set()

    async def _close_all(self, *, but: frozenset[int] = frozenset()) -> None:
        idle = [mailbox for mailbox in self._senders if mailbox not in but]
        for sender in [one for mailbox in idle for one in self._senders.pop(mailbox)]:
            await sender.close()


def _all_deferred(mail: Outgoing, error: TransportError) -> Outcome:
    deferred = (Refusal(recipient=one, status=0, text=error.text, code=error.code) for one in mail.recipients)
    return Outcome(deferred=tuple(deferred))
