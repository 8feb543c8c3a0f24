"""One start at a time: two processes that begin together on one database set it up one after the other."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

WAITS = 120.0  # seconds; a migration of a large desk takes its time, and whoever waits has nothing else to do
ADVISORY_LOCK = 0x6361_7365_6665_6564  # "casefeed": a number no other program is likely to lock in this database
SUFFIX = ".starting"
"""Of the empty file beside an SQLite database whose lock the starting process holds."""


@asynccontextmanager
async def one_start_at_a_time(client: BaseDBAsyncClient) -> AsyncIterator[None]:
    """Hold the right to set up this database; it goes with the process, however that ends.

    On a connection of its own, because the pool may have only one. On SQLite it is a lock of a second, empty database:
    what a migration does commits any transaction that would guard it. Raises TimeoutError.
    """
    if client.capabilities.dialect == "sqlite":
        async with _sqlite_lock(str(getattr(client, "filename", ":memory:"))):
            yield
    else:
        async with _postgres_lock(client):
            yield


@asynccontextmanager
async def _sqlite_lock(filename: str) -> AsyncIterator[None]:
    if filename == ":memory:":
        yield
        return
    held = await asyncio.to_thread(_begin, filename + SUFFIX)
    try:
        yield
    finally:
        await asyncio.to_thread(held.close)


def _begin(path: str) -> sqlite3.Connection:
    held = sqlite3.connect(path, timeout=WAITS, isolation_level=None, check_same_thread=False)
    try:
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        held.close()
        raise TimeoutError(f"another process has been starting for {WAITS:.0f} seconds; {path} is its lock") from error
    return held


@asynccontextmanager
async def _postgres_lock(client: Any) -> AsyncIterator[None]:
    held = await asyncpg.connect(
        host=client.host, port=client.port, user=client.user, password=client.password, database=client.database,
        **_connecting(client.extra),
    )  # fmt: skip
    try:
        async with asyncio.timeout(WAITS):
            await held.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
        yield
    finally:
        await held.close()  # the lock ends with its session


def _connecting(extra: dict[str, Any]) -> dict[str, Any]:
    """What the database's URL says about connecting (ssl, timeouts), without what is only for pools."""
    return {name: value for name, value in extra.items() if name in {"ssl", "timeout", "command_timeout", "passfile"}}
