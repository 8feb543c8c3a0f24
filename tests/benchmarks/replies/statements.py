"""The SQL of one reply: caught while a real desk answers it, and said again without the desk."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import asyncpg

from app.events import Bus
from tests.support import casework
from tests.support.desk import running_desk

BEGIN, COMMIT = "BEGIN", "COMMIT"
Statement = tuple[str, list[Any]]


class _Caught(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.statements: list[Statement] = []

    def emit(self, record: logging.LogRecord) -> None:
        query, values = cast("tuple[str, Any]", record.args)
        self.statements.append((query, list(values or ())))


@contextmanager
def _catching() -> Iterator[_Caught]:
    """What Tortoise asks, with a mark where the transaction ended (its subscribers are told directly after)."""
    caught, logger, tell_after = _Caught(), logging.getLogger("tortoise.db_client"), Bus.tell_after

    async def marked(bus: Bus, event: Any) -> None:
        if (COMMIT, []) not in caught.statements:
            caught.statements.append((COMMIT, []))
        await tell_after(bus, event)

    level, logger.propagate = logger.level, False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(caught)
    Bus.tell_after = marked  # type: ignore[method-assign]
    try:
        yield caught
    finally:
        Bus.tell_after = tell_after  # type: ignore[method-assign]
        logger.removeHandler(caught)
        logger.setLevel(level)


async def statements_of_reply(url: str, folder: Path) -> list[Statement]:
    """All statements of the third reply to a case: nobody becomes its owner any more, no status moves."""
    async with running_desk(url, folder, log_level="error") as desk:
        case = await casework.open_case(desk)
        browser = await desk.browser("maria")
        for _ in range(3):
            key = uuid.uuid4().hex
            with _catching() as caught:
                answer = await browser.post(
                    f"/api/cases/{case.id}/replies",
                    json={"text": "It is on its way. " * 12, "files": [], "client_id": key, "seen": 0},
                    headers={"Idempotency-Key": key},
                )
                answer.raise_for_status()
                await asyncio.sleep(0.3)  # what follows the commit is asked in the background
    found = caught.statements
    first = next(index for index, (query, _) in enumerate(found) if query.startswith('INSERT INTO "remembered_answer"'))
    return [*found[:first], (BEGIN, []), *found[first:]]


def fresh(statements: list[Statement], start: int) -> Iterator[list[Statement]]:
    """The same again and again, with keys and positions that nobody used yet."""
    for position in itertools.count(start):
        key = uuid.uuid4().hex
        again = []
        for query, values in statements:
            changed = list(values)
            if query.startswith('INSERT INTO "entry"'):
                changed[:2] = [position, position]
                changed = [key if isinstance(one, str) and len(one) == 32 else one for one in changed]
            elif query.startswith('INSERT INTO "remembered_answer"'):
                changed[1] = key
            again.append((query, changed))
        yield again


def on_sqlite(url: str, statements: list[Statement], seconds: float) -> tuple[float, float]:
    """Replies a second of one connection with the settings that the desk gives it, and CPU milliseconds for one."""
    connection = sqlite3.connect(urlsplit(url).path, isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")
    count, start, cpu = 0, time.perf_counter(), time.process_time()
    try:
        for again in fresh(statements, 1000):
            for query, values in again:
                said = "BEGIN IMMEDIATE" if query == BEGIN else query
                connection.execute(said, [_plain(value) for value in values]).fetchall()
            count += 1
            if time.perf_counter() - start > seconds:
                break
        return count / (time.perf_counter() - start), 1000 * (time.process_time() - cpu) / count
    finally:
        connection.close()


async def on_postgres(url: str, statements: list[Statement], seconds: float) -> tuple[float, float]:
    """The same; what the server itself spends is not counted."""
    connection = await asyncpg.connect(url)
    count, start, cpu = 0, time.perf_counter(), time.process_time()
    try:
        for again in fresh(statements, 1000):
            for query, values in again:
                await connection.fetch(query, *values)
            count += 1
            if time.perf_counter() - start > seconds:
                break
        return count / (time.perf_counter() - start), 1000 * (time.process_time() - cpu) / count
    finally:
        await connection.close()


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str | bytes | None) else str(value)
