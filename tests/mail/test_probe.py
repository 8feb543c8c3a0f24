"""A mailbox's settings are tried out, and the answer says what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mail.accounts import AfterHandling, ImapSettings, Security, SmtpSettings
from mail.probe import probe_imap, probe_smtp
from tests.support.dovecot import Dovecot
from tests.support.scripted_imap import SELECTED, scripted_imap
from tests.support.scripted_smtp import PASSWORD, USER, scripted_smtp


async def test_good_settings_are_confirmed_in_words(dovecot: Dovecot, user: str) -> None:
    dovecot.fill(user, [b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n"])
    finding = await probe_imap(dovecot.mailbox(user, security=Security.TLS))
    assert (finding.ok, finding.code) == (True, "ok")
    assert "INBOX holds 2 messages" in finding.text


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"password": "wrong"}, "sign_in_refused", "password"),
        ({"folder": "Nowhere"}, "folder_missing", "folder"),
        ({"security": Security.TLS}, "tls_handshake", "security"),
        ({"host": "mail.invalid"}, "host_unknown", "host"),
        ({"after_handling": AfterHandling.MOVE, "move_to": "INBOX"}, "same_folder", "move_to"),
    ],
)
async def test_what_is_wrong_with_the_intake_is_named(
    dovecot: Dovecot, user: str, changes: dict[str, object], code: str, field: str
) -> None:
    settings = replace(dovecot.mailbox(user), **changes)  # type: ignore[arg-type]
    finding = await probe_imap(settings)
    assert (finding.ok, finding.code, finding.field) == (False, code, field)
    assert finding.text.endswith((".", "!", "?")) or "says:" in finding.text


async def test_a_missing_target_folder_is_made(dovecot: Dovecot, user: str) -> None:
    settings = replace(dovecot.mailbox(user), after_handling=AfterHandling.MOVE, move_to="Erledigt")
    assert (await probe_imap(settings)).ok
    assert (await probe_imap(replace(settings, folder="Erledigt", after_handling=AfterHandling.LEAVE))).ok


async def test_a_folder_for_reading_only_is_noticed() -> None:
    async with scripted_imap(("SELECT", SELECTED.replace(b"READ-WRITE", b"READ-ONLY"))) as server:
        assert (await probe_imap(server.mailbox())).code == "read_only"
        assert (await probe_imap(server.mailbox(after_handling=AfterHandling.LEAVE))).ok


async def test_nobody_at_the_port(unused_port: int) -> None:
    imap = await probe_imap(ImapSettings(host="127.0.0.1", port=unused_port, user="x", security=Security.NONE))
    smtp = await probe_smtp(SmtpSettings(host="127.0.0.1", port=unused_port, security=Security.NONE), sender=USER)
    assert imap.code == smtp.code == "refused"
    assert imap.field == smtp.field == "port"


async def test_good_sending_settings_are_confirmed_without_sending() -> None:
    async with scripted_smtp() as server:
        finding = await probe_smtp(server.account(user=USER, password=PASSWORD), sender=USER)
        assert finding.ok
        assert USER in finding.text
        assert server.received == []


async def test_what_is_wrong_with_sending_is_named() -> None:
    async with scripted_smtp(on_mail=lambda server, said: "553 5.7.1 not yours", auth_required=False) as server:
        wrong_password = await probe_smtp(server.account(user=USER, password="no"), sender=USER)
        assert (wrong_password.code, wrong_password.field) == ("sign_in_refused", "password")
        wrong_sender = await probe_smtp(server.account(), sender="ceo@northwind.example")
        assert (wrong_sender.code, wrong_sender.field) == ("sender_refused", "address")
        assert "ceo@northwind.example" in wrong_sender.text
    async with scripted_smtp(auth_required=True) as server:
        assert (await probe_smtp(server.account(), sender=USER)).code == "sign_in_required"


async def test_a_sender_that_is_refused_only_with_the_recipient_is_found_too() -> None:
    """Postfix judges the sender at RCPT; what it says of the recipient alone is no finding."""
    refused = "553 5.7.1 <help@desk.example>: Sender address rejected: not owned by user"
    async with scripted_smtp(on_rcpt=lambda server, said: refused) as server:
        finding = await probe_smtp(server.account(), sender=USER)
        assert (finding.code, finding.field) == ("sender_refused", "address")
        assert "not owned by user" in finding.text
    async with scripted_smtp(on_rcpt=lambda server, said: "550 5.1.1 no such user here") as server:
        assert (await probe_smtp(server.account(), sender=USER)).ok
        assert server.received == []
