"""Disk full, database away, a server that breaks off in mid-mail: nothing is lost, and it goes on by itself."""

from __future__ import annotations

import random
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.cases.models import Case, File
from app.database import close_database, open_database
from app.first_start import make_ready
from app.mailboxes.models import InboundEmail, Mailbox
from app.main import build_desk
from app.settings import Settings
from tests.journeys.test_kill_intake_often import SECRET, a_mailbox
from tests.support.cutting_proxy import CuttingProxy
from tests.support.dovecot import Dovecot, running_dovecot
from tests.support.mail_process import MailProcesses
from tests.support.mailwork import letter
from tests.support.postgres import Postgres
from tests.support.waiting import until

PATIENCE = 90.0  # seconds; after some failures the intake waits for a while by itself
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def orders(first: int, count: int, *, file: int = 0) -> list[bytes]:
    chance = random.Random(first)
    return [
        letter(
            f"Where is order {number}?",
            sender=f"Customer {number} <customer{number}@shop.example>",
            subject=f"Order {number}",
            message_id=f"<order-{number}@shop.example>",
            files=[("photo.bin", chance.randbytes(file))] if file else [],
        )
        for number in range(first, first + count)
    ]


async def handled() -> int:
    return await InboundEmail.exclude(outcome="stored").count()


async def until_handled(count: int) -> None:
    async def reached() -> bool:
        return await handled() >= count

    await until(reached, seconds=PATIENCE, what=f"the {count}th outcome")


async def until_it_says(mail: MailProcesses, words: str) -> None:
    await until(lambda: words in mail.said(), seconds=PATIENCE, what="trouble")


async def the_books_balance(count: int, *, files: bool = False) -> None:
    """Each mail opened one case; none was set aside because the desk could not work."""
    rows = await InboundEmail.all().values_list("uid", "outcome")
    assert sorted(rows) == [(uid, "opened") for uid in range(1, count + 1)]
    subjects = sorted(str(one) for one in await Case.all().values_list("subject", flat=True))
    assert subjects == sorted(f"Order {number}" for number in range(count))
    assert await File.all().count() == (count if files else 0)


@asynccontextmanager
async def taking_in(url: str, folder: Path, port: int) -> AsyncIterator[MailProcesses]:
    """One mail process on a mailbox at this port."""
    settings = Settings(_env_file=None, database_url=url, data_dir=folder / "data", secret_key=SECRET)
    mail = MailProcesses(url, folder, SECRET)
    await mail.open()
    await open_database(url)
    try:
        await make_ready(build_desk(settings))
        await a_mailbox(port)
        await mail.start()
        yield mail
    finally:
        await close_database()
        await mail.close()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot() as server:
        yield server


async def test_a_full_disk_stops_the_intake_and_room_lets_it_go_on(
    sqlite_database: str, tmp_path: Path, dovecot: Dovecot
) -> None:
    dovecot.fill("help", orders(0, 5, file=40_000))
    async with taking_in(sqlite_database, tmp_path, dovecot.port) as mail:
        await until_handled(5)
        # No file may grow beyond a byte: to whoever writes it is as a disk without room.
        resource.prlimit(mail.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        dovecot.fill("help", orders(5, 10, file=40_000))
        await until_it_says(mail, "mailbox_status_not_stored")
        assert await handled() == 5
        resource.prlimit(mail.pid, resource.RLIMIT_FSIZE, UNLIMITED)
        await until_handled(15)
        await the_books_balance(15, files=True)
        assert await mail.kill(), "it was one process all the time"


async def test_a_database_that_is_away_is_waited_for(
    postgres_database: str, postgres: Postgres, tmp_path: Path, dovecot: Dovecot
) -> None:
    dovecot.fill("help", orders(0, 40))
    async with taking_in(postgres_database, tmp_path, dovecot.port) as mail:
        await until_handled(3)
        postgres.kill()
        dovecot.fill("help", orders(40, 10))
        await until_it_says(mail, "mailbox_status_not_stored")
        postgres.restart()  # in this thread: the server ends with the thread that started it
        await until_handled(50)
        await the_books_balance(50)
        assert await mail.kill(), "it was one process all the time"


async def test_a_server_that_breaks_off_again_and_again_loses_nothing(
    sqlite_database: str, tmp_path: Path, dovecot: Dovecot
) -> None:
    chance = random.Random(4)
    dovecot.fill("help", orders(0, 12, file=60_000))
    # All mails together are a megabyte: each of the first connections ends somewhere in the middle of one.
    cuts = [chance.randrange(2_000, 200_000) for _ in range(4)]
    async with (
        CuttingProxy(dovecot.port, next_cut=lambda: cuts.pop() if cuts else None) as proxy,
        taking_in(sqlite_database, tmp_path, proxy.port) as mail,
    ):
        await until_handled(12)
        assert proxy.cuts == 4
        await the_books_balance(12, files=True)

        async def healthy() -> bool:
            return (await Mailbox.get(address="help@desk.example")).intake_state == "idle"

        await until(healthy, seconds=PATIENCE, what="an intake that is well")
        assert await mail.kill(), "it was one process all the time"
