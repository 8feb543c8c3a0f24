"""Mails of a batch are read before they are asked for, each once; what is broken off or refused harms no other."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from app.bridges import read_ahead
from app.bridges.read_ahead import ReadAhead
from mail.errors import ParseRefused
from mail.message import Message
from mail.parsing import parse
from tests.support.mailwork import letter


def row(number: int, mailbox: int = 1) -> Any:
    return SimpleNamespace(id=number, mailbox_id=mailbox, raw_mail_id=number)


class Reader:
    """Reads, and remembers how often and in which order."""

    def __init__(self) -> None:
        self.read: list[bytes] = []

    async def __call__(self, raw: bytes) -> Message:
        self.read.append(raw)
        await asyncio.sleep(0)
        if raw == b"poison":
            raise ParseRefused("too_deep")
        return parse(raw)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[int, bytes]:
    """The bytes in the database, by id."""
    content: dict[int, bytes] = {}

    async def raw_bytes(raw_mail_id: int) -> bytes:
        return content[raw_mail_id]

    monkeypatch.setattr(read_ahead, "raw_bytes", raw_bytes)
    return content


async def test_a_batch_is_read_once_and_before_it_is_asked_for(stored: dict[int, bytes]) -> None:
    reader = Reader()
    ahead = ReadAhead(reader)
    mails = [letter(subject=f"Order {number}") for number in range(3)]
    ahead.begin(1, [10, 11, 12], mails)
    first = await ahead.message(row(10))
    assert first.subject == "Order 0"
    await asyncio.sleep(0)
    assert reader.read == mails
    assert [(await ahead.message(row(number))).subject for number in (11, 12)] == ["Order 1", "Order 2"]
    assert len(reader.read) == 3


async def test_the_next_batch_is_read_beside_the_one_that_is_handled(stored: dict[int, bytes]) -> None:
    reader = Reader()
    ahead = ReadAhead(reader)
    ahead.begin(1, [10, 11], [letter(subject="One"), letter(subject="Two")])
    assert (await ahead.look(row(10))).subject == "One"
    ahead.begin(1, [12], [letter(subject="Three")])
    assert [(await ahead.message(row(number))).subject for number in (10, 11, 12)] == ["One", "Two", "Three"]
    assert len(reader.read) == 3


async def test_what_nobody_asked_for_is_forgotten_two_batches_later(stored: dict[int, bytes]) -> None:
    reader = Reader()
    ahead = ReadAhead(reader)
    for number in (10, 11, 12):
        ahead.begin(1, [number], [letter(subject=f"Batch {number}")])
    stored[10] = letter(subject="From the database")
    assert (await ahead.message(row(10))).subject == "From the database"
    assert (await ahead.message(row(11))).subject == "Batch 11"


async def test_another_attempt_reads_what_is_in_the_database(stored: dict[int, bytes]) -> None:
    reader = Reader()
    ahead = ReadAhead(reader)
    stored[10] = letter(subject="Stored")
    ahead.begin(1, [10], [b"poison"])
    with pytest.raises(ParseRefused):
        await ahead.message(row(10))
    assert (await ahead.message(row(10))).subject == "Stored"


async def test_a_batch_that_was_broken_off_does_not_disturb_the_next_or_another_mailbox(
    stored: dict[int, bytes],
) -> None:
    ahead = ReadAhead(Reader())
    ahead.begin(2, [20], [letter(subject="Elsewhere")])
    ahead.begin(1, [10], [b"poison"])
    ahead.begin(1, [11], [letter(subject="Next")])
    ahead.begin(1, [12], [letter(subject="And another")])
    assert (await ahead.message(row(11))).subject == "Next"
    assert (await ahead.message(row(20, mailbox=2))).subject == "Elsewhere"
    stored[10] = letter(subject="Again")
    assert (await ahead.message(row(10))).subject == "Again"
    ahead.begin(1, [13], [letter()])
    ahead.drop()
    stored[13] = letter(subject="After the drop")
    assert (await ahead.message(row(13))).subject == "After the drop"
