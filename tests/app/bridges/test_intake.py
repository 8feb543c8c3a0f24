"""What becomes of mails that arrive, on both databases: an entry, a case or quarantine; never two, never none."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tortoise.exceptions import OperationalError

from app.cases import actions
from app.cases.events import CaseChanged
from app.cases.models import Case, Entry, File, Participant
from app.database import Work
from app.errors import Invalid
from app.mailboxes.ledger import UNDERSTAND_AT_MOST
from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail
from app.mailboxes.replaying import replay_rows
from app.people.models import Account, Contact, ContactAddress
from app.queues.models import Queue
from mail.addresses import sign_reply_address
from mail.errors import ParseRefused
from mail.message import Message
from mail.parsing import parse
from mail.workers import ParserPool
from tests.support.casework import change, kinds, open_case, reply
from tests.support.desk import TestDesk
from tests.support.mailwork import AINO, HELP, PAVEL, STRANGER, PostBox, a_post_box, letter, parse_here, sent


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def test_a_mail_opens_a_case_of_its_sender(box: PostBox) -> None:
    row = await box.receive(letter("It does not heat.\n\n-- \nPavel", subject="The oven", files=[("log.txt", b"cold")]))
    assert (row.outcome, row.position, row.from_address) == ("opened", 1, "pavel@northwind.example")
    case = await Case.get(id=row.case_id).select_related("contact", "queue")
    assert (case.subject, case.channel, case.category, case.language) == ("The oven", "mail", "new", "ru")
    assert (case.contact.name, case.queue.name, case.mailbox_id) == ("Pavel Orlov", "Support", box.mailbox.id)
    opened = await Entry.get(case_id=case.id, position=1)
    assert (opened.kind, opened.audience, opened.text) == ("opened", "public", "It does not heat.")
    assert "-- \nPavel" in str(opened.data["full_text"])
    file = await File.get(entry_id=opened.id)
    assert (file.name, await box.desk.desk.store.read_bytes(file.digest)) == ("log.txt", b"cold")


async def test_a_stranger_becomes_a_contact(box: PostBox) -> None:
    row = await box.receive(letter(sender=STRANGER))
    case = await Case.get(id=row.case_id).select_related("contact")
    assert (case.contact.name, case.contact.account_id, case.language) == ("Sven Holm", None, "en")
    again = await box.receive(letter(sender="sven@ELSEWHERE.example"))
    assert (await Case.get(id=again.case_id)).contact_id == case.contact_id


async def test_every_sign_leads_to_the_case(box: PostBox) -> None:
    opened = await box.receive(letter(subject="The oven"))
    case = await Case.get(id=opened.case_id)
    await reply(box.desk, case, "maria", "Is it plugged in?")
    ours = (await sent(kind="reply"))[0]
    signed = sign_reply_address(HELP, case.id, box.desk.desk.keys.reply_address)
    signs = {
        "reply_address": letter(to=signed, sender=STRANGER),
        "in_reply_to": letter(In_Reply_To=ours.message_id),
        "references": letter(References=f"<other@northwind.example> {ours.message_id}"),
        "subject": letter(subject=f"Re: The oven [#{case.number}]"),
    }
    for sign, mail in signs.items():
        row = await box.receive(mail)
        assert (row.outcome, row.case_id, row.reason) == ("joined", case.id, sign)
        entry = await Entry.get(case_id=case.id, position=row.position)
        assert (entry.kind, entry.audience, entry.data["joined"]) == ("message", "public", {"by": sign})
    assert await Case.all().count() == 1


async def test_the_customers_own_thread_leads_to_the_case(box: PostBox) -> None:
    """Pavel answers his own mail, which carries no sign of ours."""
    opened = await box.receive(letter(message_id="<first@northwind.example>"))
    row = await box.receive(letter("And the lamp is dark.", In_Reply_To="<first@northwind.example>"))
    assert (row.outcome, row.case_id) == ("joined", opened.case_id)


async def test_a_stranger_never_joins_by_what_can_be_guessed(box: PostBox) -> None:
    opened = await box.receive(letter(message_id="<first@northwind.example>"))
    case = await Case.get(id=opened.case_id)
    forged = sign_reply_address(HELP, case.id, b"another key")
    for mail in (
        letter(sender=STRANGER, subject=f"Re: Oven [#{case.number}]"),
        letter(sender=STRANGER, In_Reply_To="<first@northwind.example>"),
        letter(sender=STRANGER, to=forged),
        letter(sender="Liisa Koski <liisa@tours.example>", subject=f"[#{case.number}]"),
    ):
        row = await box.receive(mail)
        assert row.outcome == "opened"
        assert row.case_id != case.id
    assert await kinds(case) == ["opened"]


async def test_a_colleague_joins_and_takes_part(box: PostBox) -> None:
    opened = await box.receive(letter())
    case = await Case.get(id=opened.case_id)
    row = await box.receive(letter("Me too.", sender=AINO, subject=f"[#{case.number}]"))
    assert (row.outcome, row.case_id) == ("joined", case.id)
    aino = box.desk.people["aino"].contact_id
    assert await Participant.exists(case_id=case.id, contact_id=aino)
    assert await kinds(case) == ["opened", "participant_added", "message"]
    entry = await Entry.get(case_id=case.id, position=row.position)
    assert (entry.author_kind, entry.author_contact_id, entry.author_name) == ("contact", aino, "Aino Virtanen")


async def test_who_is_copied_in_takes_part_but_not_the_desk(box: PostBox) -> None:
    signed = sign_reply_address(HELP, 77, box.desk.desk.keys.reply_address)
    copies = f"{AINO}, {STRANGER}, maria@desk.example, {signed}, nobody@localhost"
    row = await box.receive(letter(to=f"{HELP}, help+orders@desk.example", Cc=copies))
    taking_part = await Participant.filter(case_id=row.case_id).prefetch_related("contact")
    assert {one.contact.name for one in taking_part} == {"Aino Virtanen", "Sven Holm"}


async def test_an_answer_opens_a_finished_case_again(box: PostBox) -> None:
    opened = await box.receive(letter())
    case = await Case.get(id=opened.case_id)
    await change(box.desk, case, status="resolved")
    await box.receive(letter("Still cold.", subject=f"[#{case.number}]"))
    assert (await Case.get(id=case.id)).category == "open"


async def test_automatic_mail_is_kept_and_changes_nothing(box: PostBox) -> None:
    case = await open_case(box.desk, "pavel")
    await reply(box.desk, case, "maria", "Solved?", status="resolved")
    before = await Case.get(id=case.id)
    away = letter("I am away.", subject=f"Automatic reply: [#{case.number}]", Auto_Submitted="auto-replied")
    row = await box.receive(away)
    after = await Case.get(id=case.id)
    assert (row.outcome, row.case_id) == ("automatic", case.id)
    assert (after.category, after.waiting_since) == ("resolved", None)
    assert after.last_public_position == before.last_public_position
    entry = await Entry.get(case_id=case.id, position=row.position)
    assert (entry.kind, entry.audience, entry.text) == ("mail_attached", "internal", "I am away.")


async def test_a_robots_first_mail_opens_a_case(box: PostBox) -> None:
    row = await box.receive(letter("Disk 80 % full", sender=STRANGER, Auto_Submitted="auto-generated"))
    assert row.outcome == "opened"


async def test_a_read_receipt_without_a_case_is_ignored(box: PostBox) -> None:
    raw = letter(sender=STRANGER, subject="Read: Oven")
    head, _, _ = raw.partition(b"\r\n\r\n")
    kept = b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith((b"Content", b"MIME")))
    receipt = kept + (
        b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary="b"'
        b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nRead.\r\n--b\r\nContent-Type: message/disposition-notification"
        b"\r\n\r\nFinal-Recipient: rfc822; sven@elsewhere.example\r\nDisposition: manual-action/MDN-sent; displayed"
        b"\r\n\r\n--b--\r\n"
    )
    row = await box.receive(receipt)
    assert (row.outcome, row.reason) == ("ignored", "receipt")


async def test_one_message_in_two_mailboxes_is_handled_once(box: PostBox) -> None:
    orders = await a_post_box(box.desk, "orders@desk.example")
    mail = letter(to=f"{HELP}, orders@desk.example")
    first, second = await box.receive(mail), await orders.receive(mail)
    assert (first.outcome, second.outcome) == ("opened", "duplicate")
    assert (second.case_id, second.position) == (first.case_id, 1)
    assert await Case.all().count() == 1


async def test_one_message_in_two_mailboxes_at_the_same_moment(box: PostBox) -> None:
    orders = await a_post_box(box.desk, "orders@desk.example")
    mail = letter()
    rows = [await box.store(mail), await orders.store(mail)]
    await asyncio.gather(box.ledger.handle(rows[0]), orders.ledger.handle(rows[1]))
    outcomes = sorted([row.outcome for row in await InboundEmail.filter(id__in=rows)])
    assert outcomes == ["duplicate", "opened"]


async def test_a_renumbered_folder_brings_no_second_case(box: PostBox) -> None:
    mail = letter(message_id=None)
    await box.receive(mail)
    box.uidvalidity = 8
    assert (await box.receive(mail)).outcome == "duplicate"


async def test_another_mail_under_a_used_message_id_is_a_mail_of_its_own(box: PostBox) -> None:
    """A broken or malicious program that repeats Message-IDs must not make mail disappear."""
    await box.receive(letter(message_id="<same@northwind.example>"))
    row = await box.receive(letter(message_id="<same@northwind.example>", subject="The lamp"))
    assert row.outcome == "opened"
    for strange in ("", "<>", "no brackets", "<a b@c>", "<" + "x" * 990 + "@northwind.example>"):
        raw = letter(subject=f"Strange {strange[:10]}").replace(b"Message-ID: ", b"X-Was: ")
        row = await box.receive(f"Message-ID: {strange}\r\n".encode() + raw)
        assert row.outcome == "opened", strange


async def test_the_desks_own_mail_coming_back_is_left_alone(box: PostBox) -> None:
    case = await open_case(box.desk, "pavel")
    await reply(box.desk, case, "maria")
    ours = (await sent(kind="reply"))[0]
    row = await box.receive(letter(sender=f"Maria Keller <{HELP}>", message_id=ours.message_id))
    assert (row.outcome, row.case_id) == ("own", None)
    signed = sign_reply_address(HELP, case.id, box.desk.desk.keys.reply_address)
    renamed = await box.receive(letter(sender=HELP, message_id="<renamed@relay.example>", Reply_To=signed))
    assert (renamed.outcome, renamed.reason) == ("own", "from_own_mailbox")


async def test_a_form_in_the_desks_name_brings_the_person_behind_it(box: PostBox) -> None:
    for sender in (HELP, "No Reply <noreply@forms.example>"):
        row = await box.receive(letter(sender=sender, Reply_To=STRANGER))
        case = await Case.get(id=row.case_id).select_related("contact")
        assert (row.outcome, case.contact.name) == ("opened", "Sven Holm")


async def test_a_mail_that_pretends_to_be_the_desk_is_set_aside(box: PostBox) -> None:
    row = await box.receive(letter(sender=HELP))
    assert (row.outcome, row.reason) == ("quarantined", "from_own_mailbox")
    assert "did not send it" in row.detail
    assert await Case.all().count() == 0


async def test_nul_and_other_rubbish_is_stored(box: PostBox) -> None:
    raw = letter("before\x00after", subject="Oven").replace(b"Subject: Oven", b"Subject: Ov\x00en \xff\xfe")
    raw = raw.replace(b"Message-ID: <", b"Message-ID: <\x00")
    row = await box.receive(raw)
    assert row.outcome == "opened"
    entry = await Entry.get(case_id=row.case_id, position=1)
    assert "\x00" not in entry.text + row.subject
    assert "before" in entry.text


async def test_a_mail_without_words_keeps_its_place(box: PostBox) -> None:
    opened = await box.receive(letter("", subject=""))
    case = await Case.get(id=opened.case_id)
    assert (opened.outcome, case.subject) == ("opened", "")
    row = await box.receive(letter("", subject=f"[#{case.number}]"))
    assert row.outcome == "joined"
    assert (await Entry.get(case_id=case.id, position=row.position)).text == ""
    assert (await Case.get(id=case.id)).preview == ""


@pytest.mark.parametrize(
    ("mail", "reason"),
    [(letter(sender=None), "no_sender"), (letter(sender="root@localhost"), "invalid"), (b"", "no_sender")],
    ids=["nobody", "no address", "empty"],
)
async def test_a_mail_that_nobody_could_answer_is_set_aside(box: PostBox, mail: bytes, reason: str) -> None:
    row = await box.receive(mail)
    assert (row.outcome, row.reason) == ("quarantined", reason)
    assert row.detail
    assert await Case.all().count() == 0
    assert await Contact.filter(name__in=["root", "localhost"]).count() == 0


async def test_quarantined_mail_is_tried_again_on_demand(box: PostBox) -> None:
    clever = False

    async def learning(raw: bytes) -> Message:
        if not clever:
            raise ParseRefused("too_deep", "41 levels")
        return parse(raw)

    box = PostBox(box.desk, box.mailbox, parse=learning)
    row = await box.receive(letter())
    assert (row.outcome, row.reason, row.detail) == ("quarantined", "too_deep", "41 levels")
    replayed = await replay_rows(box.desk.desk, box.intake.understand, [row.id])
    assert replayed == {row.id: "quarantined again: too_deep 41 levels"}
    clever = True
    replayed = await replay_rows(box.desk.desk, box.intake.understand, [row.id, 999])
    case = await Case.get()
    assert replayed == {row.id: f"opened, case {case.id} entry 1", 999: "there is no such row"}
    assert await replay_rows(box.desk.desk, box.intake.understand, [row.id]) == {row.id: "not in quarantine (opened)"}


async def test_the_beginning_of_a_large_mail_is_never_taken_for_the_mail(box: PostBox) -> None:
    row_id = await box.store(letter(), truncated=True)
    assert await box.ledger.handle(row_id)
    row = await InboundEmail.get(id=row_id)
    assert (row.outcome, row.reason) == ("quarantined", "too_large")
    replayed = await replay_rows(box.desk.desk, box.intake.understand, [row_id])
    assert "only its beginning" in replayed[row_id]
    assert await Case.all().count() == 0


async def test_a_mail_that_kills_its_reader_does_not_stop_the_next(box: PostBox) -> None:
    """With a real reader process that dies each time while it reads the poisonous mail."""
    async with ParserPool(workers=1) as pool:

        async def reading(raw: bytes) -> Message:
            if b"poison" not in raw:
                return await pool.parse(raw)
            await pool.parse(letter())  # so that there is a process to die
            os.kill(pool.process_ids[0], signal.SIGSTOP)
            asyncio.get_running_loop().call_later(0.01, os.kill, pool.process_ids[0], signal.SIGKILL)
            return await pool.parse(raw)

        box = PostBox(box.desk, box.mailbox, parse=reading)
        poison, good = await box.store(letter("poison")), await box.store(letter("good"))
        assert await box.ledger.handle(poison) is False
        assert await box.ledger.handle(good) is True
        assert (await InboundEmail.get(id=good)).outcome == "opened"
        for attempt in range(2, UNDERSTAND_AT_MOST + 1):
            assert await box.ledger.unhandled(box.mailbox.id, limit=10) == [poison]
            assert await box.ledger.handle(poison) is (attempt == UNDERSTAND_AT_MOST)
    row = await InboundEmail.get(id=poison)
    assert (row.outcome, row.reason, row.attempts) == ("quarantined", "worker_died", 3)


async def test_a_mail_that_ends_the_process_is_set_aside_after_three_starts(box: PostBox) -> None:
    row_id = await box.store(letter())
    await InboundEmail.filter(id=row_id).update(attempts=UNDERSTAND_AT_MOST)  # as kill -9 leaves it
    assert await box.ledger.handle(row_id)
    row = await InboundEmail.get(id=row_id)
    assert (row.outcome, row.reason) == ("quarantined", "worker_died")


@asynccontextmanager
async def failing(desk: TestDesk, error: Exception) -> AsyncIterator[None]:
    """While inside, whatever changes a case fails at its last moment, with everything written."""
    on = True

    async def fail(_: Work, __: CaseChanged) -> None:
        if on:
            raise error

    desk.desk.bus.inside(CaseChanged, fail)
    try:
        yield
    finally:
        on = False


@pytest.mark.parametrize("error", [OSError("disk full"), OperationalError("deadlock detected")], ids=["disk", "query"])
async def test_a_failure_halfway_changes_nothing(box: PostBox, error: Exception) -> None:
    row_id = await box.store(letter(sender=STRANGER, files=[("log.txt", b"cold")]))
    async with failing(box.desk, error):
        if isinstance(error, OSError):
            with pytest.raises(OSError, match="disk full"):
                await box.ledger.handle(row_id)
        else:
            assert await box.ledger.handle(row_id) is False
    row = await InboundEmail.get(id=row_id)
    assert (row.outcome, row.case_id) == ("stored", None)
    assert row.attempts == (0 if isinstance(error, OSError) else 1), "an outage is no attempt"
    for table in (Case, Entry, File, OutboundEmail, ContactAddress.filter(address="sven@elsewhere.example")):
        assert await (table.all()).count() == 0
    assert await box.ledger.pending_acknowledgements(box.folder, limit=10) == []
    assert await box.ledger.handle(row_id) is True
    assert (await InboundEmail.get(id=row_id)).outcome == "opened"
    assert await File.all().count() == 1


async def test_a_refusal_halfway_changes_nothing_but_the_outcome(box: PostBox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Aino is made a participant before her words are refused: neither may stay."""
    opened = await box.receive(letter())
    case = await Case.get(id=opened.case_id)

    async def refuse(*_: object, **__: object) -> None:
        raise Invalid("Too long.", field="text")

    monkeypatch.setattr(actions, "reply", refuse)
    row = await box.receive(letter("Me too.", sender=AINO, subject=f"[#{case.number}]"))
    assert (row.outcome, row.reason, row.detail) == ("quarantined", "invalid", "Too long.")
    assert row.from_address == "aino@northwind.example", "the administrator sees whose mail it was"
    assert await kinds(case) == ["opened"]
    assert not await Participant.exists(case_id=case.id)


