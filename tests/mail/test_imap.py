"""The IMAP session against a real Dovecot."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from mail.accounts import Security
from mail.errors import (
    ConnectionLost,
    FolderMissing,
    SignInRefused,
    TlsFailed,
)
from mail.imap import ImapSession
from tests.support.dovecot import Dovecot


def letter(number: int, body: bytes = b"Hello") -> bytes:
    return b"From: aino@northwind.example\r\nSubject: Order %d\r\n\r\n%s\r\n" % (number, body)


class TestWithDovecot:
    @pytest.mark.parametrize("security", list(Security))
    async def test_it_signs_in_over_every_kind_of_connection(
        self, dovecot: Dovecot, user: str, security: Security
    ) -> None:
        session = await ImapSession.open(dovecot.mailbox(user, security=security))
        folder = await session.select("INBOX")
        assert folder.exists == 0
        assert folder.uidvalidity > 0
        assert session.has("IDLE")
        await session.log_out()

    async def test_messages_come_byte_for_byte_with_their_data(self, dovecot: Dovecot, user: str) -> None:
        odd = letter(1, bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b"") + b"\r\n* 2 FETCH (UID 9)\r\n)")
        session = await ImapSession.open(dovecot.mailbox(user))
        received = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
        uid = await session.append("INBOX", odd, flags=["\\Flagged"], internal_date=received)
        await session.select("INBOX")
        (mail,) = await session.fetch(await session.search("ALL"))
        assert (mail.uid, mail.body, mail.size) == (uid, odd, len(odd))
        assert mail.internal_date == received
        assert mail.flags is not None
        assert "\\Flagged" in mail.flags
        assert "\\Seen" not in mail.flags
        await session.log_out()

    async def test_a_message_of_twenty_megabytes_arrives_whole(self, dovecot: Dovecot, user: str) -> None:
        large = letter(1, b"0123456789abcdef" * (20 * 65536))
        dovecot.fill(user, [large])
        session = await ImapSession.open(dovecot.mailbox(user))
        await session.select("INBOX")
        (mail,) = await session.fetch([1])
        assert (mail.body or b"").replace(b"\r\n", b"\n") == large.replace(b"\r\n", b"\n")
        await session.log_out()

    async def test_flags_of_five_thousand_messages_in_one_answer(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(number) for number in range(5000)])
        session = await ImapSession.open(dovecot.mailbox(user))
        await session.select("INBOX")
        uids = await session.search("ALL")
        items = await session.fetch(uids, "(UID FLAGS)")
        assert [item.uid for item in items] == uids
        assert len(uids) == 5000
        await session.log_out()

    async def test_mails_are_flagged_moved_and_deleted(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(number) for number in range(4)])
        session = await ImapSession.open(dovecot.mailbox(user))
        await session.select("INBOX")
        first, second, third, fourth = await session.search("ALL")
        await session.add_flags([first], "\\Seen")
        await session.move([second], "Erledigt & Käse")
        await session.delete([third])
        assert await session.search("UNSEEN") == [fourth]
        assert await session.search("ALL") == [first, fourth]
        assert await session.status("Erledigt & Käse", "MESSAGES") == {"MESSAGES": 1}
        assert "Erledigt & Käse" in {folder.name for folder in await session.list_folders()}
        await session.log_out()

    async def test_messages_that_are_gone_are_no_error(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(1)])
        session = await ImapSession.open(dovecot.mailbox(user))
        await session.select("INBOX")
        await session.add_flags([77], "\\Seen")
        assert [mail.uid for mail in await session.fetch([1, 77])] == [1]
        await session.move([77], "Archive")
        await session.delete([77])
        await session.log_out()

    async def test_idle_hears_of_new_mail_and_ends_when_told(self, dovecot: Dovecot, user: str) -> None:
        session = await ImapSession.open(dovecot.mailbox(user))
        other = await ImapSession.open(dovecot.mailbox(user))
        await session.select("INBOX")
        waiting = asyncio.create_task(session.idle(30))
        await asyncio.sleep(0)
        await other.append("INBOX", letter(1))
        assert await asyncio.wait_for(waiting, 10) is True
        assert session.exists == 1
        waiting = asyncio.create_task(session.idle(30))
        await asyncio.sleep(0)
        session.stop_idle()
        assert await asyncio.wait_for(waiting, 10) is False
        assert await session.idle(0.01) is False
        assert len(await session.fetch([1])) == 1
        await session.log_out()
        await other.log_out()

    async def test_commands_of_several_tasks_take_turns(self, dovecot: Dovecot, user: str) -> None:
        dovecot.fill(user, [letter(number) for number in range(50)])
        session = await ImapSession.open(dovecot.mailbox(user))
        await session.select("INBOX")
        answers = await asyncio.gather(*(session.fetch([uid]) for uid in range(1, 51)))
        assert [mails[0].uid for mails in answers] == list(range(1, 51))
        await session.log_out()

    @pytest.mark.parametrize("during", ["idle", "fetch"])
    async def test_a_killed_server_process_is_noticed_at_once(self, dovecot: Dovecot, user: str, during: str) -> None:
        dovecot.fill(user, [letter(number, b"x" * 500_000) for number in range(100)])
        before = set(dovecot.imap_processes())
        session = await ImapSession.open(dovecot.mailbox(user))
        await session.select("INBOX")
        uids = await session.search("ALL")
        (process,) = set(dovecot.imap_processes()) - before
        running = asyncio.ensure_future(session.idle(600) if during == "idle" else _forever(session.fetch, uids))
        await asyncio.sleep(0.05)
        os.kill(process, signal.SIGKILL)
        with pytest.raises(ConnectionLost):
            await asyncio.wait_for(running, 5)
        with pytest.raises(ConnectionLost):
            await session.noop()

    async def test_a_cancelled_command_drops_the_connection(self, dovecot: Dovecot, user: str) -> None:
        session = await ImapSession.open(dovecot.mailbox(user))
        await session.select("INBOX")
        waiting = asyncio.create_task(session.idle(600))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        assert isinstance(session.failure, ConnectionLost)
        with pytest.raises(ConnectionLost):
            await session.noop()

    async def test_a_wrong_password_is_said_to_be_wrong(self, dovecot: Dovecot, user: str) -> None:
        with pytest.raises(SignInRefused) as caught:
            await ImapSession.open(dataclasses.replace(dovecot.mailbox(user), password="wrong"))
        assert caught.value.code == "sign_in_refused"
        assert "wrong" not in caught.value.text

    async def test_a_missing_folder_is_named(self, dovecot: Dovecot, user: str) -> None:
        session = await ImapSession.open(dovecot.mailbox(user))
        with pytest.raises(FolderMissing, match="Nowhere"):
            await session.select("Nowhere")
        assert (await session.select("INBOX")).exists == 0
        await session.log_out()

    @pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
    async def test_a_certificate_nobody_trusts_is_refused(
        self, dovecot: Dovecot, user: str, security: Security
    ) -> None:
        with pytest.raises(TlsFailed) as caught:
            await ImapSession.open(dataclasses.replace(dovecot.mailbox(user, security=security), tls=None))
        assert caught.value.code == "tls_certificate"


async def _forever(fetch, uids):  # type: ignore[no-untyped-def]
    while True:
        await fetch(uids)
