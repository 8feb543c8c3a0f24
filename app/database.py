"""The database: starting and stopping Tortoise, bringing the schema up to date, and the unit of work."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from tortoise import Tortoise, connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.transactions import in_transaction

from app.events import Bus, Event
from app.postgres_connection import DeskConnection
from app.schema_history import SchemaExecutor
from app.start_lock import one_start_at_a_time

MODELS = (
    "app.people.models",
    "app.queues.models",
    "app.cases.models",
    "app.mailboxes.models",
    "app.dispatch.models",
    "app.views.models",
    "app.macros.models",
    "app.service_levels.models",
    "app.notifications.models",
    "app.portal.models",
    "app.reports.models",
    "app.web.models",
)
BUSY_TIMEOUT = 10_000  # milliseconds a second process waits for SQLite's write lock before it gives up
PLACEHOLDER = re.compile(r"\$(\d+)")
IDLE_IN_TRANSACTION = 30_000  # milliseconds; PostgreSQL ends a transaction whose owner hangs and holds a case's row


def tortoise_config(url: str, *, pool: int = 10) -> dict[str, Any]:
    """Tortoise's configuration for a database URL (`sqlite://path` or `postgresql://user:password@host/name`).

    A path that begins with a slash is absolute, with one or with two: `sqlite:///srv/desk.sqlite3`, or
    `sqlite:////srv/desk.sqlite3` as SQLAlchemy writes it.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        if not parts.netloc and parts.path.startswith("//"):
            parts = parts._replace(path="/" + parts.path.lstrip("/"))  # two would be read as the start of a host
        query = dict(parse_qsl(parts.query))
        query.setdefault("synchronous", "FULL")
        query.setdefault("busy_timeout", str(BUSY_TIMEOUT))
        connection = expand_db_url(urlunsplit(parts._replace(query=urlencode(query))))
        connection["engine"] = "app.sqlite_engine"
        if connection["credentials"]["file_path"] != ":memory:":
            Path(connection["credentials"]["file_path"]).parent.mkdir(parents=True, exist_ok=True)
    else:
        connection = expand_db_url(url)
        connection["credentials"].update(
            minsize=1,
            maxsize=pool,
            reset=_left_as_it_is,
            connection_class=DeskConnection,
            server_settings={
                "application_name": "casefeed",
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION),
            },
        )
    return {
        "connections": {"default": connection},
        "apps": {"app": {"models": list(MODELS), "migrations": "app.migrations", "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def _left_as_it_is(_: Any) -> None:
    """Asks nothing of a connection that returns to the pool; asyncpg itself still ends an open transaction.

    Its usual question (unlock, unlisten, close cursors, reset settings) would cost each statement outside of a
    transaction a second round trip. Nothing here leaves such state: locks are of transactions, and the one of the
    start (start_lock.py) has a connection of its own. A house rule looks for what would.
    """


async def open_database(url: str, *, pool: int = 10) -> None:
    """Connect; `close_database` must follow, or the process does not end."""
    await Tortoise.init(config=tortoise_config(url, pool=pool), _enable_global_fallback=True)


async def close_database() -> None:
    await Tortoise.close_connections()
    EXECUTOR_CACHE.clear()  # holds INSERT statements by table alone, so another engine would get this one's


@asynccontextmanager
async def database(url: str, *, pool: int = 10) -> AsyncIterator[None]:
    await open_database(url, pool=pool)
    try:
        yield
    finally:
        await close_database()


def connection() -> BaseDBAsyncClient:
    """The connection of the running transaction, or the pool outside of one."""
    current: BaseDBAsyncClient = connections.get("default")
    return current


def is_sqlite() -> bool:
    return connection().capabilities.dialect == "sqlite"


async def fetch_rows(query: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of hand-written SQL with PostgreSQL's placeholders ($1, $2 …), on either engine.

    Moments come back aware and JSON columns as text or values of the driver: read them with `moment` and `plain`.
    """
    current = connection()
    if current.capabilities.dialect == "sqlite":
        query = PLACEHOLDER.sub(r"?\1", query)
        values = tuple(str(v.astimezone(UTC)) if isinstance(v, datetime) else v for v in values)
    return list(await current.execute_query_dict(query, list(values)))


async def write_rows(query: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run hand-written SQL once for each row of values ($1, $2 …), on either engine, inside the running transaction.

    JSON columns take text (`stored_json`).
    """
    if not rows:
        return
    if is_sqlite():
        query = PLACEHOLDER.sub(r"?\1", query)
        rows = [[str(v.astimezone(UTC)) if isinstance(v, datetime) else v for v in row] for row in rows]
    await connection().execute_many(query, [list(row) for row in rows])


async def next_ids(table: str, count: int) -> list[int]:
    """Ids that nobody else gets, for rows that are written together and name each other. Inside a transaction."""
    if count == 0:
        return []
    if is_sqlite():  # has one writer, which this transaction is
        found = await fetch_rows("SELECT seq FROM sqlite_sequence WHERE name = $1", table)
        last = int(found[0]["seq"]) if found else 0
        return list(range(last + 1, last + count + 1))
    query = "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2::int)"
    return sorted(int(row["id"]) for row in await fetch_rows(query, table, count))


def stored_json(value: Any) -> str:
    """A JSON column as text, for hand-written SQL."""
    return msgspec.json.encode(value).decode()


def moment(value: Any) -> datetime | None:
    """A moment from a raw row: SQLite hands out text, PostgreSQL a datetime."""
    if value is None:
        return None
    if isinstance(value, datetime) and value.tzinfo is UTC:
        return value  # as PostgreSQL hands them out, by the hundred for one page
    parsed = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)


def plain(value: Any) -> Any:
    """A JSON column from a raw row as plain values."""
    return msgspec.json.decode(value) if isinstance(value, str | bytes) else value


async def migrate_open_database() -> list[str]:
    """Apply what is missing of the schema's history; answers the names of the migrations that were applied.

    Of several processes that start together one applies them, and the others wait.
    """
    if not await missing_migrations():
        return []
    async with one_start_at_a_time(connections.get("default")):
        plan = await missing_migrations()
        if plan:
            await _executor().migrate(direction="forward")
    return plan


async def missing_migrations() -> list[str]:
    """Names of the migrations that this program knows and the open database lacks."""
    return [step.migration.name for step in await _executor().plan()]


def _executor() -> SchemaExecutor:
    return SchemaExecutor(connections.get("default"), tortoise_config("sqlite://:memory:")["apps"])


def migrate(url: str) -> list[str]:
    """Bring the schema of a closed database up to date (blocking; used by commands and test set-up)."""

    async def run() -> list[str]:
        async with database(url):
            return await migrate_open_database()

    return asyncio.run(run())


Later = Callable[["Work", Sequence[Any]], Awaitable[None]]


@dataclass(slots=True)
class Work:
    """One transaction and what it will tell others. Actions take it as their first argument."""

    now: datetime
    bus: Bus
    memo: dict[str, Any] = field(default_factory=dict)
    """What is looked up or gathered for many cases at once, by a name that both sides know."""
    _events: deque[Event] = field(default_factory=deque)
    _told: list[Event] = field(default_factory=list)
    _later: list[tuple[Later, Any]] = field(default_factory=list)

    def record(self, event: Event) -> None:
        """Tell `event` to its inside subscribers before the commit and to the others after it."""
        self._events.append(event)

    def later(self, handler: Later, item: Any) -> None:
        """Let `handler` do this with all else that it is to do, after everything and everybody, before the commit.

        What holds rows of which others hold some too is done so: in one go, and in one order.
        """
        self._later.append((handler, item))

    async def tell_now(self, event: Event) -> None:
        """Tell `event` to its inside subscribers before anything else happens, and to the others after the commit."""
        self._told.append(event)
        await self.bus.tell_inside(self, event)

    async def tell_together(self, event: Event, parts: Sequence[Event]) -> None:
        """Tell `event` to its inside subscribers now, and after the commit `parts`, which it stands for."""
        self._told.extend(parts)
        await self.bus.tell_inside(self, event)

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """A part that may fail without the rest: what it wrote is undone then, and what it recorded is not told."""
        recorded, later = len(self._events), len(self._later)
        try:
            async with in_transaction():
                yield
        except BaseException:
            while len(self._events) > recorded:
                self._events.pop()
            del self._later[later:]
            raise

    async def _settle(self) -> None:
        """Inside subscribers may record further events; each is told once, in order."""
        while self._events or self._later:
            while self._events:
                event = self._events.popleft()
                self._told.append(event)
                await self.bus.tell_inside(self, event)
            later, self._later = self._later, []
            for handler in dict.fromkeys(handler for handler, _ in later):
                await handler(self, [item for wanted, item in later if wanted is handler])


@asynccontextmanager
async def unit_of_work(bus: Bus, *, now: datetime) -> AsyncIterator[Work]:
    """One transaction: all of it happens and is then told, or nothing happened.

    Only the database is awaited inside: on SQLite a transaction held over a network call would stall every reader.
    """
    work = Work(now=now, bus=bus)
    async with in_transaction():
        yield work
        await work._settle()
    for event in work._told:
        await bus.tell_after(event)
