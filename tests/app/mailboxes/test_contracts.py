"""Ledger and outbox on the database keep the contracts of the mail engine's ports, on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from app.bridges.delivery_states import tell_case
from app.mailboxes.ledger import Ledger
from app.mailboxes.models import Mailbox, OutboundEmail
from app.mailboxes.outbox import DatabaseOutbox
from app.queues.models import Queue
from mail.ports import Pause
from tests.support.desk import TestDesk
from tests.support.mail_contracts import Adding, OutboxContract, ReceiverContract
from tests.support.mailwork import PostBox, a_post_box


async def a_mailbox(desk: TestDesk, address: str) -> int:
    queue = await Queue.first()
    assert queue is not None, "the desk of the tests has a queue"
    row = await Mailbox.create(
        name=address,
        address=address,
        queue_id=queue.id,
        imap_host="127.0.0.1",
        imap_user=address,
        smtp_host="127.0.0.1",
        created_at=desk.clock(),
    )
    return row.id


class TestLedger(ReceiverContract):
    """The ledger as it runs: several mails of a batch may be handled in one transaction."""

    @pytest.fixture
    async def box(self, desk: TestDesk) -> PostBox:
        return await a_post_box(desk)

    @pytest.fixture
    def mailbox(self, box: PostBox) -> int:
        return box.mailbox.id

    @pytest.fixture
    def receiver(self, box: PostBox) -> Ledger:
        return box.ledger


class TestDatabaseOutbox(OutboxContract):
    @pytest.fixture
    async def mailboxes(self, desk: TestDesk) -> tuple[int, int]:
        return await a_mailbox(desk, "help@desk.example"), await a_mailbox(desk, "orders@desk.example")

    @pytest.fixture
    async def outbox(self, desk: TestDesk) -> DatabaseOutbox:
        async def paused(mailbox: int, pause: Pause) -> None:
            reports.append(pause)

        reports: list[Pause] = []
        return DatabaseOutbox(desk.desk, tell_case, paused)

    @pytest.fixture
    def add(self, desk: TestDesk) -> Adding:
        async def adding(*, mailbox: int, recipients: Sequence[str], due: datetime) -> int:
            row = await OutboundEmail.create(
                mailbox_id=mailbox,
                kind="system",
                message_id=f"<{desk.desk.token()}@desk.example>",
                recipients=list(recipients),
                subject="Your order",
                content={
                    "text": "Hello",
                    "html": None,
                    "to": list(recipients),
                    "cc": [],
                    "files": [],
                    "sender_name": "Northwind Support",
                    "automatic": False,
                    "references": [],
                    "in_reply_to": "",
                    "language": "en",
                },
                created_at=due,
                due_at=due,
            )
            return int(row.id)

        return adding
