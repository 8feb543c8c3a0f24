"""The doubles that the engine's tests stand on keep the contracts of the ports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from mail.accounts import SmtpSettings
from tests.support.mail_contracts import Adding, OutboxContract, ReceiverContract
from tests.support.mail_doubles import MemoryOutbox, MemoryReceiver


class TestMemoryReceiver(ReceiverContract):
    @pytest.fixture
    def receiver(self) -> MemoryReceiver:
        return MemoryReceiver()


class TestMemoryOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self, mailboxes: tuple[int, int]) -> MemoryOutbox:
        return MemoryOutbox(settings=dict.fromkeys(mailboxes, SmtpSettings(host="smtp.desk.example")))

    @pytest.fixture
    def add(self, outbox: MemoryOutbox) -> Adding:
        async def adding(*, mailbox: int, recipients: Sequence[str], due: datetime) -> int:
            raw = b"Message-ID: <1@desk.example>\r\n\r\nHello\r\n"
            return outbox.add(mailbox=mailbox, sender="help@desk.example", recipients=recipients, raw=raw, due=due)

        return adding
