"""Many rows of a table written by one statement, on either engine.

PostgreSQL gets one array for each column: one round trip, and triggers of statements run once for all rows. SQLite has
neither cost, and runs a statement for each row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.models import Model

from app.database import fetch_rows, is_sqlite, write_rows


async def insert_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of these columns, inside the running transaction.

    All that is not null needs a value: defaults of models are not looked at. JSON columns take text (`stored_json`).
    """
    if not rows:
        return
    table, names = model._meta.db_table, _names(columns)
    if is_sqlite():
        values = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        await write_rows(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)
    else:
        await fetch_rows(f"INSERT INTO {table} ({names}) SELECT * FROM {_arrays(model, columns)}", *_turned(rows))


async def update_rows(
    model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, also: Mapping[str, str] | None = None
) -> None:
    """Set these columns of the rows whose id is the last value of each, inside the running transaction.

    `also` sets further columns to expressions of our own SQL, in which the row as it was is `t`. The caller holds the
    rows: they are changed in no particular order.
    """
    if not rows:
        return
    table, keyed = model._meta.db_table, (*columns, "id")
    further = [f'"{name}" = {expression}' for name, expression in (also or {}).items()]
    if is_sqlite():
        places = [f'"{name}" = ${place}' for place, name in enumerate(columns, start=1)]
        changes = ", ".join(places + further)
        await write_rows(f"UPDATE {table} AS t SET {changes} WHERE t.id = ${len(keyed)}", rows)
    else:
        changes = ", ".join([f'"{name}" = n."{name}"' for name in columns] + further)
        source = f"{_arrays(model, keyed)} AS n ({_names(keyed)})"
        await fetch_rows(f"UPDATE {table} AS t SET {changes} FROM {source} WHERE t.id = n.id", *_turned(rows))


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _arrays(model: type[Model], columns: Sequence[str]) -> str:
    fields = model._meta.fields_map
    # Without their lengths: a cast to varchar(24) would cut what is longer, where the column refuses it.
    kinds = [fields[name].get_for_dialect("postgres", "SQL_TYPE").partition("(")[0] for name in columns]
    return f"unnest({', '.join(f'${place}::{kind}[]' for place, kind in enumerate(kinds, start=1))})"


def _turned(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
