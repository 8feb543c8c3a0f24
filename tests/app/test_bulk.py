"""Many rows written by one statement are the rows that models would have written, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tortoise.exceptions import BaseORMException
from tortoise.transactions import in_transaction

from app.bulk import insert_rows, update_rows
from app.database import database as opened
from app.database import stored_json
from app.people.models import Account

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
COLUMNS = ("name", "domains", "custom", "language", "created_at")


def account(name: str, language: str | None = None, **custom: object) -> tuple[object, ...]:
    return (name, stored_json([f"{name.lower()}.example"]), stored_json(custom), language, NOON)


async def test_rows_are_inserted_with_nulls_json_and_moments(database: str) -> None:
    async with opened(database), in_transaction():
        await insert_rows(Account, COLUMNS, [account("Ovens", floor=2), account("Пекарня", "ru", note="Ä \" ' \\ {}")])
        ovens, bakery = await Account.all().order_by("id")

    assert (ovens.name, ovens.domains, ovens.custom, ovens.language) == ("Ovens", ["ovens.example"], {"floor": 2}, None)
    assert (bakery.name, bakery.language) == ("Пекарня", "ru")
    assert bakery.custom == {"note": "Ä \" ' \\ {}"}
    assert [ovens.created_at, bakery.created_at] == [NOON, NOON]


async def test_each_row_gets_its_own_values_and_no_other_row_is_touched(database: str) -> None:
    later = NOON + timedelta(hours=1)
    async with opened(database), in_transaction():
        await insert_rows(Account, COLUMNS, [account("A", "en"), account("B", "en"), account("C", "en")])
        a, b, c = [row.id for row in await Account.all().order_by("id")]
        values = [("fi", later, c), (None, NOON, a)]
        await update_rows(Account, ("language", "created_at"), values, also={"name": "t.name || t.name"})
        rows = {row.id: (row.name, row.language, row.created_at) for row in await Account.all()}

    assert rows == {a: ("AA", None, NOON), b: ("B", "en", NOON), c: ("CC", "fi", later)}


async def test_what_is_too_long_is_refused_instead_of_cut(postgres_database: str) -> None:
    """SQLite has no lengths."""
    async with opened(postgres_database):
        with pytest.raises(BaseORMException, match="too long"):
            await insert_rows(Account, COLUMNS, [account("x" * 5000)])


async def test_no_rows_are_no_statement(database: str) -> None:
    async with opened(database):
        await insert_rows(Account, COLUMNS, [])
        await update_rows(Account, COLUMNS, [])
        assert await Account.all().count() == 0
