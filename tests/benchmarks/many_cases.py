"""Makes a desk with a few cases from mail into one with very many, by copying its rows in PostgreSQL."""

from __future__ import annotations

import asyncpg

APART = 20_000  # between the ids of two copies; more than any table has rows to begin with

COPIED: dict[str, dict[str, str]] = {
    "contact": {},
    "contact_address": {"contact_id": "contact_id + m.n * {apart}", "address": "m.n || '.' || address"},
    "desk_case": {"number": "number + m.n * {apart}", "contact_id": "contact_id + m.n * {apart}"},
    "entry": {"case_id": "case_id + m.n * {apart}", "author_contact_id": "author_contact_id + m.n * {apart}"},
    "case_clock": {"case_id": "case_id + m.n * {apart}"},
    "inbound_email": {
        "uid": "uid + m.n * {apart}",
        "case_id": "case_id + m.n * {apart}",
        "message_key": "m.n || message_key",
        "from_address": "m.n || '.' || from_address",
    },
    "mail_reference": {"case_id": "case_id + m.n * {apart}", "message_key": "m.n || message_key"},
    "outbound_email": {"case_id": "case_id + m.n * {apart}", "message_id": "m.n || message_id"},
}
"""Tables in the order of their references, and what is not simply copied. Ids always move along."""


async def multiply(url: str, first: int, last: int) -> int:
    """Add the copies number `first` to `last` of the rows that were there at the beginning; the cases there are now."""
    database = await asyncpg.connect(url)
    try:
        for table, changed in COPIED.items():
            columns = [
                row["column_name"]
                for row in await database.fetch(
                    "SELECT column_name FROM information_schema.columns "
                    "WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'",
                    table,
                )
            ]
            moved = {"id": "id + m.n * {apart}", **changed}
            values = ", ".join(moved.get(name, f'"{name}"').format(apart=APART) for name in columns)
            names = ", ".join(f'"{name}"' for name in columns)
            await database.execute(
                f'INSERT INTO "{table}" ({names}) SELECT {values} '
                f'FROM "{table}" CROSS JOIN generate_series({first}, {last}) AS m(n) WHERE id < {APART}'
            )
            await database.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM \"{table}\") + {APART})"
            )
        await database.execute("ANALYZE")
        counted = await database.fetchval("SELECT COUNT(*) FROM desk_case")
    finally:
        await database.close()
    return int(counted)
