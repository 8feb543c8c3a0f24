"""kill -9 while the outbox is being sent: every mail goes, and only the few that were under way go again."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from app.database import database as opened
from app.mailboxes.models import Mailbox, OutboundEmail
from app.queues.models import Queue
from mail.delivery import Pace
from tests.support.desk_process import DeskProcess
from tests.support.smtp_server import SmtpSink, running_sink
from tests.support.waiting import until

MAILS = 300
KILLED_AT = 100  # mails that the server has taken by then
CONNECTIONS = 2


async def fill_the_outbox(port: int) -> None:
    """A mailbox that only sends, and mails that belong to no case."""
    now = datetime.now(UTC)
    mailbox = await Mailbox.create(
        name="Help", address="help@desk.example", queue_id=(await Queue.get(name="Support")).id,
        imap_host="127.0.0.1", imap_user="help", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none",
        send_connections=CONNECTIONS, created_at=now, active=False,
    )  # fmt: skip
    for number in range(MAILS):
        to = [f"customer{number}@shop.example"]
        await OutboundEmail.create(
            mailbox_id=mailbox.id, kind="system", message_id=f"<order{number}@desk.example>", recipients=to,
            subject=f"Order {number}", created_at=now, due_at=now,
            content={
                "text": "It is on its way.", "html": None, "to": to, "cc": [], "files": [], "sender_name": "Help",
                "automatic": True, "references": [], "in_reply_to": "", "language": "en",
            },
        )  # fmt: skip


def times_sent(sink: SmtpSink) -> Counter[str]:
    return Counter(str(message_from_bytes(one.content)["Message-ID"]) for one in sink.accepted)


@pytest.mark.timeout(360)  # two starts of a desk, each of which may take a minute
async def test_kill_9_sends_every_mail_and_few_of_them_twice(database: str, tmp_path: Path) -> None:
    desk = DeskProcess(
        tmp_path, database_url=database, secret_key="a secret of the tests", roles="web,mail", log_level="warning"
    )
    async with running_sink() as sink:
        try:
            await asyncio.to_thread(desk.start)
            async with opened(database):
                await fill_the_outbox(sink.port)
                await sink.wait_for(KILLED_AT, seconds=90)
                await asyncio.to_thread(desk.kill)
                left = await OutboundEmail.exclude(state="accepted").count()
                assert left, "there is nothing to go on with"
                # What was leased when the process died waits for the end of its lease: let it come.
                past = datetime.now(UTC) - timedelta(seconds=1)
                await OutboundEmail.filter(lease_until__isnull=False).update(lease_until=past)
                await asyncio.to_thread(desk.start)

                async def all_taken() -> bool:
                    return await OutboundEmail.filter(state="accepted").count() == MAILS

                await until(all_taken, seconds=90, what="every mail taken")
        finally:
            desk.stop()
    sent = times_sent(sink)
    assert sorted(sent) == sorted(f"<order{number}@desk.example>" for number in range(MAILS))
    assert sent.total() - MAILS <= Pace().unwritten + CONNECTIONS, "more than were under way"
    again = [message for message, times in sent.items() if times > 1]
    bodies = {(str(message_from_bytes(one.content)["Message-ID"]), one.content) for one in sink.accepted}
    assert len(bodies) == MAILS, f"{again} differ from what was sent first"
