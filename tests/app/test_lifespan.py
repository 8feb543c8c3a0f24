"""What runs beside the requests begins again, whatever ends it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app import lifespan
from app.desk import Desk
from tests.support.desk import running_desk


async def test_work_beside_the_requests_that_fails_begins_again(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    goes_on = asyncio.Event()

    async def keep_house(_: Desk) -> None:
        if "housekeeping has failed and begins again" not in caplog.messages:
            raise RuntimeError("a fault of ours")
        goes_on.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(lifespan, "keep_house", keep_house)
    async with running_desk(sqlite_database, tmp_path), asyncio.timeout(20):
        await goes_on.wait()
