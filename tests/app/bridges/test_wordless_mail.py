"""Mails without a subject, without words, or with words that only a key opens: stored as they are, said as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.cases.entries import PublicEntry
from app.cases.feed import recorded_entry
from app.cases.models import Case, Entry, File
from app.cases.schemas import customer_entry
from app.mailboxes.ledger import raw_bytes
from app.mailboxes.models import Template
from app.notifications.schemas import NotificationView
from app.notifications.wording import push_payload
from tests.support.casework import reply
from tests.support.desk import TestDesk
from tests.support.mailwork import HELP, PAVEL, PostBox, a_post_box, letter, sent

PGP = f"""From: {PAVEL}
To: {HELP}
Subject: Order
Message-ID: <sealed@northwind.example>
MIME-Version: 1.0
Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b

--b
Content-Type: application/pgp-encrypted

Version: 1
--b
Content-Type: application/octet-stream; name=encrypted.asc

-----BEGIN PGP MESSAGE-----

abc=
-----END PGP MESSAGE-----
--b--
""".replace("\n", "\r\n").encode()


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


@pytest.mark.parametrize("together", [False, True])
async def test_what_a_mail_does_not_say_is_stored_empty(box: PostBox, together: bool) -> None:
    (row,) = await box.receive_all([letter("", subject="")], together=together)
    case = await Case.get(id=row.case_id)
    opened = await Entry.get(case_id=case.id, position=1)
    assert (row.outcome, case.subject, case.preview, opened.text) == ("opened", "", "", "")


async def test_a_mail_without_a_subject_is_answered_without_one_and_named_in_the_readers_language(box: PostBox) -> None:
    words = {"subject": "{{mail.subject}}", "body": "{{case.subject}}"}
    await Template.create(event="registered", language="ru", updated_at=box.desk.clock(), **words)
    opened = await box.receive(letter("It is cold.", subject=""))
    await reply(box.desk, await Case.get(id=opened.case_id), "maria", "Is it plugged in?")
    notice, answer = await sent()
    assert (notice.subject, answer.subject, answer.content["topic"]) == ("Re:", "Re:", "")
    assert notice.content["text"].startswith("(без темы)\n")


@pytest.mark.parametrize("together", [False, True])
async def test_an_encrypted_mail_is_kept_whole_and_has_no_files_of_its_own(box: PostBox, together: bool) -> None:
    """Its parts are for programs; whoever has the key downloads the mail as it came."""
    (row,) = await box.receive_all([PGP], together=together)
    entry = await Entry.get(case_id=row.case_id, position=1)
    assert (row.outcome, entry.text, entry.data["security"]) == ("opened", "", ["pgp_encrypted"])
    assert await File.filter(entry_id=entry.id).count() == 0
    assert await raw_bytes(row.raw_mail_id) == PGP
    shown = recorded_entry(entry, [])
    assert isinstance(shown, PublicEntry)
    assert customer_entry(shown).data["security"] == ["pgp_encrypted"]  # so that its writer learns it too


@pytest.mark.parametrize(("language", "body"), [("en", "(no subject)"), ("ru", "(без темы)"), ("fi", "(ei aihetta)")])
def test_a_push_about_a_wordless_mail_says_so_in_its_readers_language(language: str, body: str) -> None:
    data = {"number": "#1042", "subject": "", "by": "Pavel Orlov"}
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    told = NotificationView(position=1, kind="customer_replied", case_id=42, data=data, at=at)
    assert push_payload(told, language, "Harbour Support")["body"] == body
