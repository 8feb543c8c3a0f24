"""One context manager per running part of the desk, entered when the server starts and left when it stops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.bridges.live_door import LiveDoor
from app.database import database, migrate_open_database
from app.desk import Desk
from app.web.secrets import unlock_keys


@asynccontextmanager
async def running(desk: Desk, live: LiveDoor) -> AsyncIterator[None]:
    """Everything that runs beside the requests; what started last stops first."""
    async with database(desk.settings.database_url, pool=desk.settings.database_pool):
        await migrate_open_database()
        await unlock_keys(desk.keys, desk.settings)
        async with live.running():
            yield
