"""Full-text search over 1,000,000 entries on PostgreSQL, against the bare SQL of the same question through asyncpg.

Entries of 12 words out of 20,000, some words frequent and most rare, as in real texts; four entries to a case. Ours is
what the console asks for: the cases of the newest hits, as rows of a list. The bare SQL reads the same: hits from the
newest on until they are of more than 50 cases, then the rows of the first 50. A ratio for each question, and their
median.
"""

from __future__ import annotations

from statistics import median
from typing import Any

import asyncpg

from app.cases import queries, search
from app.cases.visibility import Sight
from app.database import database
from tests.benchmarks.bench_queues import BARE, CASES, PAGE, SEED, milliseconds
from tests.support.postgres import Postgres

ENTRIES = 1_000_000
PER_CASE = 4
QUESTIONS = ("word7", "word150 word90", "word1999", "word12345", "oven word3000", "contact 77")
WORDS = "(20000 * power(random(), 3))::int"
FILL = f"""
INSERT INTO entry (case_id, position, public_position, kind, audience, author_kind, author_name, text, data, created_at)
SELECT 1 + n / {PER_CASE}, 1 + n % {PER_CASE}, 1 + n % {PER_CASE}, 'message', 'public', 'staff', 'Maria Keller',
    (SELECT string_agg('word' || {WORDS}, ' ') FROM generate_series(1, 12) WHERE n > 0)
    || CASE WHEN n % 500 = 0 THEN ' oven' ELSE '' END, '{{}}', now()
FROM generate_series($1::int, $2::int) n
"""
HITS = """
SELECT entry_id, case_id FROM entry_words WHERE words @@ to_tsquery('simple', $1) AND entry_id < $2
ORDER BY entry_id DESC LIMIT $3
"""
ROWS = BARE.replace(
    "WHERE c.queue_id = $1 AND c.shelf = 0 ORDER BY c.work_rank, c.id LIMIT 50",
    "WHERE c.id = ANY($1::int[]) ORDER BY c.id",
)


async def fill(url: str) -> None:
    from app.database import migrate_open_database

    async with database(url):
        await migrate_open_database()
    connection = await asyncpg.connect(url)
    await connection.execute(SEED)
    cases = ENTRIES // PER_CASE + 1
    for first in range(1, cases + 1, 50_000):
        await connection.execute(CASES, first, min(cases, first + 49_999))
    for first in range(1, ENTRIES + 1, 50_000):
        await connection.execute(FILL, first, first + 49_999)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def ask(question: str) -> int:
    ids, _ = await search.found_cases(question, queries.Filter(), seen_by=Sight.STAFF, before=None, limit=PAGE)
    return len(await queries.rows_of(ids, reader_id=1))


async def ask_bare(connection: asyncpg.Connection, words: str) -> int:
    """The same without the desk."""
    cases: dict[int, None] = {}
    before, looked_at = ENTRIES * 2, 2 * PAGE
    while len(cases) <= PAGE:
        hits = await connection.fetch(HITS, words, before, looked_at)
        cases |= dict.fromkeys(hit["case_id"] for hit in hits)
        if len(hits) < looked_at:
            break
        before, looked_at = hits[-1]["entry_id"], 4 * looked_at
    return len(await connection.fetch(ROWS, list(cases)[:PAGE]))


async def run() -> dict[str, Any]:
    server = Postgres()
    try:
        url = server.url(server.create_database())
        await fill(url)
        ours, bare, found = {}, {}, {}
        connection = await asyncpg.connect(url)
        async with database(url):
            for question in QUESTIONS:
                plain = " & ".join(
                    f"('{word}':* | 'nr{word}')" if word.isdigit() else f"'{word}':*"
                    for word in search.words_of(question)
                )
                found[question] = await ask(question)
                if await ask_bare(connection, plain) != found[question]:
                    raise RuntimeError(f"{question}: the bare SQL found something else")
                ours[question] = await milliseconds(lambda question=question: ask(question))
                bare[question] = await milliseconds(lambda plain=plain: ask_bare(connection, plain))
        await connection.close()
    finally:
        server.stop()
    return {
        "cases_found": found,
        "milliseconds": ours,
        "bare_sql_milliseconds": bare,
        "median_milliseconds": median(ours.values()),
        "to_bare_sql": {f"{question}, ratio": ours[question] / bare[question] for question in QUESTIONS},
        "median_of_the_questions_ratio": median(ours[question] / bare[question] for question in QUESTIONS),
    }
