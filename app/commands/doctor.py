"""`casefeed doctor`: looks at everything a desk stands on, and says how to mend what is broken."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from redis import asyncio as aioredis
from redis.exceptions import RedisError

from app.commands.serve import read_settings
from app.database import database, fetch_rows, is_sqlite, migrate_open_database, moment
from app.desk import Desk
from app.first_start import has_administrator
from app.mailboxes.accounts import imap_settings, smtp_settings
from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail
from app.main import build_desk
from app.pages import DIST
from app.service_levels.verifying import differences
from app.settings import Settings
from app.web.secrets import unlock_keys
from mail.probe import probe_imap, probe_smtp

ROOM = 1024**3  # bytes: below a gigabyte a busy desk has days, not weeks
CLOCK_DIFFERENCE = timedelta(seconds=5)
CLOCKS_LOOKED_AT = 100  # of the newest cases; `casefeed sla verify` looks at all


class Mark(StrEnum):
    """How something stands: right, still to be set up, or broken."""

    OK = "ok"
    TO_SET_UP = "todo"
    BAD = "BAD"


Finding = tuple[Mark, str]


def mark(good: bool) -> Mark:
    return Mark.OK if good else Mark.BAD


async def examine() -> int:
    """Exit code 0 when nothing is broken; what is only still to be done is said, and is no failure."""
    settings = read_settings(None)
    failed = False
    async for how, text in _findings(settings):
        print(f"{how:<4} {text}")
        failed = failed or how is Mark.BAD
    return 1 if failed else 0


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield _folder(settings.data_dir)
    yield _room(settings.data_dir)
    yield (
        mark((DIST / "manifest.json").exists()),
        "Front end: built." if (DIST / "manifest.json").exists() else "Front end: not built; run `make prepare`.",
    )
    async for finding in _redis(settings):
        yield finding
    try:
        async with database(settings.database_url, pool=2):
            async for finding in _in_database(build_desk(settings)):
                yield finding
    except Exception as error:
        yield Mark.BAD, f"Database: {_sentence(error)} Check CASEFEED_DATABASE_URL and that the server runs."


async def _in_database(desk: Desk) -> AsyncIterator[Finding]:
    applied = await migrate_open_database()
    yield (
        Mark.OK,
        f"Database: {'SQLite' if is_sqlite() else 'PostgreSQL'}, schema up to date"
        + (f" (applied {', '.join(applied)})." if applied else "."),
    )
    if not is_sqlite():
        now = moment((await fetch_rows("SELECT now() AS now"))[0]["now"]) or datetime.now(UTC)
        apart = abs(now - datetime.now(UTC))
        yield (
            mark(apart < CLOCK_DIFFERENCE),
            f"Clock: {apart.total_seconds():.1f} s apart from the database's. Keep both on NTP.",
        )
    await unlock_keys(desk.keys, desk.settings)
    yield (
        mark(await has_administrator()),
        "Administrator: there is one."
        if await has_administrator()
        else "Administrator: there is none; run `casefeed invite-administrator you@example.com`.",
    )
    mailboxes = await Mailbox.filter(active=True).order_by("id")
    if not mailboxes:
        yield Mark.TO_SET_UP, "Mailboxes: there is none; set one up under Administration → Mailboxes."
    for mailbox in mailboxes:
        try:
            incoming, outgoing = imap_settings(desk, mailbox), smtp_settings(desk, mailbox)
        except Exception as error:
            yield Mark.BAD, f"Mailbox {mailbox.address}: {_sentence(error)}"
            continue
        found = await probe_imap(incoming)
        yield mark(found.ok), f"Mailbox {mailbox.address}, IMAP: {found.text}"
        found = await probe_smtp(outgoing, sender=mailbox.address)
        yield mark(found.ok), f"Mailbox {mailbox.address}, SMTP: {found.text}"
        if mailbox.sending_problem:
            resume = "When that is mended: Administration → Mailboxes → Test, or wait for the next attempt."
            yield Mark.BAD, f"Mailbox {mailbox.address} sends nothing for now: {mailbox.sending_problem} {resume}"
    held = await OutboundEmail.filter(state="held").count()
    if held:
        yield Mark.TO_SET_UP, f"Notices: {held} held back by a limit. See Administration → Sent mail."
    looked_at, wrong = 0, 0
    async for _, differing in differences(datetime.now(UTC), newest=CLOCKS_LOOKED_AT):
        looked_at, wrong = looked_at + 1, wrong + len(differing)
    said = f"Clocks: {wrong} differ from their feeds in the {looked_at} newest cases with promises."
    yield mark(wrong == 0), said + (" See `casefeed sla verify`." if wrong else "")
    quarantined = await InboundEmail.filter(outcome="quarantined").count()
    look = "See Administration → Received mail, or `casefeed mail replay`."
    yield mark(quarantined == 0), f"Quarantine: {quarantined} mail(s). {look}"


async def _redis(settings: Settings) -> AsyncIterator[Finding]:
    if settings.redis_url is None:
        yield Mark.OK, "Redis: not used; right for one process."
        return
    client = aioredis.Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3)
    try:
        await client.ping()
        yield Mark.OK, "Redis: answers."
    except (RedisError, OSError) as error:
        advice = "Check CASEFEED_REDIS_URL; until then each process works alone, a little slower."
        yield Mark.BAD, f"Redis: {_sentence(error)} {advice}"
    finally:
        await client.aclose()


def _folder(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Mark.BAD, f"Data folder {folder}: {error.strerror}; set CASEFEED_DATA_DIR to a folder you may write."
    writable = os.access(folder, os.W_OK)
    return mark(writable), f"Data folder {folder}: " + ("writable." if writable else "not writable for this user.")


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder if folder.exists() else Path(".")).free
    return mark(free > ROOM), f"Disk: {free / 1024**3:.1f} GB free" + ("." if free > ROOM else "; make room soon.")


def _sentence(error: Exception) -> str:
    """What an error says, ended by one full stop."""
    return f"{str(error).strip().rstrip('.') or type(error).__name__}."
