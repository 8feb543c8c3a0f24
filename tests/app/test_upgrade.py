"""A desk of any released version is brought up to date without losing a row, an index or a column, on both engines."""

from __future__ import annotations

import ast
import importlib
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg
import pytest
from tortoise import Tortoise, connections
from tortoise.migrations.executor import MigrationTarget

from app.database import database, migrate_open_database, tortoise_config
from app.schema_history import SchemaExecutor
from tests.support.sources import ROOT

MIGRATIONS = sorted(path.stem for path in (ROOT / "app" / "migrations").glob("[0-9]*.py"))
DESTROYERS = {"AlterField", "RemoveField", "DeleteModel", "RenameField", "RemoveConstraint", "RunSQL"}
"""On SQLite the first two drop the table with what hangs on it, and all its indexes; the others need a look by hand."""
KEPT_BY_TRIGGERS = re.compile(r"queue_tally|entry_words.*")
"""Caches that the database fills by itself from the other tables; their content is not seeded by hand."""
UNKNOWN_TO_MODELS = re.compile(r"entry_words.*")
"""Tables of full-text search, of which each database has its own kind."""
ADDING = re.compile(r"\s*(CREATE (FUNCTION|TRIGGER|TABLE|VIRTUAL TABLE|INDEX)|INSERT INTO|UPDATE desk_case)\b")
"""What statements written by hand may begin with."""
ROWS = 2  # of each table; each row refers to the rows of its own number
OWN = "tortoise_migrations"
Columns = dict[str, str]


class Look(Protocol):
    """A connection beside the desk's, that reads and fills any schema."""

    async def tables(self) -> dict[str, Columns]: ...
    async def indexes(self) -> set[tuple[str, tuple[str, ...], bool]]: ...
    async def rows(self, query: str) -> list[tuple[Any, ...]]: ...
    async def insert(self, table: str, values: dict[str, Any]) -> None: ...
    async def broken_references(self) -> int: ...


class SqliteLook:
    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)  # checks no foreign keys unless asked to

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    async def tables(self) -> dict[str, Columns]:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        return {
            name: {column[1]: str(column[2]).upper() for column in await self.rows(f"PRAGMA table_info({name})")}
            for (name,) in await self.rows(query)
            if name != OWN
        }

    async def indexes(self) -> set[tuple[str, tuple[str, ...], bool]]:
        found = set()
        for table in await self.tables():
            for index in await self.rows(f"PRAGMA index_list({table})"):
                columns = tuple(column[2] for column in await self.rows(f"PRAGMA index_info('{index[1]}')"))
                found.add((table, columns, bool(index[2])))
        return found

    async def insert(self, table: str, values: dict[str, Any]) -> None:
        marks = ", ".join("?" * len(values))
        names = ", ".join(f'"{name}"' for name in values)
        self.connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(values.values()))

    async def broken_references(self) -> int:
        return len(await self.rows("PRAGMA foreign_key_check"))


class PostgresLook:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.connection.fetch(query)]

    async def tables(self) -> dict[str, Columns]:
        found: dict[str, Columns] = {}
        query = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        )
        for table, column, kind in await self.rows(query):
            if table != OWN:
                found.setdefault(table, {})[column] = kind.upper()
        return found

    async def indexes(self) -> set[tuple[str, tuple[str, ...], bool]]:
        query = (
            "SELECT t.relname, array_agg(a.attname ORDER BY k.place), i.indisunique FROM pg_index i"
            " JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
            " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)"
            " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number"
            " WHERE n.nspname = 'public' GROUP BY i.indexrelid, t.relname, i.indisunique"
        )
        return {(table, tuple(columns), unique) for table, columns, unique in await self.rows(query) if table != OWN}

    async def insert(self, table: str, values: dict[str, Any]) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        await self.connection.execute("SET session_replication_role = replica")  # references are checked at the end
        literals = ", ".join("NULL" if one is None else f"'{one}'" for one in values.values())
        await self.connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({literals})')

    async def broken_references(self) -> int:
        query = "SELECT conrelid::regclass::text, confrelid::regclass::text, conkey[1], confkey[1] FROM pg_constraint"
        broken = 0
        for table, other, column, key in await self.rows(f"{query} WHERE contype = 'f'"):
            names = "SELECT attname FROM pg_attribute WHERE attrelid = '{}'::regclass AND attnum = {}"
            ((own,),) = await self.rows(names.format(table, column))
            ((their,),) = await self.rows(names.format(other, key))
            theirs = f'SELECT "{their}" FROM {other}'
            counting = f'SELECT count(*) FROM {table} WHERE "{own}" IS NOT NULL AND "{own}" NOT IN ({theirs})'
            broken += (await self.rows(counting))[0][0]
        return broken


