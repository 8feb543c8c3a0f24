"""kill -9 in the middle of 200 mails, again and again: each becomes one case, has one row, one outcome, one flag."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from app.cases.models import Case, Entry, File
from app.database import database as opened
from app.keys import Keys
from app.mailboxes.models import InboundEmail, Mailbox, RawMail
from app.queues.models import Queue
from tests.support.desk_process import DeskProcess
from tests.support.dovecot import PASSWORD, running_dovecot
from tests.support.mailwork import letter
from tests.support.waiting import until

MAILS = 200
KILLS = 4
SECRET = "a secret of the tests"


def order(number: int) -> bytes:
    sender = f"Customer {number} <customer{number}@shop{number % 7}.example>"
    return letter(
        f"Where is order {number}?", sender=sender, subject=f"Order {number}", files=[("bill", b"%d" % number)]
    )


async def a_mailbox(*, imap_port: int) -> None:
    """With a server for outgoing mail that does not exist: what leaves is not the matter here."""
    await Mailbox.create(
        name="Help",
        address="help@desk.example",
        queue_id=(await Queue.get(name="Support")).id,
        imap_host="127.0.0.1",
        imap_port=imap_port,
        imap_security="none",
        imap_user="help",
        imap_password=Keys(SECRET).seal(PASSWORD),
        smtp_host="127.0.0.1",
        smtp_port=9,
        smtp_security="none",
        created_at=datetime.now(UTC),
    )


async def handled() -> int:
    return await InboundEmail.exclude(outcome="stored").count()


async def test_kill_9_loses_no_mail_and_counts_none_twice(database: str, tmp_path: Path) -> None:
    chance = random.Random(20261122)
    moments = sorted(chance.sample(range(1, MAILS - 10), KILLS))
    desk = DeskProcess(tmp_path, database_url=database, secret_key=SECRET, roles="web,mail", log_level="warning")
    with running_dovecot() as dovecot:
        dovecot.fill("help", [order(number) for number in range(MAILS)])
        try:
            await asyncio.to_thread(desk.start)
            async with opened(database):
                await a_mailbox(imap_port=dovecot.port)
                for moment in moments:

                    async def reached(target: int = moment) -> bool:
                        return await handled() >= target

                    await until(reached, seconds=60, what=f"the {moment}th mail")
                    await asyncio.to_thread(desk.kill)
                    await asyncio.to_thread(desk.start)

                async def settled() -> bool:
                    return await InboundEmail.filter(acknowledged_at__isnull=False).count() >= MAILS

                await until(settled, seconds=60, what="every mail")
                await the_books_balance()
        finally:
            desk.stop()
        copies = [file.name for file in (dovecot.folder / "mail" / "help").glob("*/*") if file.is_file()]
        flagged = [name for name in copies if "S" in name.rpartition(":2,")[2]]
        assert len(flagged) == MAILS, f"{MAILS - len(flagged)} copies are not flagged"


async def the_books_balance() -> None:
    """200 rows, 200 outcomes, 200 cases with one first entry and one file each."""
    rows = await InboundEmail.all()
    assert Counter(row.outcome for row in rows) == {"opened": MAILS}
    assert len({(row.uid_validity, row.uid) for row in rows}) == MAILS
    assert len({row.case_id for row in rows}) == MAILS
    assert await RawMail.all().count() == MAILS
    cases = await Case.all()
    assert Counter(case.subject for case in cases) == {f"Order {number}": 1 for number in range(MAILS)}
    entries = [entry.id for entry in await Entry.filter(kind="opened")]
    assert len(entries) == MAILS
    assert sorted(int(str(file.entry_id)) for file in await File.all()) == sorted(entries)
