"""The demo's post office serves the desk's own poller and sender, stock clients, and survives restarts."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.post_office import PostOffice, post_office
from mail.accounts import ImapSettings, Security, SmtpSettings
from mail.errors import AccountProblem, SignInRefused
from mail.imap import ImapSession
from mail.intake import Intake, Rhythm
from mail.ports import IntakeState
from mail.smtp import SmtpSender
from tests.support.mail_doubles import MemoryReceiver

HELP, AINO = "help@desk.example", "aino@northwind.example"
PASSWORD = 'p"ss\\wörd'


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(tmp_path / "post.sqlite3", passwords={HELP: PASSWORD}, anyone="demo") as running:
        yield running


def imap(office: PostOffice, user: str = HELP, password: str = PASSWORD) -> ImapSettings:
    return ImapSettings(host=office.host, port=office.imap_port, security=Security.NONE, user=user, password=password)


def smtp(office: PostOffice, **changes: str) -> SmtpSettings:
    return SmtpSettings(
        host=office.host, port=office.smtp_port, security=Security.NONE, own_name="t.example", **changes
    )


def letter(number: int, text: str = "Where is it?") -> bytes:
    return (
        f"From: Aino Virtanen <{AINO}>\r\nTo: {HELP}\r\nSubject: Order {number}\r\n"
        f"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{number}@northwind.example>\r\n\r\n{text}\r\n"
    ).encode()


async def send(office: PostOffice, *recipients: str, raw: bytes = letter(1), sender: str = AINO) -> None:
    async with SmtpSender(smtp(office)) as connection:
        outcome = await connection.send(sender, recipients or (HELP,), raw)
        assert outcome.accepted == (recipients or (HELP,))


async def opened(office: PostOffice, user: str = HELP, password: str = PASSWORD) -> ImapSession:
    session = await ImapSession.open(imap(office, user, password))
    await session.select("INBOX")
    return session


async def test_mail_comes_out_as_it_went_in(office: PostOffice) -> None:
    raw = letter(1, "x" * 5000 + "\r\n.\r\n..dots\r\nПривет")
    await send(office, raw=raw)
    session = await opened(office)
    (mail,) = await session.fetch(await session.search("ALL"))
    assert (mail.body or b"").endswith(raw)
    assert (mail.body or b"").startswith(
        b"Return-Path: <aino@northwind.example>\r\nDelivered-To: help@desk.example\r\n"
    )
    assert mail.size == len(mail.body or b"")
    assert mail.internal_date is not None
    assert abs(datetime.now(UTC) - mail.internal_date) < timedelta(minutes=1)
    await session.log_out()


async def test_signed_reply_addresses_reach_their_mailbox(office: PostOffice) -> None:
    await send(office, "Help+c42.abcdef@DESK.example")
    session = await opened(office)
    (mail,) = await session.fetch([1])
    assert b"Delivered-To: Help+c42.abcdef@DESK.example" in (mail.body or b"")
    await session.log_out()


async def test_every_address_has_a_mailbox(office: PostOffice) -> None:
    await send(office, AINO, "pavel@northwind.example", sender=HELP, raw=letter(7))
    session = await opened(office, AINO, "demo")
    assert len(await session.search("ALL")) == 1
    await session.log_out()
    summaries = {one.address: one.count for one in office.store.addresses()}
    assert summaries["pavel@northwind.example"] == 1
    (stored,) = office.store.inbox(AINO)
    assert stored.envelope_from == HELP
    assert b"Order 7" in (office.store.inbox_raw(AINO, stored.uid) or b"")
    assert office.store.inbox_raw(AINO, 99) is None


async def test_wrong_passwords_are_refused(office: PostOffice) -> None:
    with pytest.raises(SignInRefused):
        await ImapSession.open(imap(office, HELP, "demo"))
    with pytest.raises(SignInRefused):
        await ImapSession.open(imap(office, AINO, "wrong"))
    async with SmtpSender(smtp(office, user=HELP, password="wrong")) as sender:
        with pytest.raises(AccountProblem):
            await sender.send(HELP, (AINO,), letter(1))
    async with SmtpSender(smtp(office, user=HELP, password=PASSWORD)) as sender:
        assert (await sender.send(HELP, (AINO,), letter(1))).accepted == (AINO,)


async def test_idle_is_told_of_new_mail_at_once(office: PostOffice) -> None:
    session = await opened(office)
    waiting = asyncio.create_task(session.idle(30))
    await asyncio.sleep(0)
    await send(office)
    assert await asyncio.wait_for(waiting, 5) is True
    assert session.exists == 1
    await session.log_out()


async def test_flags_moving_and_deleting(office: PostOffice) -> None:
    for number in range(1, 5):
        await send(office, raw=letter(number))
    session = await opened(office)
    await session.add_flags([1, 2], "\\Seen")
    assert await session.search("UNSEEN") == [3, 4]
    await session.move([2], "Erledigt & Käse")
    await session.delete([3])
    assert await session.search("ALL") == [1, 4]
    assert session.exists == 2
    assert await session.status("Erledigt & Käse", "MESSAGES", "UNSEEN") == {"MESSAGES": 1, "UNSEEN": 0}
    assert {folder.name for folder in await session.list_folders()} == {"INBOX", "Erledigt & Käse"}
    assert await session.append("INBOX", letter(9), flags=["\\Flagged"]) == 5
    await session.log_out()


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ("ALL", [1, 2, 3]), ("UID 2:*", [2, 3]), ("UID 9:*", [3]), ("1:2", [1, 2]), ("SEEN", [1]), ("NOT SEEN", [2, 3]),
        ("OR SEEN UID 3", [1, 3]), ('SUBJECT "Order 2"', [2]), ("FROM aino", [1, 2, 3]), ("TEXT hedgehog", [3]),
        ("HEADER Message-ID 3@northwind", [3]), ("SINCE 1-Jan-2020 UNSEEN", [2, 3]), ("BEFORE 1-Jan-2020", []),
        ("LARGER 100000", []), ("(SEEN UID 1)", [1]), ("DELETED", []), ("KEYWORD $Label", []),
    ],
)  # fmt: skip
async def test_searching(office: PostOffice, criteria: str, found: list[int]) -> None:
    for number in range(1, 4):
        await send(office, raw=letter(number, "a hedgehog" if number == 3 else "hello"))
    session = await opened(office)
    await session.add_flags([1], "\\Seen")
    assert await session.search(criteria) == found
    await session.log_out()


async def test_numbers_and_uids_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "post.sqlite3"
    seen = []
    for number in range(1, 4):
        async with post_office(path, passwords={HELP: PASSWORD}) as office:
            await send(office, raw=letter(number))
            session = await ImapSession.open(imap(office))
            folder = await session.select("INBOX")
            uids = await session.search("ALL")
            await session.delete([uids[-1]])
            seen.append((folder.uidvalidity, uids[-1]))
            await session.log_out()
    assert len({validity for validity, _ in seen}) == 1
    assert [uid for _, uid in seen] == [1, 2, 3]


async def test_a_folder_made_anew_gets_another_uidvalidity(office: PostOffice) -> None:
    session = await opened(office)
    validities = []
    for _ in range(2):
        await session.create("Archive")
        validities.append((await session.status("Archive", "UIDVALIDITY"))["UIDVALIDITY"])
        await session._run("DELETE", '"Archive"')
    assert validities[0] != validities[1]
    await session.log_out()


async def test_the_desks_own_intake_and_the_post_office_understand_each_other(office: PostOffice) -> None:
    receiver = MemoryReceiver()
    handled = asyncio.Event()

    def look(status: object) -> None:
        if len(receiver.rows) == 2 and all(receiver.outcomes()):
            handled.set()

    receiver.on_status = look
    intake = Intake(mailbox=1, settings=imap(office), receiver=receiver, worker="one", rhythm=Rhythm())
    task = asyncio.create_task(intake.run())
    await send(office, raw=letter(1))
    await send(office, raw=letter(2))
    await asyncio.wait_for(handled.wait(), 10)
    intake.stop()
    await asyncio.wait_for(task, 5)
    assert receiver.outcomes() == ["opened", "opened"]
    assert any(status.state is IntakeState.IDLE for status in receiver.statuses)


class TestWithPythonsOwnClients:
    """imaplib and smtplib speak their own dialect and share no code with ours."""

    @staticmethod
    async def with_client(office: PostOffice, use: Callable[[imaplib.IMAP4], None]) -> None:
        def talk() -> None:
            client = imaplib.IMAP4(office.host, office.imap_port, timeout=10)
            client.login(AINO, "demo")
            client.select()
            use(client)
            client.logout()

        await asyncio.to_thread(talk)

    async def test_headers_parts_and_structure(self, office: PostOffice) -> None:
        def compose_and_send() -> None:
            with smtplib.SMTP(office.host, office.smtp_port, timeout=10) as client:
                body = (
                    "From: =?utf-8?q?P=C3=A4vel?= <pavel@northwind.example>\r\nTo: aino@northwind.example\r\n"
                    "Subject: parts\r\n folded\r\nMIME-Version: 1.0\r\n"
                    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
                    "--b\r\nContent-Type: text/plain\r\n\r\nfirst\r\n"
                    "--b\r\nContent-Type: text/html\r\n\r\n<p>second</p>\r\n--b--\r\n"
                )
                client.sendmail("pavel@northwind.example", [AINO], body.encode())

        await asyncio.to_thread(compose_and_send)

        def use(client: imaplib.IMAP4) -> None:
            _, data = client.fetch("1", "(ENVELOPE BODYSTRUCTURE)")
            line = data[0]
            assert isinstance(line, bytes)
            assert b'"parts folded"' in line
            assert b'(("=?utf-8?q?P=C3=A4vel?=" NIL "pavel" "northwind.example"))' in line
            assert b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 0)("TEXT" "HTML"' in line
            assert _literal(client.fetch("1", "(BODY.PEEK[1])")) == b"first"
            assert _literal(client.fetch("1", "(BODY.PEEK[2.MIME])")) == b"Content-Type: text/html\r\n\r\n"
            assert _literal(client.fetch("1", "(BODY.PEEK[TEXT]<2.5>)")) == b"b\r\nCo"
            subject = _literal(client.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
            assert subject == b"Subject: parts\r\n folded\r\n\r\n"
            _, flags = client.fetch("1", "(FLAGS)")
            assert b"Seen" not in (flags[0] or b"")  # type: ignore[operator]
            client.fetch("1", "(RFC822)")
            _, flags = client.fetch("1", "(FLAGS)")
            assert b"Seen" in (flags[0] or b"")  # type: ignore[operator]

        await self.with_client(office, use)

    async def test_storing_expunging_and_numbers(self, office: PostOffice) -> None:
        for number in range(1, 4):
            await send(office, AINO, raw=letter(number))

        def use(client: imaplib.IMAP4) -> None:
            assert client.store("2", "+FLAGS", "(\\Deleted $Label)")[1] == [b"2 (UID 2 FLAGS ($Label \\Deleted))"]
            assert client.expunge()[1] == [b"2"]
            assert client.search(None, "ALL")[1] == [b"1 2"]
            assert client.uid("SEARCH", "ALL")[1] == [b"1 3"]
            assert client.copy("1", "Nowhere")[0] == "NO"
            assert client.create("Somewhere")[0] == "OK"
            assert client.copy("1:2", "Somewhere")[0] == "OK"
            assert client.rename("Somewhere", "Elsewhere")[0] == "OK"
            assert client.status("Elsewhere", "(MESSAGES)")[1] == [b'"Elsewhere" (MESSAGES 2)']
            assert client.append("INBOX", "", imaplib.Time2Internaldate(0.0), letter(5))[0] == "OK"
            assert client.noop()[0] == "OK"
            assert client.response("EXISTS")[1][-1] == b"3"

        await self.with_client(office, use)

    @pytest.mark.parametrize(
        "nonsense", ["FETCH", "FETCH x (UID)", "SEARCH SINCE tomorrow", "STORE 1", "UID", "(((", "XYZZY"]
    )
    async def test_nonsense_is_answered_and_survived(self, office: PostOffice, nonsense: str) -> None:
        reader, writer = await asyncio.open_connection(office.host, office.imap_port)
        await reader.readline()
        writer.write(
            b"a LOGIN aino@northwind.example demo\r\nb SELECT inbox\r\nc " + nonsense.encode() + b"\r\nd NOOP\r\n"
        )
        async with asyncio.timeout(5):
            answers = {}
            while b"d" not in answers:
                tag, _, text = (await reader.readline()).partition(b" ")
                answers[tag] = text
        assert answers[b"c"].startswith((b"BAD", b"NO"))
        assert answers[b"d"].startswith(b"OK")
        writer.close()


def _literal(answer: tuple[str, list[object]]) -> bytes:
    part = answer[1][0]
    assert isinstance(part, tuple)
    assert isinstance(part[1], bytes)
    return part[1]