@asynccontextmanager
async def looking(url: str) -> AsyncIterator[Look]:
    if url.startswith("sqlite"):
        look = SqliteLook(url.removeprefix("sqlite://"))
        yield look
        look.connection.close()
        return
    parts = urlsplit(url)
    connection = await asyncpg.connect(
        host=parts.hostname, port=parts.port, user=parts.username, database=parts.path[1:]
    )
    yield PostgresLook(connection)
    await connection.close()


def value(kind: str, number: int) -> Any:
    """Something that a column of this type takes, different in each row, so that it may be unique."""
    if "JSON" in kind:
        return "{}"
    if "TIME" in kind:
        return f"2026-03-0{number} 09:00:00+00:00"
    if "DATE" in kind:
        return f"2026-03-0{number}"
    if "BOOL" in kind:
        return number % 2
    if "INT" in kind or "SERIAL" in kind or any(word in kind for word in ("REAL", "DOUBLE", "NUMERIC", "DECIMAL")):
        return number
    return f"v{number}"


async def seed(look: Look) -> dict[str, Columns]:
    """Rows in every table, made from the schema as it is: the models of today know columns that it has not."""
    tables = {name: found for name, found in (await look.tables()).items() if not KEPT_BY_TRIGGERS.fullmatch(name)}
    for table, columns in tables.items():
        for number in range(1, ROWS + 1):
            await look.insert(table, {name: value(kind, number) for name, kind in columns.items()})
    return tables


async def content(look: Look, tables: dict[str, Columns]) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    for table, columns in tables.items():
        names = ", ".join(f'"{name}"' for name in columns)
        found[table] = sorted(await look.rows(f'SELECT {names} FROM "{table}"'), key=repr)
    return found


async def migrate_to(name: str) -> None:
    """Bring the open database to the state of one release."""
    executor = SchemaExecutor(connections.get("default"), tortoise_config("sqlite://:memory:")["apps"])
    await executor.migrate([MigrationTarget(app_label="app", name=name)], direction="forward")


@pytest.mark.parametrize("release", MIGRATIONS)
async def test_every_release_can_be_brought_up_to_date(empty_database: str, release: str) -> None:
    async with looking(empty_database) as look:
        async with database(empty_database):
            await migrate_to(release)
        old = await seed(look)
        before = await content(look, old)
        assert all(len(rows) == ROWS for rows in before.values())
        assert await look.broken_references() == 0
        async with database(empty_database):
            assert await migrate_open_database() == MIGRATIONS[MIGRATIONS.index(release) + 1 :]
            assert await migrate_open_database() == []
        assert await content(look, old) == before
        assert await look.broken_references() == 0


@pytest.mark.parametrize("release", MIGRATIONS)
async def test_an_upgraded_schema_is_the_one_of_the_models(
    database_engine: str, databases: Any, tmp_path: Path, release: str
) -> None:
    (tmp_path / "fresh").mkdir()
    with (
        databases.fresh(database_engine, tmp_path, migrated=False) as upgraded,
        databases.fresh(database_engine, tmp_path / "fresh", migrated=False) as fresh,
    ):
        async with database(upgraded):
            await migrate_to(release)
            await migrate_open_database()
        async with database(fresh):
            await Tortoise.generate_schemas()
        async with looking(upgraded) as one, looking(fresh) as other:
            assert {
                table: set(columns)
                for table, columns in (await one.tables()).items()
                if not UNKNOWN_TO_MODELS.fullmatch(table)
            } == {table: set(columns) for table, columns in (await other.tables()).items()}
            assert {
                index for index in await one.indexes() if not UNKNOWN_TO_MODELS.fullmatch(index[0])
            } == await other.indexes()


def test_no_migration_takes_anything_away() -> None:
    for name in MIGRATIONS:
        tree = ast.parse((ROOT / "app" / "migrations" / f"{name}.py").read_text())
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not used & DESTROYERS, f"{name} needs a rebuild by hand on SQLite: {sorted(used & DESTROYERS)}"


def test_statements_written_by_hand_only_add() -> None:
    found = importlib.import_module("app.migrations.0014_queues")
    lists = [value for name, value in vars(found).items() if name.isupper() and isinstance(value, list)]
    statements = [statement for one in lists for statement in one]
    assert len(statements) > 20
    assert [statement for statement in statements if not ADDING.match(statement)] == []
