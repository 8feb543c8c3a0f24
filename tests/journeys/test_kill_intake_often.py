"""kill -9 at random moments while mail keeps coming, duplicates and poison among it: one outcome for each message.

TEST_KILLS sets how often (default 20), with ten mails for each kill; 500 of them take half an hour.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.bridges.intake import Intake
from app.bridges.wiring import subscribe_inside
from app.cases.models import Case, Entry, File
from app.database import database as opened
from app.first_start import make_ready
from app.keys import Keys
from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail, RawMail
from app.mailboxes.replaying import replay_rows
from app.main import build_desk
from app.queues.models import Queue
from app.settings import Settings
from app.web.secrets import unlock_keys
from mail.imap import ImapSession
from tests.support.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.support.mail_process import MailProcesses
from tests.support.mailwork import letter, parse_here
from tests.support.waiting import until

KILLS = int(os.environ.get("TEST_KILLS", "20"))
PORTION = 10  # mails that come for each kill
LONGEST_LIFE = 2.0  # seconds
SECRET = "a secret of the tests"
SEED = int(os.environ.get("CASEFEED_TEST_SEED", "20261125"))


def order(number: int) -> bytes:
    sender = f"Customer {number} <customer{number}@shop{number % 7}.example>"
    files = [("bill", b"%d" % number)] if number % 3 == 0 else []
    return letter(
        f"Where is order {number}?",
        sender=sender,
        subject=f"Order {number}",
        message_id=f"<order-{number}@shop.example>",
        files=files,
    )


def poison(number: int) -> bytes:
    """A message of more parts than are read, or one that nobody sent."""
    if number % 2:
        return letter(f"Nobody {number}", sender=None, subject=f"Poison {number}", message_id=f"<p{number}@x.example>")
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 1_200
    head = f"From: p{number}@x.example\r\nSubject: Poison {number}\r\nMessage-ID: <p{number}@x.example>\r\n"
    return (
        head.encode() + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts + b"--b--"
    )


class Postman:
    """Brings portions of mail: mostly new orders, some that came before, some poison."""

    def __init__(self, dovecot: Dovecot, chance: random.Random) -> None:
        self._dovecot = dovecot
        self._chance = chance
        self.orders = self.copies = self.poison = 0

    @property
    def brought(self) -> int:
        return self.orders + self.copies + self.poison

    def bring(self, count: int) -> None:
        bag = []
        for _ in range(count):
            fate = self._chance.random()
            if fate < 0.08 and self.orders:
                self.copies += 1
                bag.append(order(self._chance.randrange(self.orders)))
            elif fate < 0.14:
                self.poison += 1
                bag.append(poison(self.poison))
            else:
                bag.append(order(self.orders))
                self.orders += 1
        self._dovecot.fill("help", bag)


async def a_mailbox(imap_port: int) -> None:
    """Its sending rests, so that what is queued can be counted."""
    now = datetime.now(UTC)
    await Mailbox.create(
        name="Help", address="help@desk.example", queue_id=(await Queue.get(name="Support")).id,
        imap_host="127.0.0.1", imap_port=imap_port, imap_security="none", imap_user="help",
        imap_password=Keys(SECRET).seal(PASSWORD), smtp_host="127.0.0.1", smtp_port=9, smtp_security="none",
        sending_paused_until=now + timedelta(days=7), sending_problem="resting", created_at=now,
    )  # fmt: skip


@asynccontextmanager
async def processes(url: str, folder: Path) -> AsyncIterator[MailProcesses]:
    mail = MailProcesses(url, folder, SECRET)
    await mail.open()
    try:
        yield mail
    finally:
        await mail.close()


@pytest.mark.timeout(120 + 8 * KILLS)
async def test_every_message_has_one_outcome_however_often_the_process_is_killed(database: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    settings = Settings(_env_file=None, database_url=database, data_dir=tmp_path / "data", secret_key=SECRET)
    desk = build_desk(settings)
    with running_dovecot() as dovecot:
        postman = Postman(dovecot, chance)
        async with opened(database), processes(database, tmp_path) as mail:
            await unlock_keys(desk.keys, settings)
            await make_ready(desk)
            await a_mailbox(dovecot.port)
            for _ in range(KILLS):
                postman.bring(PORTION)
                await mail.start()
                await asyncio.sleep(chance.uniform(0.02, LONGEST_LIFE))
                assert await mail.kill(), f"the process ended by itself:\n{mail.said()[-4000:]}"
            await mail.start()

            async def settled() -> bool:
                return await InboundEmail.filter(acknowledged_at__isnull=False).count() >= postman.brought

            await until(settled, seconds=60 + postman.brought / 5, what="every mail")
            assert await mail.kill(), "the last process lives"
            await the_server_and_the_ledger_agree(dovecot, postman)
            # A healthy mail that was being read at three kills is set aside like a poison; trying it again frees it,
            # with its acknowledgement.
            suspects = await InboundEmail.filter(outcome="quarantined", reason="worker_died").values_list(
                "id", flat=True
            )
            subscribe_inside(desk)
            await replay_rows(desk, Intake(desk, parse_here).understand, [int(str(one)) for one in suspects])
            await the_books_balance(postman, suspects=len(suspects))


async def the_server_and_the_ledger_agree(dovecot: Dovecot, postman: Postman) -> None:
    """What the server lists is what the ledger lists, message by message, and each copy bears its flag."""
    session = await ImapSession.open(dovecot.mailbox("help"))
    folder = await session.select("INBOX")
    listed, seen = await session.search("ALL"), await session.search("SEEN")
    await session.log_out()
    rows = await InboundEmail.filter(uid_validity=folder.uidvalidity).values_list("uid", flat=True)
    assert sorted(int(str(uid)) for uid in rows) == listed
    assert len(listed) == postman.brought
    assert seen == listed
    assert await InboundEmail.all().count() == await RawMail.all().count() == postman.brought


async def the_books_balance(postman: Postman, *, suspects: int) -> None:
    """One case for each order with one first entry, its file and its acknowledgement; copies and poison beside them."""
    outcomes = Counter(str(row) for row in await InboundEmail.all().values_list("outcome", flat=True))
    assert outcomes == {
        "opened": postman.orders, "duplicate": postman.copies, "quarantined": postman.poison
    }, f"{outcomes}, {suspects} tried again"  # fmt: skip
    subjects = Counter(str(one) for one in await Case.all().values_list("subject", flat=True))
    assert subjects == {f"Order {number}": 1 for number in range(postman.orders)}
    assert await Entry.filter(kind="opened").count() == postman.orders
    assert await File.all().count() == len([number for number in range(postman.orders) if number % 3 == 0])
    told = Counter(int(str(one)) for one in await OutboundEmail.filter(kind="notice").values_list("case_id", flat=True))
    assert set(told.values()) == {1}, "an acknowledgement went out twice"
    assert len(told) == postman.orders
    print(f"{postman.brought} mails, {KILLS} kills, {suspects} set aside and tried again: {dict(outcomes)}")
