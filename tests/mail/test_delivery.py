"""The sending worker: what was said is written down, nothing is sent twice without need, nothing is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from mail.delivery import Delivery, Pace
from mail.errors import ConnectFailed
from mail.ports import Attempt, Outgoing
from mail.retry import AFTER_DOUBT, GIVE_UP_AFTER
from mail.smtp import Outcome, SmtpSender
from tests.support.mail_doubles import MemoryOutbox
from tests.support.scripted_smtp import PASSWORD, USER, Script, scripted_smtp
from tests.support.waiting import until

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AINO, PAVEL = "aino@northwind.example", "pavel@northwind.example"
RAW = b"From: help@desk.example\r\nMessage-ID: <42.7@desk.example>\r\nSubject: Hi\r\n\r\nHello\r\n"


@dataclass
class Clock:
    """A moment that tests move."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Desk:
    """An outbox with one mailbox, and a worker on it."""

    outbox: MemoryOutbox
    clock: Clock

    def add(self, *recipients: str, mailbox: int = 1) -> int:
        return self.outbox.add(
            mailbox=mailbox, sender=USER, recipients=recipients or (AINO,), raw=RAW, due=self.clock.now
        )

    def worker(self, name: str = "one", **pace: object) -> Delivery:
        return Delivery(
            outbox=self.outbox,
            worker=name,
            pace=Pace(**pace),  # type: ignore[arg-type]
            clock=self.clock,
            chance=lambda: 0.0,
            sender=lambda settings: SmtpSender(settings, patience=2, data_patience=0.2),
        )


def answers(*given: str | None) -> Script:
    left = list(given)
    return lambda server, said: left.pop(0) if len(left) > 1 else left[0]


def new_desk() -> Desk:
    return Desk(MemoryOutbox(), Clock())


async def test_a_due_mail_is_sent_and_noted_as_accepted() -> None:
    desk = new_desk()
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account(user=USER, password=PASSWORD)
        row = desk.outbox.rows[desk.add(AINO, PAVEL)]
        assert await desk.worker().run_once() == 1
        assert row.accepted == [AINO, PAVEL]
        assert row.due is None
        assert row.history[0].server_text.startswith("250")
        assert server.received[0].raw == RAW
        assert await desk.worker().run_once() == 0


async def test_a_deferred_mail_is_repeated_with_the_same_message_id() -> None:
    desk = new_desk()
    async with scripted_smtp(on_data=answers("451 4.7.1 greylisted", "451 4.7.1 greylisted", None)) as server:
        desk.outbox.settings[1] = server.account()
        row = desk.outbox.rows[desk.add()]
        worker = desk.worker()
        for _ in range(3):
            assert await worker.run_once() == 1
            desk.clock.now = row.due or desk.clock.now
        assert [attempt.retry_at for attempt in row.history] == [
            NOON + timedelta(minutes=1),
            NOON + timedelta(minutes=6),
            None,
        ]
        assert row.accepted == [AINO]
        assert server.received[0].raw == RAW


async def test_partial_refusals_are_kept_apart() -> None:
    def decide(server: object, said: str) -> str | None:
        return "550 5.1.1 unknown" if said == PAVEL else "452 4.2.2 full" if said == "maria@northwind.example" else None

    desk = new_desk()
    async with scripted_smtp(on_rcpt=decide) as server:
        desk.outbox.settings[1] = server.account()
        row = desk.outbox.rows[desk.add(AINO, PAVEL, "maria@northwind.example")]
        await desk.worker().run_once()
        assert row.accepted == [AINO]
        assert [one.recipient for one in row.failed] == [PAVEL]
        assert row.recipients == ("maria@northwind.example",)
        assert row.due == NOON + timedelta(minutes=1)


async def test_after_five_days_it_has_failed() -> None:
    desk = new_desk()
    async with scripted_smtp(on_data=answers("451 4.3.0 later")) as server:
        desk.outbox.settings[1] = server.account()
        row = desk.outbox.rows[desk.add()]
        worker = desk.worker()
        attempts = 0
        while row.due is not None:
            desk.clock.now = row.due
            attempts += await worker.run_once()
        assert desk.clock.now == NOON + GIVE_UP_AFTER
        assert 20 < attempts < 40
        assert [(one.recipient, one.status) for one in row.failed] == [(AINO, 451)]


async def test_a_mail_that_may_have_arrived_waits_longer_before_it_is_repeated() -> None:
    desk = new_desk()
    async with scripted_smtp(on_data=answers("silence", None)) as server:
        desk.outbox.settings[1] = server.account()
        row = desk.outbox.rows[desk.add()]
        await desk.worker().run_once()
        assert row.history[0].maybe_delivered
        assert row.due == NOON + AFTER_DOUBT


