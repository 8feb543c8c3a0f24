"""Mails per second through one SMTP server: the outbox with all it writes down, beside a bare aiosmtplib loop.

The mails are acknowledgements of as many cases in PostgreSQL. The baseline sends the same bytes to the same server over
one connection from memory, and keeps no record of what became of them.

    python -m tests.benchmarks.bench_mail_out --mails 1000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosmtplib
import uvloop

from app.bridges.delivery_states import tell_case
from app.bridges.wiring import subscribe_inside
from app.cases import actions
from app.database import database
from app.desk import Desk
from app.first_start import make_ready
from app.mailboxes.models import Mailbox, OutboundEmail
from app.mailboxes.outbox import DatabaseOutbox
from app.main import build_desk
from app.people.actions.contacts import contact_for_address
from app.people.rights import Actor
from app.queues.models import Queue
from app.settings import Settings
from app.web.secrets import unlock_keys
from mail.delivery import Delivery
from mail.ports import Attempt, Outgoing
from tests.support.databases import Databases
from tests.support.processes import guard

ROOT = Path(__file__).parents[2]


@contextmanager
def sink() -> Iterator[int]:
    """A server process; its port."""
    command = [*guard(None, signal.SIGKILL), sys.executable, "-m", "tests.benchmarks.smtp_sink"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None, "it was started with a pipe"
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.communicate()


class Remembering(DatabaseOutbox):
    """The outbox, and the bytes of what it handed out, for the baseline; it says when everything is written down."""

    sent: list[Outgoing]
    unwritten: int
    finished: asyncio.Event

    async def claim(self, **asked: Any) -> list[Outgoing]:
        claimed = await super().claim(**asked)
        self.sent.extend(claimed)
        return claimed

    async def record_all(self, attempts: Sequence[tuple[Outgoing, Attempt]]) -> set[int]:
        written = await super().record_all(attempts)
        self.unwritten -= len(written)
        if self.unwritten <= 0:
            self.finished.set()
        return written


async def furnish(desk: Desk, port: int, mails: int) -> None:
    queue = await Queue.all().order_by("id").first()
    assert queue is not None, "the first start made one"
    mailbox = await Mailbox.create(
        name="Help", address="help@desk.example", queue_id=queue.id, imap_host="127.0.0.1", imap_user="help",
        smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", created_at=datetime.now(UTC), active=False,
    )  # fmt: skip
    for number in range(mails):
        async with desk.unit_of_work() as work:
            contact = await contact_for_address(work, f"customer{number}@shop.example", f"Customer {number}")
            by = Actor("contact", None, contact.id, contact.name)
            await actions.open_case(
                work, by=by, contact_id=contact.id, queue_id=queue.id, subject=f"Order {number}",
                text="Where is it?", channel="mail", mailbox_id=mailbox.id,
            )  # fmt: skip


async def send_all(outbox: Remembering, mails: int) -> None:
    outbox.sent, outbox.unwritten, outbox.finished = [], mails, asyncio.Event()
    delivery = Delivery(outbox=outbox, worker="benchmark")
    running = asyncio.create_task(delivery.run())
    await outbox.finished.wait()
    delivery.stop()
    await running


async def send_bare(port: int, mails: list[Outgoing]) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, local_hostname="localhost")
    await client.connect()
    for mail in mails:
        await client.sendmail(mail.sender, list(mail.recipients), mail.raw)
    await client.quit()


async def measure(url: str, folder: Path, port: int, mails: int) -> dict[str, Any]:
    settings = Settings(_env_file=None, database_url=url, data_dir=folder, secret_key="a secret of the benchmark")
    desk = build_desk(settings)
    async with database(url):
        await unlock_keys(desk.keys, settings)
        await make_ready(desk)
        subscribe_inside(desk)
        await furnish(desk, port, mails)
        outbox = Remembering(desk, tell_case, _nobody)
        begun, cpu = time.perf_counter(), time.process_time()
        await send_all(outbox, mails)
        ours, our_cpu = time.perf_counter() - begun, time.process_time() - cpu
        accepted = await OutboundEmail.filter(state="accepted").count()
        if accepted != mails:
            raise RuntimeError(f"{accepted} of {mails} mails were accepted")
        begun, cpu = time.perf_counter(), time.process_time()
        await send_bare(port, outbox.sent)
        bare, bare_cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "mails": mails,
        "casefeed mails per second": round(mails / ours, 1),
        "bare aiosmtplib mails per second": round(mails / bare, 1),
        "casefeed CPU ms per mail": round(our_cpu / mails * 1000, 2),
        "bare aiosmtplib CPU ms per mail": round(bare_cpu / mails * 1000, 2),
        "ratio": round(bare / ours, 2),
    }


async def _nobody(*_: object) -> None:
    """Nobody is told."""


def run(*, mails: int = 1_000) -> dict[str, Any]:
    databases = Databases()
    try:
        with sink() as port, tempfile.TemporaryDirectory() as name, databases.fresh("postgres", Path(name)) as url:
            return uvloop.run(measure(url, Path(name), port, mails))
    finally:
        databases.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1_000)
    print(json.dumps(run(mails=parser.parse_args().mails), indent=2))
