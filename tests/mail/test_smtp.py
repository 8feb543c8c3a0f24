"""Handing messages to SMTP servers: every answer, and every silence, has its meaning."""

from __future__ import annotations

import asyncio

import pytest

from mail.accounts import Security, SmtpSettings
from mail.errors import AccountProblem, ConnectFailed, ConnectionLost, TimedOut, TransportError
from mail.smtp import Outcome, SmtpSender
from tests.support.certificates import Certificate
from tests.support.scripted_smtp import PASSWORD, USER, Script, ScriptedSmtp, scripted_smtp

AINO, PAVEL, MARIA = "aino@northwind.example", "pavel@northwind.example", "maria@northwind.example"
RAW = b"From: help@desk.example\r\nMessage-ID: <1@desk.example>\r\nSubject: Hi\r\n\r\nHello\r\n.\r\n..dots\r\n"


def answers(*given: str | None) -> Script:
    """One answer after the other; the last one for ever."""
    left = list(given)
    return lambda server, said: left.pop(0) if len(left) > 1 else left[0]


def by_recipient(**given: str) -> Script:
    return lambda server, said: given.get(said.partition("@")[0])


async def send(server: ScriptedSmtp, *recipients: str, **changes: object) -> Outcome:
    async with SmtpSender(server.account(**changes), patience=2, data_patience=2) as sender:
        return await sender.send(USER, recipients or (AINO,), RAW)


class TestAccepted:
    async def test_the_bytes_arrive_as_they_are(self) -> None:
        async with scripted_smtp() as server:
            outcome = await send(server, AINO, PAVEL)
            assert outcome.accepted == (AINO, PAVEL)
            assert outcome.server_text == "250 2.0.0 Ok: queued as 1"
            (received,) = server.received
            assert (received.sender, received.recipients, received.raw) == (USER, (AINO, PAVEL), RAW)

    async def test_one_connection_serves_many_messages_and_is_renewed_in_time(self) -> None:
        async with scripted_smtp() as server:
            async with SmtpSender(server.account(), messages_per_connection=90) as sender:
                for _ in range(91):
                    await sender.send(USER, (AINO,), RAW)
            assert len(server.received) == 91
            assert server.connections == 2

    async def test_several_tasks_take_turns_on_one_connection(self) -> None:
        async with scripted_smtp() as server:
            async with SmtpSender(server.account()) as sender:
                await asyncio.gather(*(sender.send(USER, (AINO,), RAW) for _ in range(10)))
            assert len(server.received) == 10
            assert server.connections == 1

    @pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
    async def test_it_signs_in_over_tls(self, certificate: Certificate, security: Security) -> None:
        serving = certificate.serving()
        tls, starttls = (serving, None) if security is Security.TLS else (None, serving)
        async with scripted_smtp(tls=tls, starttls=starttls, auth_required=True) as server:
            outcome = await send(server, security=security, tls=certificate.trusting(), user=USER, password=PASSWORD)
            assert outcome.accepted == (AINO,)

    async def test_addresses_of_other_scripts(self) -> None:
        async with scripted_smtp() as server:
            outcome = await send(server, "цех@bäckerei.example", "pavel@bäckerei.example")
            assert len(outcome.accepted) == 2
            assert server.received[0].recipients == ("цех@xn--bckerei-5wa.example", "pavel@xn--bckerei-5wa.example")
            assert "SMTPUTF8" in server.received[0].options