async def test_a_wrong_password_pauses_the_mailbox_and_fails_no_mail() -> None:
    desk = new_desk()
    async with scripted_smtp() as server:
        desk.outbox.settings = {1: server.account(user=USER, password="wrong"), 2: server.account()}
        rows = [desk.outbox.rows[desk.add()] for _ in range(3)]
        other = desk.outbox.rows[desk.add(PAVEL, mailbox=2)]
        worker = desk.worker()
        await worker.run_once()
        assert desk.outbox.pauses[1].code == "sign_in_refused"
        assert desk.outbox.pauses[1].until == NOON + timedelta(minutes=5)
        assert [(row.attempts, row.due) for row in rows] == [(0, NOON)] * 3
        assert other.accepted == [PAVEL]
        assert await worker.run_once() == 0

        desk.clock.now = desk.outbox.pauses[1].until
        await worker.run_once()
        assert desk.outbox.pauses[1].until == desk.clock.now + timedelta(minutes=15)

        desk.clock.now = desk.outbox.pauses[1].until
        desk.outbox.settings[1] = server.account(user=USER, password=PASSWORD)
        await worker.run_once()
        assert 1 not in desk.outbox.pauses
        assert all(row.accepted == [AINO] for row in rows)


async def test_an_unreachable_server_is_tried_once_per_batch(unused_port: int) -> None:
    desk = new_desk()
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account(port=unused_port)
        rows = [desk.outbox.rows[desk.add()] for _ in range(20)]
        await desk.worker().run_once()
        assert {row.due for row in rows} == {NOON + timedelta(minutes=1)}
        assert {row.history[0].deferred[0].code for row in rows} == {"refused"}


async def test_two_workers_send_each_mail_once() -> None:
    desk = new_desk()
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account()
        for _ in range(60):
            desk.add()
        workers = desk.worker("one", batch=50), desk.worker("two", batch=50)
        claimed = await asyncio.gather(*(worker.run_once() for worker in workers))
        assert sorted(claimed) == [10, 50]
        assert len(server.received) == 60


async def test_a_mail_is_not_begun_when_its_lease_nears_its_end() -> None:
    desk = new_desk()
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account()
        row = desk.outbox.rows[desk.add()]
        await desk.worker(lease=timedelta(minutes=5), reserve=timedelta(minutes=6)).run_once()
        assert server.received == []
        assert (row.attempts, row.lease_until) == (0, None)


async def test_an_answer_is_written_down_even_if_the_database_is_away_for_a_moment() -> None:
    class Forgetful(MemoryOutbox):
        failures = 2

        async def record_all(self, attempts):  # type: ignore[no-untyped-def]
            if self.failures:
                self.failures -= 1
                raise OSError("database away")
            return await super().record_all(attempts)

    desk = Desk(Forgetful(), Clock())
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account()
        row = desk.outbox.rows[desk.add()]
        await desk.worker(record_again=timedelta()).run_once()
        assert row.accepted == [AINO]
        assert len(server.received) == 1


@asynccontextmanager
async def running(worker: Delivery) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await asyncio.wait_for(task, 5)


def expect(outbox: MemoryOutbox) -> asyncio.Queue[Attempt]:
    """Attempts as they are written down."""
    written: asyncio.Queue[Attempt] = asyncio.Queue()
    outbox.on_record = lambda row, attempt: written.put_nowait(attempt)
    return written


async def test_the_worker_sleeps_until_it_is_woken() -> None:
    desk = new_desk()
    written = expect(desk.outbox)
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account()
        worker = desk.worker(longest_sleep=timedelta(hours=1), idle_connection=timedelta(hours=1))
        async with running(worker):
            desk.add()
            worker.wake()
            assert (await asyncio.wait_for(written.get(), 5)).accepted == (AINO,)
            desk.add(PAVEL)
            worker.wake()
            assert (await asyncio.wait_for(written.get(), 5)).accepted == (PAVEL,)
        assert server.connections == 1


async def test_mails_of_other_processes_are_found_without_a_word() -> None:
    desk = new_desk()
    written = expect(desk.outbox)
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account()
        async with running(desk.worker(longest_sleep=timedelta(milliseconds=10))):
            desk.add()
            assert (await asyncio.wait_for(written.get(), 5)).accepted == (AINO,)


async def test_the_worker_outlives_a_database_that_is_away() -> None:
    desk = new_desk()
    written = expect(desk.outbox)
    desk.outbox.fail_next.add("claim")
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account()
        desk.add()
        async with running(desk.worker(longest_sleep=timedelta(milliseconds=10))):
            assert (await asyncio.wait_for(written.get(), 5)).accepted == (AINO,)


