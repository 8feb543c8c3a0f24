"""Answers of servers are written down together, none is lost, and only so many are ever in memory alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from mail.ports import Attempt, Outgoing
from mail.recording import Recorder
from tests.support.mail_doubles import MemoryOutbox
from tests.support.waiting import until

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TAKEN = Attempt(at=NOON, accepted=("aino@northwind.example",))


@dataclass
class SlowOutbox(MemoryOutbox):
    """Writes when it is let, and knows what it wrote together."""

    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    begun: int = 0
    batches: list[list[int]] = field(default_factory=list)
    poison: frozenset[int] = frozenset()

    async def record_all(self, attempts: Sequence[tuple[Outgoing, Attempt]]) -> set[int]:
        self.begun += 1
        await self.gate.acquire()
        rows = [mail.row for mail, _ in attempts]
        if self.poison & set(rows):
            raise OSError("not this one")
        self.batches.append(rows)
        return set(rows)


def mail(row: int) -> Outgoing:
    return Outgoing(
        row=row, mailbox=1, token=1, sender="help@desk.example", recipients=TAKEN.accepted, raw=b"", attempts=0,
        first_due=NOON, lease_until=NOON + timedelta(minutes=15),
    )  # fmt: skip


def recorder(
    outbox: MemoryOutbox, *, unwritten: int = 25, gather: timedelta = timedelta(), now: datetime = NOON
) -> Recorder:
    return Recorder(outbox, unwritten=unwritten, gather=gather, again=timedelta(), clock=lambda: now)


async def settled() -> None:
    """Whatever can go on without the clock has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_comes_while_one_batch_is_written_makes_the_next() -> None:
    outbox = SlowOutbox()
    writing = recorder(outbox)
    await writing.add(mail(1), TAKEN)
    await until(lambda: outbox.begun == 1, what="the first batch on its way")
    for row in (2, 3, 4):
        await writing.add(mail(row), TAKEN)
    outbox.gate.release()
    outbox.gate.release()
    await writing.written()
    assert outbox.batches == [[1], [2, 3, 4]]


async def test_answers_gather_until_they_are_enough_or_the_last_ones() -> None:
    outbox = SlowOutbox(gate=asyncio.Semaphore(1_000))
    writing = recorder(outbox, unwritten=6, gather=timedelta(hours=1))
    for row in (1, 2, 3, 4):
        await writing.add(mail(row), TAKEN)
        await settled()
    assert outbox.batches == [[1, 2, 3]]
    await writing.written()
    assert outbox.batches == [[1, 2, 3], [4]]


async def test_an_answer_does_not_wait_for_others_for_long() -> None:
    outbox = SlowOutbox(gate=asyncio.Semaphore(1_000))
    writing = recorder(outbox, gather=timedelta(milliseconds=1))
    await writing.add(mail(1), TAKEN)
    await until(lambda: outbox.batches == [[1]], what="the first batch")


async def test_no_more_than_so_many_answers_are_in_memory_only() -> None:
    outbox = SlowOutbox()
    writing = recorder(outbox, unwritten=3)
    adding = [asyncio.create_task(writing.add(mail(row), TAKEN)) for row in (1, 2, 3)]
    await until(lambda: outbox.begun == 1, what="the first batch on its way")
    assert [task.done() for task in adding] == [True, True, False], "the third one leaves no room"
    for _ in range(2):
        outbox.gate.release()
    await asyncio.wait_for(asyncio.gather(*adding), 5)
    await writing.written()
    assert sorted(row for batch in outbox.batches for row in batch) == [1, 2, 3]


async def test_a_mail_that_cannot_be_told_of_keeps_no_other() -> None:
    outbox = SlowOutbox(gate=asyncio.Semaphore(1_000), poison=frozenset({2}))
    writing = recorder(outbox, now=NOON + timedelta(hours=1))
    for row in (1, 2, 3):
        await writing.add(mail(row), TAKEN)
    with pytest.raises(OSError, match="not this one"):
        await writing.written()
    assert outbox.batches == [[1], [3]]


async def test_what_is_ended_at_once_is_still_written() -> None:
    outbox = SlowOutbox(gate=asyncio.Semaphore(1))
    writing = recorder(outbox)
    await writing.add(mail(1), TAKEN)
    await writing.close()
    assert outbox.batches == [[1]]