class TestRefusedRecipients:
    async def test_each_recipient_has_a_fate_of_its_own(self) -> None:
        script = by_recipient(pavel="550 5.1.1 unknown here", maria="451 4.7.1 greylisted")
        async with scripted_smtp(on_rcpt=script) as server:
            outcome = await send(server, AINO, PAVEL, MARIA)
            assert outcome.accepted == (AINO,)
            assert [(one.recipient, one.status) for one in outcome.refused] == [(PAVEL, 550)]
            assert [(one.recipient, one.status) for one in outcome.deferred] == [(MARIA, 451)]
            assert "unknown here" in outcome.refused[0].text
            assert server.received[0].recipients == (AINO,)

    async def test_when_all_are_refused_nothing_is_handed_over(self) -> None:
        async with scripted_smtp(on_rcpt=by_recipient(aino="550 5.1.1 no", pavel="452 4.2.2 full")) as server:
            async with SmtpSender(server.account()) as sender:
                outcome = await sender.send(USER, (AINO, PAVEL), RAW)
                assert (len(outcome.refused), len(outcome.deferred), outcome.accepted) == (1, 1, ())
                assert (await sender.send(USER, (MARIA,), RAW)).accepted == (MARIA,)
            assert server.connections == 1

    async def test_too_many_recipients_for_one_message_become_two(self) -> None:
        script = answers(None, None, "452 4.5.3 Too many recipients", None)
        async with scripted_smtp(on_rcpt=script) as server:
            outcome = await send(server, AINO, PAVEL, MARIA)
            assert outcome.accepted == (AINO, PAVEL, MARIA)
            assert [one.recipients for one in server.received] == [(AINO, PAVEL), (MARIA,)]


class TestRefusedMessages:
    @pytest.mark.parametrize(
        ("answer", "final"),
        [("554 5.7.1 looks like spam", True), ("552 5.3.4 too big", True), ("451 4.3.0 later", False)],
    )
    async def test_the_answer_to_data_counts_for_all_recipients(self, answer: str, final: bool) -> None:
        async with scripted_smtp(on_data=answers(answer)) as server:
            outcome = await send(server, AINO, PAVEL)
            refusals = outcome.refused if final else outcome.deferred
            assert [one.recipient for one in refusals] == [AINO, PAVEL]
            assert {one.status for one in refusals} == {int(answer[:3])}
            assert not outcome.maybe_delivered
            assert not outcome.accepted

    async def test_a_message_too_large_for_the_server_fails_for_good(self) -> None:
        async with scripted_smtp(on_mail=answers("552 5.3.4 Message too big")) as server:
            outcome = await send(server)
            assert [(one.recipient, one.status) for one in outcome.refused] == [(AINO, 552)]


class TestDoubt:
    async def test_silence_after_the_message_may_mean_delivered(self) -> None:
        async with scripted_smtp(on_data=answers("silence")) as server:
            async with SmtpSender(server.account(), patience=2, data_patience=0.05) as sender:
                outcome = await sender.send(USER, (AINO,), RAW)
            assert outcome.maybe_delivered
            assert [(one.recipient, one.status) for one in outcome.deferred] == [(AINO, 0)]

    async def test_a_break_after_the_message_may_mean_delivered(self) -> None:
        async with scripted_smtp(on_data=answers("drop"), on_rcpt=by_recipient(pavel="550 no")) as server:
            outcome = await send(server, AINO, PAVEL)
            assert outcome.maybe_delivered
            assert [one.recipient for one in outcome.deferred] == [AINO]
            assert [one.recipient for one in outcome.refused] == [PAVEL]

    async def test_a_break_before_the_message_leaves_no_doubt(self) -> None:
        async with scripted_smtp(on_rcpt=answers("drop")) as server:
            outcome = await send(server)
            assert not outcome.maybe_delivered
            assert [one.recipient for one in outcome.deferred] == [AINO]

    async def test_cancelling_closes_the_connection(self) -> None:
        async with scripted_smtp(on_data=answers("silence", None)) as server:
            async with SmtpSender(server.account()) as sender:
                sending = asyncio.create_task(sender.send(USER, (AINO,), RAW))
                await asyncio.sleep(0.1)
                sending.cancel()
                await asyncio.wait({sending})
                assert (await sender.send(USER, (PAVEL,), RAW)).accepted == (PAVEL,)
            assert server.connections == 2