async def test_stopping_gives_unsent_mails_back() -> None:
    desk = new_desk()
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account()
        rows = [desk.outbox.rows[desk.add()] for _ in range(5)]
        worker = desk.worker(gather=timedelta())
        desk.outbox.on_record = lambda row, attempt: worker.stop()
        await asyncio.wait_for(worker.run(), 5)
        assert sum(bool(row.accepted) for row in rows) <= 2, "the first one, and the one under way meanwhile"
        assert all(row.lease_until is None for row in rows)


async def test_many_mails_go_over_several_connections_and_none_twice() -> None:
    desk = new_desk()
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account(connections=3)
        rows = [desk.outbox.rows[desk.add(f"c{number}@northwind.example")] for number in range(30)]
        assert await desk.worker().run_once() == 30
        assert server.connections == 3
        assert sorted(one.recipients for one in server.received) == sorted(row.history[0].accepted for row in rows)


async def test_few_mails_open_no_second_connection() -> None:
    desk = new_desk()
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account(connections=3)
        for _ in range(4):
            desk.add()
        await desk.worker().run_once()
        assert (server.connections, len(server.received)) == (1, 4)


class Refusing(SmtpSender):
    """A connection that the server does not take."""

    async def send(self, sender: str, recipients: Sequence[str], raw: bytes) -> Outcome:
        raise ConnectFailed("421 too many connections", code="not_served")


async def test_a_server_that_takes_fewer_connections_still_gets_every_mail() -> None:
    desk, made = new_desk(), count()
    async with scripted_smtp() as server:
        desk.outbox.settings[1] = server.account(connections=3)
        worker = desk.worker()
        worker._make_sender = lambda settings: (SmtpSender if next(made) == 0 else Refusing)(settings)
        rows = [desk.outbox.rows[desk.add()] for _ in range(20)]
        await worker.run_once()
        assert [row.attempts for row in rows] == [1] * 20
        assert len(server.received) == 20


async def test_a_slow_server_holds_up_no_other_mailbox() -> None:
    desk = new_desk()
    async with scripted_smtp(on_mail=lambda server, said: "silence") as slow, scripted_smtp() as quick:
        desk.outbox.settings |= {1: slow.account(), 2: quick.account()}
        desk.add(mailbox=1)
        worker = desk.worker(longest_sleep=timedelta(milliseconds=20))
        running = asyncio.create_task(worker.run())
        for _ in range(2):
            desk.add(mailbox=2)
            worker.wake()
            # The slow one is given up after two seconds.
            await until(lambda: len(quick.received) == len(desk.outbox.rows) - 1, seconds=1.5)
        assert desk.outbox.rows[1].history == [], "it still waits for its answer"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class Watched(MemoryOutbox):
    """Notes how many mails had been sent at each claim that found some."""

    def watch(self, sent: Sequence[object]) -> list[int]:
        self.sent, self.claims = sent, list[int]()
        return self.claims

    async def claim(self, **asked: Any) -> list[Outgoing]:
        claimed = await super().claim(**asked)
        if claimed:
            self.claims.append(len(self.sent))
        return claimed


async def test_the_next_mails_are_claimed_while_the_last_ones_are_on_their_way() -> None:
    outbox = Watched()
    desk = Desk(outbox, Clock())
    async with scripted_smtp() as server:
        outbox.settings[1] = server.account()
        claims = outbox.watch(server.received)
        rows = [outbox.rows[desk.add(f"c{number}@northwind.example")] for number in range(30)]
        async with running(desk.worker(batch=10)):
            await until(lambda: all(row.accepted for row in rows))
        assert [one.recipients for one in server.received] == [tuple(row.accepted) for row in rows]
        assert server.connections == 1
    assert [count // 10 for count in claims] == [0, 0, 1], "each batch before the one before it was sent"


async def test_a_problem_of_the_account_gives_back_what_was_claimed_ahead() -> None:
    desk = new_desk()
    script = answers(*[None] * 7, "530 5.7.0 Authentication required")
    async with scripted_smtp(on_mail=script) as server:
        desk.outbox.settings[1] = server.account()
        rows = [desk.outbox.rows[desk.add()] for _ in range(20)]
        async with running(desk.worker(batch=10)):
            await until(lambda: bool(desk.outbox.pauses))
        assert len(server.received) == sum(bool(row.accepted) for row in rows) == 7
        assert {row.lease_until for row in rows if row.due is not None} == {None}
        assert sum(row.attempts for row in rows) == 7
