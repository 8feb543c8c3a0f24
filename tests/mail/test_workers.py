"""Reader processes: their answers, their deadline, their death, their replacement."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from mail.errors import ParseRefused
from mail.parsing import parse
from mail.structure import Limits
from mail.workers import ParserPool

SHELF = sorted((Path(__file__).parent / "emails").glob("*.eml"))
RAW = b"From: Aino <aino@northwind.example>\nSubject: Oven\n\nIt rings."


async def test_a_worker_says_what_parse_says() -> None:
    async with ParserPool() as pool:
        for path in SHELF:
            raw = path.read_bytes()
            assert await pool.parse(raw) == parse(raw), path.name


async def test_refusals_cross_the_border() -> None:
    async with ParserPool(limits=Limits(parts=3)) as pool:
        with pytest.raises(ParseRefused) as refused:
            await pool.parse(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 9)
        assert refused.value.reason == "too_many_parts"
        assert (await pool.parse(RAW)).subject == "Oven"
        assert len(pool.process_ids) == 1


async def test_a_message_past_the_deadline_is_refused_and_the_pool_goes_on() -> None:
    async with ParserPool(deadline=30) as pool:
        await pool.parse(RAW)
        stuck = pool.process_ids[0]
        os.kill(stuck, signal.SIGSTOP)
        pool.deadline = 0.2
        with pytest.raises(ParseRefused) as refused:
            await pool.parse(RAW)
        assert refused.value.reason == "deadline"
        pool.deadline = 30
        assert (await pool.parse(RAW)).subject == "Oven"
        assert stuck not in pool.process_ids


async def test_a_killed_worker_costs_one_message_at_most() -> None:
    async with ParserPool() as pool:
        await pool.parse(RAW)
        killed = pool.process_ids[0]
        os.kill(killed, signal.SIGSTOP)
        waiting = asyncio.create_task(pool.parse(RAW))
        await asyncio.sleep(0)
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(ParseRefused) as refused:
            await waiting
        assert refused.value.reason == "worker_died"
        assert (await pool.parse(RAW)).subject == "Oven"


async def test_a_cancelled_question_never_gets_into_the_next_answer() -> None:
    async with ParserPool() as pool:
        await pool.parse(RAW)
        os.kill(pool.process_ids[0], signal.SIGSTOP)
        waiting = asyncio.create_task(pool.parse(RAW.replace(b"Oven", b"Cancelled")))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await pool.parse(RAW)).subject == "Oven"


async def test_many_messages_share_few_workers_and_answers_are_not_mixed_up() -> None:
    async with ParserPool(workers=2) as pool:
        raws = [RAW.replace(b"Oven", b"Oven %d" % number) for number in range(40)]
        messages = await asyncio.gather(*(pool.parse(raw) for raw in raws))
        assert [message.subject for message in messages] == [f"Oven {number}" for number in range(40)]
        assert len(pool.process_ids) == 2
    assert pool.process_ids == []


async def test_a_message_that_is_too_large_never_reaches_a_worker() -> None:
    async with ParserPool(limits=Limits(size=10)) as pool:
        with pytest.raises(ParseRefused) as refused:
            await pool.parse(RAW)
        assert refused.value.reason == "too_large"
        assert pool.process_ids == []