class TestTiredServers:
    @pytest.mark.parametrize("answer", ["421 4.3.2 closing", "452 4.5.3 Too many messages", "drop"])
    async def test_a_used_connection_that_is_refused_is_renewed(self, answer: str) -> None:
        async with scripted_smtp(on_mail=answers(None, answer, None)) as server:
            async with SmtpSender(server.account()) as sender:
                await sender.send(USER, (AINO,), RAW)
                outcome = await sender.send(USER, (PAVEL,), RAW)
            assert outcome.accepted == (PAVEL,)
            assert server.connections == 2

    async def test_a_server_that_is_always_busy_is_tried_later(self) -> None:
        async with scripted_smtp(on_mail=answers("421 4.3.2 busy")) as server:
            outcome = await send(server)
            assert [(one.recipient, one.status) for one in outcome.deferred] == [(AINO, 421)]
            assert server.connections == 1


class TestProblemsOfTheAccount:
    async def test_a_wrong_password_is_no_fault_of_the_mail(self) -> None:
        async with scripted_smtp() as server:
            with pytest.raises(AccountProblem) as caught:
                await send(server, user=USER, password="wrong")
            assert caught.value.code == "sign_in_refused"
            assert "535" in caught.value.text

    async def test_a_missing_sign_in_is_named(self) -> None:
        async with scripted_smtp(auth_required=True) as server:
            with pytest.raises(AccountProblem) as caught:
                await send(server)
            assert caught.value.code == "sign_in_required"

    async def test_a_sender_that_may_not_send_is_named(self) -> None:
        async with scripted_smtp(on_mail=answers("550 5.7.60 not your address")) as server:
            with pytest.raises(AccountProblem, match=USER) as caught:
                await send(server)
            assert caught.value.code == "sender_refused"

    @pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
    async def test_a_certificate_nobody_trusts(self, certificate: Certificate, security: Security) -> None:
        serving = certificate.serving()
        tls, starttls = (serving, None) if security is Security.TLS else (None, serving)
        async with scripted_smtp(tls=tls, starttls=starttls) as server:
            with pytest.raises(AccountProblem) as caught:
                await send(server, security=security)
            assert caught.value.code == "tls_certificate"

    async def test_no_starttls_on_offer(self) -> None:
        async with scripted_smtp() as server:
            with pytest.raises(AccountProblem) as caught:
                await send(server, security=Security.STARTTLS)
            assert caught.value.code == "no_starttls"

    async def test_tls_on_a_plain_port(self, certificate: Certificate) -> None:
        async with scripted_smtp() as server:
            with pytest.raises(TransportError) as caught:
                await send(server, security=Security.TLS, tls=certificate.trusting())
            assert caught.value.code in ("tls_handshake", "no_answer", "connection_lost")


class TestNoServer:
    async def test_a_closed_port(self, unused_port: int) -> None:
        sender = SmtpSender(SmtpSettings(host="127.0.0.1", port=unused_port, security=Security.NONE))
        with pytest.raises(ConnectFailed) as caught:
            await sender.send(USER, (AINO,), RAW)
        assert caught.value.code == "refused"

    async def test_an_unknown_host(self) -> None:
        with pytest.raises(ConnectFailed) as caught:
            await SmtpSender(SmtpSettings(host="smtp.invalid")).send(USER, (AINO,), RAW)
        assert caught.value.code == "host_unknown"

    @pytest.mark.parametrize(("greeting", "error"), [(b"", TimedOut), (b"554 go away\r\n", ConnectFailed)])
    async def test_a_server_that_does_not_want_us(self, greeting: bytes, error: type[Exception]) -> None:
        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(greeting)
            await reader.read()
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        settings = SmtpSettings(host="127.0.0.1", port=server.sockets[0].getsockname()[1], security=Security.NONE)
        with pytest.raises(error):
            await SmtpSender(settings, patience=0.1).send(USER, (AINO,), RAW)
        server.close()

    async def test_a_server_that_hangs_up_on_sight(self) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        settings = SmtpSettings(host="127.0.0.1", port=server.sockets[0].getsockname()[1], security=Security.NONE)
        with pytest.raises(ConnectionLost):
            await SmtpSender(settings, patience=2).send(USER, (AINO,), RAW)
        server.close()
