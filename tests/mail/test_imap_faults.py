"""The IMAP session against servers that break off, lie, fall silent or are not there."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import pytest

from mail.accounts import ImapSettings, Security, TokenSource
from mail.errors import (
    CommandRefused,
    ConnectFailed,
    ConnectionLost,
    ProtocolViolation,
    SignInRefused,
    TimedOut,
    TlsFailed,
    TransportError,
)
from mail.imap import ImapSession
from tests.support.certificates import Certificate
from tests.support.scripted_imap import GREETING, Dialogue, scripted_imap


def held(token: str) -> TokenSource:
    """A source that has nothing but this token."""

    async def source(_: str) -> str:
        return token

    return source


class TestMisbehaviour:
    @pytest.mark.parametrize(
        "answer",
        [
            b"* 1 FETCH (UID 1 BODY[] {5000}\r\nonly the begin",
            b"* 1 FETCH (UID 1 BODY[] {5",
            b"* BYE shutting down\r\n",
            b"",
        ],
    )
    async def test_a_connection_that_breaks_in_the_middle(self, answer: bytes) -> None:
        async def break_off(dialogue: Dialogue, command: bytes) -> None:
            await dialogue.say(answer)
            dialogue.writer.close()

        async with scripted_imap(("UID FETCH", break_off)) as server:
            session = await ImapSession.open(server.mailbox())
            await session.select("INBOX")
            with pytest.raises(ConnectionLost):
                await asyncio.wait_for(session.fetch([1]), 5)

    async def test_an_alert_before_the_greeting_does_not_hide_that_the_server_knows_us(self) -> None:
        refusing = ("LOGIN", b"TAG NO Error in IMAP command received by server.\r\n")
        greeting = b"* OK [ALERT] No watching of folders\r\n* PREAUTH Ready.\r\n"
        async with scripted_imap(refusing, greeting=greeting) as server:
            session = await ImapSession.open(server.mailbox())
            await session.select("INBOX")
            await session.log_out()
        assert not [line for line in server.heard if b"LOGIN" in line]

    async def test_a_server_that_falls_silent_is_given_up(self) -> None:
        async def silence(dialogue: Dialogue, command: bytes) -> None:
            await dialogue.say(b"* 1 FETCH (UID 1 BODY[] {50}\r\n")

        async with scripted_imap(("UID FETCH", silence)) as server:
            session = await ImapSession.open(server.mailbox(), patience=0.05)
            await session.select("INBOX")
            with pytest.raises(TimedOut):
                await session.fetch([1])
            assert isinstance(session.failure, TimedOut)

    async def test_junk_and_other_peoples_news_are_overlooked(self) -> None:
        fetch = (
            b"\r\nX-Virus-Scan: clean\r\n* 4 EXISTS\r\n* OK [ALERT] be quick {3}\r\n* 2 FETCH (FLAGS (\\Seen))\r\n"
            b"* 9 FETCH (UID 99 BODY[] {2}\r\nhi)\r\n* 1 FETCH (FLAGS () UID 1 BODY[] {7}\r\n* TAG )\r\n"
            b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\nTAG OK done\r\n"
        )
        async with scripted_imap(("UID FETCH", fetch)) as server:
            session = await ImapSession.open(server.mailbox())
            await session.select("INBOX")
            (mail,) = await session.fetch([1])
            assert (mail.uid, len(mail.body or b"")) == (1, 7)
            assert session.exists == 4

    async def test_endless_junk_ends_the_conversation(self) -> None:
        async with scripted_imap(("UID FETCH", b"HTTP/1.1 400 Bad Request\r\n" * 50)) as server:
            session = await ImapSession.open(server.mailbox())
            await session.select("INBOX")
            with pytest.raises(ProtocolViolation):
                await session.fetch([1])

    async def test_a_huge_literal_is_refused_before_it_comes(self) -> None:
        async with scripted_imap(("UID FETCH", b"* 1 FETCH (BODY[] {999999999999}\r\n")) as server:
            session = await ImapSession.open(server.mailbox())
            await session.select("INBOX")
            with pytest.raises(ProtocolViolation):
                await session.fetch([1])

    async def test_a_refused_command_leaves_the_session_usable(self) -> None:
        async with scripted_imap(
            ("UID SEARCH", [b"TAG NO [SERVERBUG] Sorry\r\n", b"* SEARCH 5\r\nTAG OK done\r\n"])
        ) as server:
            session = await ImapSession.open(server.mailbox())
            await session.select("INBOX")
            with pytest.raises(CommandRefused, match="Sorry"):
                await session.search("ALL")
            assert await session.search("ALL") == [5]

    async def test_a_goodbye_as_greeting_says_why(self) -> None:
        async with scripted_imap(greeting=b"* BYE Too many connections\r\n") as server:
            with pytest.raises(ConnectionLost, match="Too many connections"):
                await ImapSession.open(server.mailbox())

    async def test_plain_text_slipped_in_after_starttls_is_refused(self, certificate: Certificate) -> None:
        greeting = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"
        slipped_in = b"TAG OK begin TLS\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
        async with scripted_imap(("STARTTLS", slipped_in), greeting=greeting) as server:
            settings = server.mailbox(security=Security.STARTTLS, tls=certificate.trusting())
            with pytest.raises(ProtocolViolation):
                await ImapSession.open(settings)
            assert not any(b"LOGIN" in line for line in server.heard)

    async def test_without_starttls_on_offer_no_password_is_sent(self, certificate: Certificate) -> None:
        async with scripted_imap(greeting=b"* OK [CAPABILITY IMAP4rev1] ready\r\n") as server:
            settings = server.mailbox(security=Security.STARTTLS, tls=certificate.trusting())
            with pytest.raises(TlsFailed) as caught:
                await ImapSession.open(settings)
            assert caught.value.code == "no_starttls"
            assert not any(b"LOGIN" in line for line in server.heard)

    async def test_where_sign_in_is_disabled_none_is_tried(self) -> None:
        async with scripted_imap(greeting=b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n") as server:
            with pytest.raises(TlsFailed) as caught:
                await ImapSession.open(server.mailbox())
            assert caught.value.code == "login_disabled"
            assert not any(b"LOGIN" in line for line in server.heard)

    @pytest.mark.parametrize("initial_response", [True, False])
    async def test_a_refused_token_is_answered_and_explained(self, initial_response: bool) -> None:
        async def refuse(dialogue: Dialogue, command: bytes) -> None:
            if not initial_response:
                await dialogue.say(b"+ \r\n")
                assert (await dialogue.reader.readline()).strip() == _xoauth2("help", "expired")
            await dialogue.say(b"+ " + b64encode(b'{"status":"400"}') + b"\r\n")
            assert await dialogue.reader.readline() == b"\r\n"
            await dialogue.say(b"TAG NO AUTHENTICATE failed.\r\n")

        more = b" SASL-IR" if initial_response else b""
        greeting = GREETING.replace(b"IDLE", b"AUTH=XOAUTH2" + more)
        async with scripted_imap(("AUTHENTICATE", refuse), greeting=greeting) as server:
            with pytest.raises(SignInRefused, match="400") as caught:
                await asyncio.wait_for(ImapSession.open(server.mailbox(token=held("expired"))), 5)
            assert caught.value.code == "token_refused"
            assert "expired" not in caught.value.text

    async def test_a_good_token_signs_in(self) -> None:
        async with scripted_imap(greeting=GREETING.replace(b"IDLE", b"SASL-IR")) as server:
            session = await ImapSession.open(server.mailbox(token=held("good")))
            assert server.heard[0].endswith(b"AUTHENTICATE XOAUTH2 " + _xoauth2("help", "good"))
            await session.log_out()

    async def test_words_beyond_ascii_travel_as_literals(self) -> None:
        async def take_literals(dialogue: Dialogue, command: bytes) -> None:
            while match := command.rpartition(b"{")[2]:
                if not match.endswith(b"}"):
                    break
                await dialogue.say(b"+ go on\r\n")
                taken.append(await dialogue.reader.readexactly(int(match[:-1])))
                command = (await dialogue.reader.readline()).rstrip(b"\r\n")
            await dialogue.say(b"TAG OK signed in\r\n")

        taken: list[bytes] = []
        async with scripted_imap(("LOGIN", take_literals)) as server:
            await ImapSession.open(server.mailbox(user="айно", password="slå\r\nA1 LOGOUT"))
        assert taken == ["айно".encode(), "slå\r\nA1 LOGOUT".encode()]

    async def test_a_server_without_move_is_asked_to_copy_and_delete(self) -> None:
        capabilities = b"TAG OK [CAPABILITY IMAP4rev1 UIDPLUS] signed in\r\n"
        copying: list[object] = [b"TAG NO [TRYCREATE] no folder\r\n", b"TAG OK copied\r\n"]
        async with scripted_imap(("LOGIN", capabilities), ("UID COPY", copying)) as server:  # type: ignore[arg-type]
            session = await ImapSession.open(server.mailbox())
            await session.select("INBOX")
            await session.move([1, 2], "Done")
            verbs = [line.split(b" ", 1)[1] for line in server.heard][2:]
        assert verbs == [
            b'UID COPY 1:2 "Done"',
            b'CREATE "Done"',
            b'UID COPY 1:2 "Done"',
            b"UID STORE 1:2 +FLAGS.SILENT (\\Deleted)",
            b"UID EXPUNGE 1:2",
        ]

    async def test_without_uidplus_nobody_elses_mail_is_expunged(self) -> None:
        async with scripted_imap(("LOGIN", b"TAG OK [CAPABILITY IMAP4rev1] signed in\r\n")) as server:
            session = await ImapSession.open(server.mailbox())
            await session.select("INBOX")
            await session.delete([1])
            assert not any(b"EXPUNGE" in line for line in server.heard)

    async def test_a_folder_without_uidvalidity_is_not_trusted(self) -> None:
        async with scripted_imap(("SELECT", b"* 1 EXISTS\r\nTAG OK selected\r\n")) as server:
            session = await ImapSession.open(server.mailbox())
            with pytest.raises(ProtocolViolation):
                await session.select("INBOX")


class TestWithoutAServer:
    async def test_an_unknown_host_is_named(self) -> None:
        with pytest.raises(ConnectFailed) as caught:
            await ImapSession.open(ImapSettings(host="mail.invalid", user="help"))
        assert caught.value.code == "host_unknown"

    async def test_a_closed_port_is_named(self, unused_port: int) -> None:
        settings = ImapSettings(host="127.0.0.1", port=unused_port, user="help", security=Security.NONE)
        with pytest.raises(ConnectFailed) as caught:
            await ImapSession.open(settings)
        assert caught.value.code == "refused"
        assert str(unused_port) in caught.value.text

    async def test_a_server_that_never_greets_is_given_up(self) -> None:
        async with scripted_imap(greeting=b"") as server:
            with pytest.raises(TimedOut) as caught:
                await ImapSession.open(server.mailbox(), patience=0.05)
            assert caught.value.code == "no_answer"

    async def test_tls_on_a_plain_port_is_explained(self, certificate: Certificate) -> None:
        async with scripted_imap() as server:
            with pytest.raises(TransportError) as caught:
                await ImapSession.open(server.mailbox(security=Security.TLS, tls=certificate.trusting()), patience=5)
            assert caught.value.code == "tls_handshake"


def _xoauth2(user: str, token: str) -> bytes:
    return b64encode(f"user={user}\x01auth=Bearer {token}\x01\x01".encode())
