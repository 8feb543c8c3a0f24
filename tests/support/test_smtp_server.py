"""The SMTP servers of the tests do what tests of mail rely on."""

from __future__ import annotations

from collections import deque

import aiosmtplib
import pytest

from tests.support.ports import listens
from tests.support.processes import throwaway_folder
from tests.support.smtp_server import running_opensmtpd, running_sink
from tests.support.waiting import until

MAIL = b"From: aino@northwind.test\r\nTo: support@desk.test\r\nSubject: Oven\r\n\r\n.It is cold.\r\n"
SENDER, SUPPORT = "aino@northwind.test", "support@desk.test"


def client(port: int) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=5)


async def test_the_sink_keeps_what_it_accepts_byte_by_byte() -> None:
    given: list[tuple[str, bytes]] = []
    async with running_sink(deliver=lambda recipient, content: given.append((recipient, content))) as sink:
        async with client(sink.port) as smtp:
            await smtp.sendmail(SENDER, [SUPPORT], MAIL)
        (message,) = await sink.wait_for(1)
    assert (message.sender, message.recipients, message.content) == (SENDER, (SUPPORT,), MAIL)
    assert given == [(SUPPORT, MAIL)]


async def test_the_sink_refuses_as_scripted_and_then_accepts() -> None:
    replies = deque(["451 4.3.0 Try again later", "554 5.7.1 Refused", "hang up"])
    async with running_sink(data_replies=replies) as sink:
        for expected in (aiosmtplib.SMTPDataError, aiosmtplib.SMTPDataError, aiosmtplib.SMTPServerDisconnected):
            with pytest.raises(expected):
                async with client(sink.port) as smtp:
                    await smtp.sendmail(SENDER, [SUPPORT], MAIL)
        async with client(sink.port) as smtp:
            await smtp.sendmail(SENDER, [SUPPORT], MAIL)
        assert len(await sink.wait_for(1)) == 1


async def test_the_sink_refuses_single_recipients_and_wrong_passwords() -> None:
    options = {
        "refuse_recipient": lambda address: "550 5.1.1 No such user" if address.startswith("gone@") else None,
        "accounts": {"desk": "correct horse"},
    }
    async with running_sink(**options) as sink:
        async with client(sink.port) as smtp:
            with pytest.raises(aiosmtplib.SMTPAuthenticationError):
                await smtp.login("desk", "wrong")
        async with client(sink.port) as smtp:
            await smtp.login("desk", "correct horse")
            refused, _ = await smtp.sendmail(SENDER, [SUPPORT, "gone@northwind.test"], MAIL)
        assert refused["gone@northwind.test"].code == 550
        assert (await sink.wait_for(1))[0].recipients == (SUPPORT,)


async def test_the_sink_goes_away_and_comes_back_on_its_port() -> None:
    async with running_sink() as sink:
        smtp = client(sink.port)
        await smtp.connect()
        await sink.stop()
        with pytest.raises(aiosmtplib.SMTPException):
            await smtp.sendmail(SENDER, [SUPPORT], MAIL)
        assert not listens(sink.port)
        await sink.start()
        async with client(sink.port) as again:
            await again.sendmail(SENDER, [SUPPORT], MAIL)
        assert len(await sink.wait_for(1)) == 1


async def test_opensmtpd_delivers_into_maildirs_and_refuses_unknown_domains() -> None:
    mail_folder = throwaway_folder("maildirs", owner="nobody")
    with running_opensmtpd(mail_folder, owner="nobody") as smtpd:
        async with client(smtpd.port) as smtp:
            await smtp.sendmail(SENDER, [SUPPORT], MAIL)
            with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
                await smtp.sendmail(SENDER, ["anna@unknown.test"], MAIL)
        found = await until(lambda: list(mail_folder.glob("support/new/*")), what="delivery")
        assert b".It is cold." in found[0].read_bytes()
    assert not listens(smtpd.port)
