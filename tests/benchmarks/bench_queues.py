"""Queue pages and counters at 1,000,000 cases, against the same at 10,000 and against the bare SQL through asyncpg.

Two databases on one PostgreSQL, filled by SQL: one queue with nine tenths of the cases at work, owners, due moments
(a twentieth of them past) and priorities mixed. Rounds alternate between the two; the median counts.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

import asyncpg

from app.cases import counters as tally
from app.cases import queries
from app.database import database, migrate_open_database
from tests.support.postgres import Postgres

SIZES = {"small": 10_000, "large": 1_000_000}
ROUNDS = 3
REPEATS = 40
PAGE = 50
NOW = datetime.now(UTC)

SEED = """
INSERT INTO status (id, key, category, names, sort, "default") VALUES
    (1, 'new', 'new', '{}', 0, true), (2, 'open', 'open', '{}', 0, true), (3, 'waiting', 'waiting', '{}', 0, true),
    (4, 'closed', 'closed', '{}', 0, true);
INSERT INTO queue (id, name, sort, purpose, archived, created_at) VALUES (1, 'Support', 0, 'work', false, now());
INSERT INTO account (id, name, domains, custom, created_at) VALUES (1, 'Northwind Bakery', '[]', '{}', now());
INSERT INTO contact (id, account_id, name, phone, custom, created_at)
    SELECT n, 1, 'Contact ' || n, '', '{}', now() FROM generate_series(1, 1000) n;
INSERT INTO app_user (id, email, name, role, language, preferences, active, created_at)
    SELECT n, 'agent' || n || '@desk.example', 'Agent ' || n, 'agent', 'en', '{}', true, now()
    FROM generate_series(1, 20) n;
"""
CASES = """
INSERT INTO desk_case (number, subject, status_id, category, priority, queue_id, owner_id, contact_id, account_id,
    channel, language, tags, custom, last_position, last_public_position, change_mark, preview, opened_at, updated_at,
    public_at, next_due_at)
SELECT 1000 + n, 'Case ' || n, s.id, s.category, 1 + n % 4, 1, CASE WHEN n % 3 = 0 THEN NULL ELSE 1 + n % 20 END,
    1 + n % 1000, 1, 'mail', 'en', '[]', '{}', 1, 1, 0, 'It does not heat.', now() - n * interval '1 second', now(),
    now(),
    CASE WHEN n % 20 = 5 THEN now() - interval '1 hour' ELSE now() + (n % 9000) * interval '1 minute' END
FROM generate_series($1::int, $2::int) n
JOIN status s ON s.id = CASE n % 10 WHEN 0 THEN 4 WHEN 1 THEN 3 WHEN 2 THEN 1 ELSE 2 END
"""
BARE = """
SELECT c.id, c.number, c.subject, s.key, c.category, s.names, c.priority, c.queue_id, c.owner_id, u.name AS owner_name,
    c.contact_id, k.name, c.account_id, a.name AS account_name, c.channel, c.tags, c.preview, c.opened_at, c.updated_at,
    c.waiting_since, c.next_due_at, c.escalated_at, c.last_position
FROM desk_case c JOIN status s ON s.id = c.status_id JOIN contact k ON k.id = c.contact_id
LEFT JOIN app_user u ON u.id = c.owner_id LEFT JOIN account a ON a.id = c.account_id
WHERE c.queue_id = $1 AND c.shelf = 0 ORDER BY c.work_rank, c.id LIMIT 50
"""


async def fill(url: str, cases: int) -> None:
    async with database(url):
        await migrate_open_database()
    connection = await asyncpg.connect(url)
    await connection.execute(SEED)
    for first in range(1, cases + 1, 50_000):
        await connection.execute(CASES, first, min(cases, first + 49_999))
    await connection.close()


async def settle(url: str) -> None:
    """As autovacuum would in time. A vacuum beside the filling can mark nothing as visible to all."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def milliseconds(what: Callable[[], Awaitable[Any]]) -> float:
    """The median of one call."""
    await what()
    taken = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        await what()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


async def measure(url: str, cursor: list[int] | None) -> tuple[dict[str, float], list[int]]:
    async def page(after: list[int] | None) -> Any:
        return await queries.queue_page(1, state="active", reader_id=1, after=after, limit=PAGE)

    async with database(url):
        if cursor is None:
            for _ in range(99):
                _, cursor = await page(cursor)
        assert cursor is not None
        taken = {
            "first_page": await milliseconds(lambda: page(None)),
            "page_100": await milliseconds(lambda: page(cursor)),
            "counters": await milliseconds(lambda: tally.counters(NOW, queue_id=1)),
        }
    connection = await asyncpg.connect(url)
    taken["bare_sql"] = await milliseconds(lambda: connection.fetch(BARE, 1))
    await connection.close()
    return taken, cursor


async def run() -> dict[str, Any]:
    server = Postgres()
    try:
        urls = {name: server.url(server.create_database()) for name in SIZES}
        for name, cases in SIZES.items():
            await fill(urls[name], cases)
        for url in urls.values():
            await settle(url)
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in SIZES}
        cursors: dict[str, list[int] | None] = dict.fromkeys(SIZES)
        for _ in range(ROUNDS):
            for name, url in urls.items():
                found, cursors[name] = await measure(url, cursors[name])
                taken[name].append(found)
    finally:
        server.stop()
    middle = {name: {key: median(one[key] for one in rounds) for key in rounds[0]} for name, rounds in taken.items()}
    small, large = middle["small"], middle["large"]
    return {
        "milliseconds_at_10000_cases": small,
        "milliseconds_at_1000000_cases": large,
        "first_page_ratio": large["first_page"] / small["first_page"],
        "page_100_ratio": large["page_100"] / small["page_100"],
        "counters_ratio": large["counters"] / small["counters"],
        "page_to_bare_sql_ratio": large["first_page"] / large["bare_sql"],
    }
