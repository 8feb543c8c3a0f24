"""The databases that tests are given are fresh, migrated and their own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from app.database import connection
from app.database import database as open_database
from app.people.models import Account
from tests.support.databases import Databases


async def count_of_accounts() -> int:
    return (await connection().execute_query_dict("SELECT count(*) AS found FROM account"))[0]["found"]


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_a_database_is_migrated_and_nobody_else_wrote_into_it(database: str, turn: str) -> None:
    async with open_database(database):
        assert await count_of_accounts() == 0
        await connection().execute_script(
            "INSERT INTO account (id, name, domains, custom, created_at) "
            f"VALUES (1, '{turn}', '[]', '{{}}', '2026-11-22 12:00:00')"
        )
        assert await count_of_accounts() == 1


async def test_models_speak_the_dialect_of_the_database_at_hand(database: str) -> None:
    """Runs on SQLite first, then on PostgreSQL, in one process."""
    async with open_database(database):
        await Account.create(
            name="Northwind Bakery", domains=[], custom={}, created_at=datetime(2026, 11, 22, tzinfo=UTC)
        )
        assert await Account.all().count() == 1


async def test_an_empty_database_has_no_tables(empty_database: str) -> None:
    catalogue = (
        "sqlite_master WHERE type = 'table'"
        if empty_database.startswith("sqlite")
        else ("information_schema.tables WHERE table_schema = 'public'")
    )
    async with open_database(empty_database):
        rows = await connection().execute_query_dict(f"SELECT count(*) AS found FROM {catalogue}")
    assert rows[0]["found"] == 0


async def test_a_dropped_database_ends_its_connections(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("postgres", tmp_path) as url:
        left_open = await asyncpg.connect(url)
    with pytest.raises(asyncpg.PostgresError):
        await left_open.fetchval("SELECT 1")


async def test_postgres_comes_back_after_a_power_cut(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("postgres", tmp_path) as url:
        databases.postgres.kill()
        databases.postgres.restart()
        again = await asyncpg.connect(url)
        assert await again.fetchval("SELECT count(*) FROM account") == 0
        await again.close()
