"""An open desk for a command: database, keys, and the subscribers that belong inside every transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.bridges.wiring import subscribe_inside
from app.commands.serve import read_settings
from app.database import database, migrate_open_database
from app.desk import Desk
from app.main import build_desk
from app.web.secrets import unlock_keys


@asynccontextmanager
async def opened_desk() -> AsyncIterator[Desk]:
    settings = read_settings(None)
    desk = build_desk(settings)
    async with database(settings.database_url, pool=2):
        await migrate_open_database()
        await unlock_keys(desk.keys, settings)
        subscribe_inside(desk)
        yield desk
