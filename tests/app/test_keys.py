"""The secrets of an installation."""

from __future__ import annotations

import pytest

from app.database import database
from app.keys import Keys, SealBroken
from app.web.secrets import unlock_keys
from tests.support.desk import settings_for


def test_each_use_has_its_own_key_and_keeps_it() -> None:
    keys = Keys("the master")
    assert keys.derive("one") == Keys("the master").derive("one")
    assert len({keys.derive("one"), keys.derive("two"), keys.reply_address, Keys("other").derive("one")}) == 4


def test_a_sealed_password_opens_with_the_same_secret_only() -> None:
    sealed = Keys("the master").seal("pässword")
    assert "pässword" not in sealed
    assert Keys("the master").open(sealed) == "pässword"
    with pytest.raises(SealBroken, match="CASEFEED_SECRET_KEY"):
        Keys("another").open(sealed)


def test_locked_keys_are_not_used() -> None:
    with pytest.raises(RuntimeError):
        Keys().derive("csrf")


async def test_the_first_start_makes_a_secret_that_later_starts_find(sqlite_database: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings = settings_for(sqlite_database, tmp_path)
    async with database(sqlite_database):
        first, second = Keys(), Keys()
        await unlock_keys(first, settings)
        await unlock_keys(second, settings)
    assert first.derive("csrf") == second.derive("csrf")


async def test_the_setting_wins(sqlite_database: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings = settings_for(sqlite_database, tmp_path, secret_key="from the operator")
    keys = Keys()
    async with database(sqlite_database):
        await unlock_keys(keys, settings)
    assert keys.derive("csrf") == Keys("from the operator").derive("csrf")