async def test_handling_a_row_again_changes_nothing(box: PostBox) -> None:
    row = await box.receive(letter())
    await box.intake.understand(row.id)
    assert await box.ledger.handle(row.id) is True
    assert await Case.all().count() == 1


async def test_a_mailbox_whose_queue_was_archived_still_takes_mail(box: PostBox) -> None:
    billing = await Queue.create(name="Billing", purpose="work", sort=9, archived=True, created_at=box.desk.clock())
    await Mailbox.filter(id=box.mailbox.id).update(queue_id=billing.id)
    row = await box.receive(letter())
    case = await Case.get(id=row.case_id).select_related("queue")
    assert case.queue.archived is False


async def test_a_mail_shows_that_an_address_lives(box: PostBox) -> None:
    await ContactAddress.filter(address="pavel@northwind.example").update(dead_since=box.desk.clock())
    await box.receive(letter(sender=PAVEL.upper().replace("PAVEL ORLOV", "Pavel")))
    assert (await ContactAddress.get(address="pavel@northwind.example")).dead_since is None


async def test_an_address_in_another_alphabet_is_the_same_contact(box: PostBox) -> None:
    first = await box.receive(letter(sender="Sven <sven@kahvi.example>").replace(b"kahvi", "käsi".encode()))
    again = await box.receive(letter(sender="Sven <sven@xn--ksi-qla.example>"))
    cases = [await Case.get(id=row.case_id) for row in (first, again)]
    assert cases[0].contact_id == cases[1].contact_id


async def test_the_parser_of_these_tests_is_the_real_one() -> None:
    assert (await parse_here(letter("Hello"))).text.strip() == "Hello"


async def test_a_new_sender_of_no_company_joins_the_one_of_the_mailbox(desk: TestDesk) -> None:
    company = await Account.create(name="Harbour", created_at=desk.clock())
    box = await a_post_box(desk, account_id=company.id)
    row = await box.receive(letter(sender=STRANGER))
    case = await Case.get(id=row.case_id)
    assert (case.account_id, (await Contact.get(id=case.contact_id)).account_id) == (company.id, company.id)
    box.mailbox.account_id = None
    await Mailbox.filter(id=box.mailbox.id).update(account_id=4711)
    row = await box.receive(letter(sender="Nora <nora@nowhere.example>"))
    assert (await Case.get(id=row.case_id)).account_id is None, "a company that is gone is no obstacle"
