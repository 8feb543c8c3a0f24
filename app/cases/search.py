"""Full-text search over subject, names and what was written, newest hit first, by an index of each database.

PostgreSQL has a column of words under a GIN index, SQLite an FTS5 table; both are kept by the database (`entry_words`,
migration 0014). An entry is found when it holds, together with the subject and the names of its case, every word that
was typed, or words that begin so.
"""

from __future__ import annotations

from typing import Any

from app.cases.queries import Filter
from app.cases.visibility import Sight
from app.database import fetch_rows, is_sqlite

WORDS = 8  # that are looked at; who types more has pasted something
MOST_LOOKED_AT = 10_000  # hits for one page; who finds fewer cases in so many gets the rest with the next page


def words_of(typed: str) -> list[str]:
    """The words of a question, as both databases split texts."""
    return "".join(letter.lower() if letter.isalnum() else " " for letter in typed).split()[:WORDS]


async def found_cases(
    typed: str, chosen: Filter, *, seen_by: Sight, before: int | None, limit: int
) -> tuple[list[int], int | None]:
    """Ids of the cases that `chosen` allows and whose feed, as `seen_by` sees it, holds the words; and what follows.

    `chosen` speaks of the case as `c`. `before` is what followed the page before.
    """
    words = words_of(typed)
    newest: dict[int, int] = {}
    following = before
    hits, looked_at = [], 2 * limit
    while words and len(newest) <= limit and looked_at <= MOST_LOOKED_AT:
        hits = await _hits(words, chosen, seen_by=seen_by, before=following, limit=looked_at)
        for hit in hits:
            newest.setdefault(hit["case_id"], hit["entry_id"])
        if len(hits) < looked_at:
            break
        following, looked_at = hits[-1]["entry_id"], 4 * looked_at
    page = list(newest)[:limit]
    if len(newest) > limit:
        following = newest[page[-1]]
    elif looked_at <= MOST_LOOKED_AT:
        following = None
    if before is not None and page:
        shown = await _shown_before(words, page, before, seen_by)
        page = [case_id for case_id in page if case_id not in shown]
    return page, following


async def _hits(
    words: list[str], chosen: Filter, *, seen_by: Sight, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """The newest hits. Their cases are looked at only where something is asked of them: the index stays in charge."""
    asked = Filter()
    asked.values = list(chosen.values)
    entry = "w.rowid" if is_sqlite() else "w.entry_id"
    asked.add(_holding(words, asked))
    if seen_by is Sight.CUSTOMER:
        asked.add("w.public = 1" if is_sqlite() else "w.public")
    if before is not None:
        asked.add(f"{entry} < {asked.value(before)}")
    cases = ""
    if chosen.conditions:
        cases = "JOIN desk_case c ON c.id = w.case_id"
        asked.add(str(chosen))
    return await fetch_rows(
        f"SELECT {entry} AS entry_id, w.case_id FROM entry_words w {cases} WHERE {asked} "
        f"ORDER BY {entry} DESC LIMIT {limit}",
        *asked.values,
    )


def _holding(words: list[str], chosen: Filter) -> str:
    """Each word begins one of the entry's, or is the number of its case, which stands there as `nr1042`."""
    if is_sqlite():
        parts = [f'("{word}"* OR "nr{word}")' if word.isdigit() else f'"{word}"*' for word in words]
        return f"w.entry_words MATCH {chosen.value(' AND '.join(parts))}"
    parts = [f"('{word}':* | 'nr{word}')" if word.isdigit() else f"'{word}':*" for word in words]
    return f"w.words @@ to_tsquery('simple', {chosen.value(' & '.join(parts))})"


async def _shown_before(words: list[str], page: list[int], before: int, seen_by: Sight) -> set[int]:
    """Those of a page that stood on an earlier one: a case stands where its newest hit is."""
    chosen = Filter()
    chosen.add(_holding(words, chosen))
    chosen.add(f"{'w.rowid' if is_sqlite() else 'w.entry_id'} >= {chosen.value(before)}")
    chosen.among("w.case_id", page)
    if seen_by is Sight.CUSTOMER:
        chosen.add("w.public = 1" if is_sqlite() else "w.public")
    rows = await fetch_rows(f"SELECT DISTINCT w.case_id FROM entry_words w WHERE {chosen}", *chosen.values)
    return {row["case_id"] for row in rows}
