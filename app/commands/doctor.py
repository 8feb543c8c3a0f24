"""`casefeed doctor`: looks at everything a desk stands on, and says how to mend what is broken."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import asyncio as aioredis
from redis.exceptions import RedisError

from app.commands.serve import read_settings
from app.database import database, fetch_rows, is_sqlite, migrate_open_database, moment
from app.desk import Desk
from app.first_start import has_administrator
from app.mailboxes.accounts import imap_settings, smtp_settings
from app.mailboxes.models import InboundEmail, Mailbox
from app.main import build_desk
from app.pages import DIST
from app.settings import Settings
from app.web.secrets import unlock_keys
from mail.probe import probe_imap, probe_smtp

ROOM = 1024**3  # bytes: below a gigabyte a busy desk has days, not weeks
CLOCK_DIFFERENCE = timedelta(seconds=5)

Finding = tuple[bool, str]


async def examine() -> int:
    """Exit code 0 when all is well."""
    settings = read_settings(None)
    failed = 0
    async for good, text in _findings(settings):
        print(f"{'ok  ' if good else 'BAD '} {text}")
        failed += not good
    return 1 if failed else 0


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield _folder(settings.data_dir)
    yield _room(settings.data_dir)
    yield (
        (DIST / "manifest.json").exists(),
        "Front end: built." if (DIST / "manifest.json").exists() else "Front end: not built; run `make prepare`.",
    )
    async for finding in _redis(settings):
        yield finding
    try:
        async with database(settings.database_url, pool=2):
            async for finding in _in_database(build_desk(settings)):
                yield finding
    except Exception as error:
        yield False, f"Database: {error}. Check CASEFEED_DATABASE_URL and that the server runs."


async def _in_database(desk: Desk) -> AsyncIterator[Finding]:
    applied = await migrate_open_database()
    yield (
        True,
        f"Database: {'SQLite' if is_sqlite() else 'PostgreSQL'}, schema up to date"
        + (f" (applied {', '.join(applied)})." if applied else "."),
    )
    if not is_sqlite():
        now = moment((await fetch_rows("SELECT now() AS now"))[0]["now"]) or datetime.now(UTC)
        apart = abs(now - datetime.now(UTC))
        yield (
            apart < CLOCK_DIFFERENCE,
            f"Clock: {apart.total_seconds():.1f} s apart from the database's. Keep both on NTP.",
        )
    await unlock_keys(desk.keys, desk.settings)
    yield (
        await has_administrator(),
        "Administrator: there is one."
        if await has_administrator()
        else "Administrator: there is none; run `casefeed invite-administrator you@example.com`.",
    )
    mailboxes = await Mailbox.filter(active=True).order_by("id")
    if not mailboxes:
        yield False, "Mailboxes: there is none; set one up under Administration → Mailboxes."
    for mailbox in mailboxes:
        try:
            incoming, outgoing = imap_settings(desk, mailbox), smtp_settings(desk, mailbox)
        except Exception as error:
            yield False, f"Mailbox {mailbox.address}: {error}"
            continue
        found = await probe_imap(incoming)
        yield found.ok, f"Mailbox {mailbox.address}, IMAP: {found.text}"
        found = await probe_smtp(outgoing, sender=mailbox.address)
        yield found.ok, f"Mailbox {mailbox.address}, SMTP: {found.text}"
    quarantined = await InboundEmail.filter(outcome="quarantined").count()
    look = "See Administration → Received mail, or `casefeed mail replay`."
    yield quarantined == 0, f"Quarantine: {quarantined} mail(s). {look}"


async def _redis(settings: Settings) -> AsyncIterator[Finding]:
    if settings.redis_url is None:
        yield True, "Redis: not used; right for one process."
        return
    client = aioredis.Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3)
    try:
        await client.ping()
        yield True, "Redis: answers."
    except (RedisError, OSError) as error:
        yield False, f"Redis: {error}. Check CASEFEED_REDIS_URL; until then each process works alone, a little slower."
    finally:
        await client.aclose()


def _folder(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return False, f"Data folder {folder}: {error.strerror}; set CASEFEED_DATA_DIR to a folder you may write."
    writable = os.access(folder, os.W_OK)
    return writable, f"Data folder {folder}: " + ("writable." if writable else "not writable for this user.")


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder if folder.exists() else Path(".")).free
    return free > ROOM, f"Disk: {free / 1024**3:.1f} GB free" + ("." if free > ROOM else "; make room soon.")
