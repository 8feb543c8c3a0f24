"""The desk's side of the mail benchmarks, a process of its own: the real intake until so many mails have their outcome.

python -m tests.benchmarks.mail_ours DATABASE_URL DATA_DIR IMAP_PORT USER MAILS
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from app.bridges.mail_running import MailRunning
from app.bridges.wiring import subscribe_inside
from app.database import database, fetch_rows
from app.first_start import make_ready
from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail
from app.main import build_desk
from app.queues.models import Queue
from app.settings import Settings
from app.web.secrets import unlock_keys
from tests.support.dovecot import PASSWORD

ADDRESS = "help@desk.example"


async def take_in(url: str, folder: Path, port: int, user: str, mails: int) -> dict[str, Any]:
    """Seconds and memory from the first connection until `mails` more rows of the ledger are handled.

    Sending rests meanwhile: what is measured ends with the acknowledgement in the outbox.
    """
    settings = Settings(_env_file=None, database_url=url, data_dir=folder, secret_key="a secret of the benchmark")
    desk = build_desk(settings)
    async with database(url):
        await unlock_keys(desk.keys, settings)
        await make_ready(desk)
        subscribe_inside(desk)
        before = await InboundEmail.exclude(outcome="stored").count()
        await _mailbox(desk, port, user)
        mail = MailRunning(desk)
        mail.subscribe()
        begun, memory = time.perf_counter(), [_memory()]
        cpu = time.process_time()
        async with mail.running():
            done = 0
            while done < mails:
                await asyncio.sleep(0.05)
                row = (await fetch_rows("SELECT COUNT(*) AS done FROM inbound_email WHERE outcome <> 'stored'"))[0]
                if (row["done"] - before) // 1000 > done // 1000:
                    memory.append(_memory())
                done = row["done"] - before
            seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
        queued = await OutboundEmail.filter(kind="notice").count()
        opened = await InboundEmail.filter(outcome="opened").count()
    return {"seconds": seconds, "cpu": cpu, "memory": memory, "notices": queued, "opened": opened}


async def _mailbox(desk: Any, port: int, user: str) -> None:
    far = datetime.now(UTC) + timedelta(days=1)
    for earlier in await Mailbox.filter(active=True):
        await Mailbox.filter(id=earlier.id).update(active=False, address=f"{earlier.id}.{earlier.address}")
    await Mailbox.create(
        name=user, address=ADDRESS, queue_id=(await Queue.all().order_by("id").first()).id,
        imap_host="127.0.0.1", imap_port=port, imap_security="none", imap_user=user,
        imap_password=desk.keys.seal(PASSWORD), smtp_host="127.0.0.1", smtp_port=9, smtp_security="none",
        sending_paused_until=far, sending_problem="benchmark", created_at=datetime.now(UTC),
    )  # fmt: skip


def _memory() -> float:
    """Resident megabytes of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


if __name__ == "__main__":
    url, folder, port, user, count = sys.argv[1:]
    print(json.dumps(uvloop.run(take_in(url, Path(folder), int(port), user, int(count)))))
