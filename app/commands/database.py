"""`casefeed migrate` and `casefeed invite-administrator`."""

from __future__ import annotations

from app.commands.address import with_served_address
from app.commands.serve import read_settings
from app.database import database, migrate_open_database
from app.first_start import invite_administrator, make_ready
from app.main import build_desk
from app.web.secrets import unlock_keys


async def migrate() -> int:
    settings = read_settings(None)
    async with database(settings.database_url):
        applied = await migrate_open_database()
    print("\n".join(f"applied {name}" for name in applied) or "The schema is up to date.")
    return 0


async def invite(email: str, name: str) -> int:
    settings = with_served_address(read_settings(None))
    desk = build_desk(settings)
    async with database(settings.database_url):
        await migrate_open_database()
        await unlock_keys(desk.keys, settings)
        await make_ready(desk)
        link = await invite_administrator(desk, email=email, name=name)
    print(f"Open this link to choose a password; it works once, for two days:\n{link}")
    return 0
