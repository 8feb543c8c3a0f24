"""PostgreSQL's connections return to the pool as they are, and none of them dirty or ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from app.database import connection, fetch_rows, unit_of_work
from app.database import database as open_database
from app.events import Bus
from app.people.models import Team
from tests.support.databases import Databases

ENDED = {"S": "FATAL", "V": "FATAL", "C": "57P01", "M": "terminating connection due to administrator command"}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def postgres(databases: Databases, tmp_path: Path) -> Iterator[str]:
    with databases.fresh("postgres", tmp_path) as url:
        yield url


@pytest.fixture
async def only_connection(postgres: str) -> AsyncIterator[None]:
    """A pool of one connection, so that whoever asks next gets what the last one left."""
    async with open_database(postgres, pool=1):
        await fetch_rows("SELECT 1")  # the pool is opened by the first question
        yield


def the_pool() -> asyncpg.Pool:
    client: Any = connection()
    pool: asyncpg.Pool = client._pool
    return pool


async def inside_a_transaction() -> bool:
    """What the server last said of the connection that the next one gets."""
    async with the_pool().acquire() as held:
        await held.fetchval("SELECT 1")
        return bool(held.is_in_transaction())


@pytest.mark.usefixtures("only_connection")
async def test_nothing_is_asked_when_a_connection_returns() -> None:
    await fetch_rows("SELECT set_config('application_name', 'left as it is', false)")
    assert await fetch_rows("SELECT current_setting('application_name') AS name") == [{"name": "left as it is"}]


@pytest.mark.usefixtures("only_connection")
async def test_a_connection_returned_inside_a_failed_transaction_is_clean_for_the_next() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    async with the_pool().acquire() as held:
        await held.execute("BEGIN")
        await held.execute("INSERT INTO team (name, created_at) VALUES ('Bakers', now())")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await held.execute("SELECT 1 / 0")
        server = held.get_server_pid()
    assert await fetch_rows("SELECT pg_backend_pid() AS id") == [{"id": server}]
    assert not await inside_a_transaction()
    assert await Team.all().count() == 0
    await Team.create(name="Bakers", created_at=NOW)
    assert await Team.all().count() == 1
    assert [context["message"].partition(" <")[0] for context in told] == [
        "Resetting connection with an active transaction"
    ]


@pytest.mark.usefixtures("only_connection")
async def test_work_that_is_cancelled_within_a_statement_leaves_nothing_behind() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with unit_of_work(Bus(), now=NOW):
            await Team.create(name="Bakers", created_at=NOW)
            begun.set()
            await fetch_rows("SELECT pg_sleep(60)")

    working = asyncio.create_task(work())
    await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert not await inside_a_transaction()
    assert await Team.all().count() == 0


@pytest.mark.usefixtures("only_connection")
async def test_work_that_the_database_refuses_leaves_nothing_behind() -> None:
    async def work() -> None:
        async with unit_of_work(Bus(), now=NOW):
            await Team.create(name="Millers", created_at=NOW)
            await Team.create(name="Bakers", created_at=NOW)

    await Team.create(name="Bakers", created_at=NOW)
    with pytest.raises(IntegrityError):
        await work()
    assert not await inside_a_transaction()
    assert [team.name for team in await Team.all()] == ["Bakers"]


def said_to_end() -> bytes:
    """What a server that restarts sends before it closes a connection (PostgreSQL's protocol 3.0, ErrorResponse)."""
    fields = b"".join(key.encode() + value.encode() + b"\0" for key, value in ENDED.items()) + b"\0"
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


@pytest.mark.usefixtures("only_connection")
async def test_a_connection_that_the_server_has_ended_is_handed_out_no_more() -> None:
    async with the_pool().acquire() as held:
        first = await held.fetchval("SELECT pg_backend_pid()")
        held._protocol.data_received(said_to_end())  # and its close is still under way
        assert not held.is_closed()
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await fetch_rows("SELECT 1")
    assert await fetch_rows("SELECT pg_backend_pid() <> $1::int AS another", first) == [{"another": True}]
