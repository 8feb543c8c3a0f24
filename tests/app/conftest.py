"""A running desk for every test that asks for one, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.desk import TestDesk, running_desk


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[TestDesk]:
    async with running_desk(database, tmp_path) as running:
        yield running
