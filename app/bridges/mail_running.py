"""The running mail of this process: one intake per active mailbox, one delivery, and what they are handed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

import structlog

from app.bridges.alarms import Alarms
from app.bridges.delivery_states import tell_case
from app.bridges.events import OutboxGrew
from app.bridges.intake import Intake as Understanding
from app.bridges.intake_together import Together
from app.desk import Desk
from app.errors import DeskError
from app.mailboxes.accounts import imap_settings
from app.mailboxes.events import MailboxChanged
from app.mailboxes.ledger import Ledger
from app.mailboxes.limits import forget_full
from app.mailboxes.models import Mailbox
from app.mailboxes.outbox import DatabaseOutbox
from app.mailboxes.workers import free_leases_of_the_dead, this_computer, worker_name
from channels.lasting import lasting, until_done
from mail.accounts import ImapSettings
from mail.delivery import Delivery, Pace
from mail.intake import Intake
from mail.ports import IntakeState, IntakeStatus
from mail.workers import ParserPool

log = structlog.get_logger(__name__)

ENDS_WITHIN = 10.0  # seconds for a mail that is being handed over when the desk stops
FOUND_WITHIN = timedelta(seconds=2)  # an answer that another process stored waits no longer than that to be sent
TIDY_EVERY = timedelta(hours=1)  # between two looks for allowances that are full again
LOOK_AGAIN = 15.0  # seconds until a mailbox that another process set up or changed is noticed here


class MailRunning:
    """Keeps one intake running for each active mailbox with its latest settings; leases keep other processes away."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._worker = worker_name(host=this_computer(), process=os.getpid(), token=desk.token())
        self._alarms = Alarms(desk)
        self._intakes: dict[int, tuple[ImapSettings, Intake, asyncio.Task[None]]] = {}
        self._look = asyncio.Event()
        self.delivery = Delivery(
            outbox=DatabaseOutbox(desk, tell_case, self._alarms.sending_paused),
            worker=self._worker,
            pace=Pace(longest_sleep=FOUND_WITHIN),
            clock=desk.now,
        )

    def subscribe(self) -> None:
        self._desk.bus.after(OutboxGrew, self._outbox_grew)
        self._desk.bus.after(MailboxChanged, self._mailbox_changed)

    async def _outbox_grew(self, _: OutboxGrew) -> None:
        self.delivery.wake()

    async def _mailbox_changed(self, event: MailboxChanged) -> None:
        self._look.set()
        self.look_now(event.mailbox_id)
        self.delivery.wake()

    def look_now(self, mailbox: int) -> None:
        """Ask the server of this mailbox now."""
        if mailbox in self._intakes:
            self._intakes[mailbox][1].look_now()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await free_leases_of_the_dead(host=this_computer(), process=os.getpid())
        async with ParserPool(workers=1) as pool:
            # A mail counts as tried while it is being read: the start of a reader shall not be part of that time.
            await pool.ready()
            understanding = Understanding(self._desk, pool.parse)
            together = Together(self._desk, understanding.ahead)
            ledger = Ledger(
                self._desk,
                understanding.understand,
                self._alarms.intake_failed,
                understanding.ahead.begin,
                together.gather,
            )
            supervision = asyncio.create_task(lasting("watching mailboxes", partial(self._supervise, ledger)))
            sending = asyncio.create_task(until_done("sending mail", self.delivery.run))
            try:
                yield
            finally:
                # The mail that is being handed over is finished: broken off, it might arrive twice.
                self.delivery.stop()
                supervision.cancel()
                for mailbox in list(self._intakes):
                    await self._end(mailbox)
                understanding.ahead.drop()
                await asyncio.wait({sending}, timeout=ENDS_WITHIN)
                sending.cancel()
                for task in (supervision, sending):
                    with suppress(asyncio.CancelledError):
                        await task

    async def _supervise(self, ledger: Ledger) -> None:
        tidy_at = self._desk.now()
        while True:
            self._look.clear()
            try:
                await self._compare(ledger)
                if self._desk.now() >= tidy_at:
                    await forget_full(self._desk.now())
                    tidy_at = self._desk.now() + TIDY_EVERY
                await self._alarms.quarantine_grew()
            except Exception:
                log.exception("mailboxes_not_read")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._look.wait()

    async def _compare(self, ledger: Ledger) -> None:
        """Start, restart and end intakes until they match the table."""
        wanted = {}
        for row in await Mailbox.filter(active=True):
            if row.oauth_provider and not row.oauth_refresh_token:
                continue  # nobody has connected it with its provider yet, so there is nothing to report as broken
            try:
                wanted[row.id] = imap_settings(self._desk, row)
            except DeskError as error:  # its password cannot be read; the other mailboxes go on
                await ledger.status(
                    row.id,
                    IntakeStatus(state=IntakeState.FAILED, at=self._desk.now(), code=error.code, text=error.message),
                )
        for mailbox, (settings, _, task) in list(self._intakes.items()):
            if wanted.get(mailbox) != settings or task.done():
                await self._end(mailbox)
        for mailbox, settings in wanted.items():
            if mailbox not in self._intakes:
                intake = Intake(
                    mailbox=mailbox, settings=settings, receiver=ledger, worker=self._worker, clock=self._desk.now
                )
                self._intakes[mailbox] = (settings, intake, asyncio.create_task(intake.run()))

    async def _end(self, mailbox: int) -> None:
        _, intake, task = self._intakes.pop(mailbox)
        intake.stop()
        try:
            async with asyncio.timeout(5):
                await task
        except (TimeoutError, asyncio.CancelledError):
            task.cancel()
        except Exception:
            log.exception("intake_ended_badly", mailbox=mailbox)
