"""Robots: receipts, absence notes, addresses that live again, spam both ways, notices that are switched off."""

from __future__ import annotations

import pytest

from app.cases.models import Case, Entry
from app.mailboxes.models import Mailbox, NoticeSwitch, OutboundEmail, SenderRule
from app.mailboxes.switches import switch, unsubscribe_link
from app.people.models import Account, Contact, ContactAddress
from app.queues.models import Queue
from mail.compose import trimmed_references
from tests.support.casework import change, open_case, reply
from tests.support.desk import TestDesk
from tests.support.mailwork import HELP, PAVEL, STRANGER, PostBox, a_post_box, letter, read, report, sent
from tests.support.scripted_smtp import scripted_smtp

PAVELS = "pavel@northwind.example"


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def answered(box: PostBox, words: str = "Is it plugged in?") -> tuple[Case, OutboundEmail]:
    """A case of Pavel's, owned by Maria, with an answer that the server took."""
    case = await open_case(box.desk, "pavel")
    await reply(box.desk, case, "maria", words)
    mail = (await sent(kind="reply"))[-1]
    await OutboundEmail.filter(id=mail.id).update(state="accepted", due_at=None, accepted_at=box.desk.clock())
    return case, await OutboundEmail.get(id=mail.id)


def receipt(mail: OutboundEmail, *, disposition: str = "manual-action/MDN-sent-manually; displayed") -> bytes:
    """What a mail program says when a mail was read (RFC 8098)."""
    return "\r\n".join(
        [
            f"From: Pavel <{PAVELS}>",
            f"To: {HELP}",
            "Subject: Read: Oven",
            f"Message-ID: <read-{mail.id}-{len(disposition)}@northwind.example>",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain",
            "",
            "Your message was read.",
            "--b",
            "Content-Type: message/disposition-notification",
            "",
            f"Final-Recipient: rfc822;{PAVELS}",
            f"Original-Message-ID: {mail.message_id}",
            f"Disposition: {disposition}",
            "--b--",
            "",
        ]
    ).encode()


async def test_a_read_receipt_is_kept_at_the_mail_it_is_about(box: PostBox) -> None:
    case, mail = await answered(box)
    before = len(await sent())
    row = await box.receive(receipt(mail))
    assert (row.outcome, row.reason, row.case_id) == ("automatic", "receipt", case.id)
    entry = await Entry.get(case_id=case.id, position=row.position)
    assert (entry.kind, entry.audience) == ("mail_state", "internal")
    assert (entry.data["state"], entry.data["position"]) == ("read", mail.position)
    assert (await OutboundEmail.get(id=mail.id)).state == "delivered", "who reads a mail has got it"
    assert len(await sent()) == before, "nobody is answered"
    unread = await box.receive(receipt(mail, disposition="automatic-action/MDN-sent-automatically; deleted"))
    assert (await Entry.get(case_id=case.id, position=unread.position)).data["state"] == "unread"
    stranger = OutboundEmail(id=7, message_id="<guessed@desk.example>")
    assert (await box.receive(receipt(stranger))).outcome == "ignored"


async def test_an_absence_note_names_the_message_it_answers(box: PostBox) -> None:
    case, first = await answered(box)
    await reply(box.desk, case, "maria", "One more thing.")
    second = (await sent(kind="reply"))[-1]
    await OutboundEmail.filter(id=second.id).update(state="accepted", due_at=None, accepted_at=box.desk.clock())
    before = len(await sent())

    async def about(**headers: str) -> object:
        raw = letter("I am away until Monday.", sender=PAVEL, Auto_Submitted="auto-replied", **headers)
        row = await box.receive(raw)
        assert (row.outcome, row.case_id) == ("automatic", case.id)
        return (await Entry.get(case_id=case.id, position=row.position)).data["about"]

    assert await about(In_Reply_To=first.message_id) == first.position
    address = str(second.content["reply_to"])
    assert await about(to=address) == second.position, "it names none: then it is about the last that its writer got"
    assert len(await sent()) == before
    assert (await Case.get(id=case.id)).category == "open"


async def test_a_dead_address_says_why_and_lives_again_by_a_click_or_a_delivery(box: PostBox) -> None:
    case, mail = await answered(box)
    await box.receive(report(mail, recipient=PAVELS))
    maria = await box.desk.browser("maria")
    card = (await maria.get(f"/api/cases/{case.id}")).json()["contact_card"]
    assert card["addresses"][0]["dead"]
    assert "No such user" in card["addresses"][0]["dead_reason"]
    answer = await maria.post(f"/api/contacts/{card['id']}/addresses/alive", json={"address": PAVELS})
    assert answer.status_code == 204
    assert (await ContactAddress.get(address=PAVELS)).dead_since is None
    await box.receive(report(mail, recipient=PAVELS))
    assert (await ContactAddress.get(address=PAVELS)).dead_since == box.desk.clock()
    _, later = await answered(box, "Another try.")
    await box.receive(report(later, recipient=PAVELS, action="delivered", status="2.0.0", said="250 Ok"))
    assert (await ContactAddress.get(address=PAVELS)).dead_reason == ""
    unknown = await maria.post(f"/api/contacts/{card['id']}/addresses/alive", json={"address": "x@y.example"})
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("said", "dead"),
    [("550 5.1.1 No such user here", True), ("552 5.2.2 mailbox full", False), ("550 5.7.1 refused", False)],
)
async def test_a_server_that_refuses_an_address_at_once_makes_it_dead(box: PostBox, said: str, dead: bool) -> None:
    case = await open_case(box.desk, "pavel")
    await reply(box.desk, case, "maria", "Is it plugged in?")
    async with scripted_smtp(on_rcpt=lambda server, address: said) as smtp:
        await box.deliver(smtp.port)
    assert ((await ContactAddress.get(address=PAVELS)).dead_since is not None) == dead


async def test_a_filter_that_the_mailbox_believes_sends_new_mail_to_the_spam_queue(box: PostBox) -> None:
    junk = await Queue.get(purpose="spam")
    row = await box.receive(letter(sender=STRANGER, X_Spam_Flag="YES"))
    assert (await Case.get(id=row.case_id)).queue_id == box.mailbox.queue_id, "nobody said to believe it"
    await Mailbox.filter(id=box.mailbox.id).update(spam_filters="spamassassin")
    before = len(await sent())
    row = await box.receive(letter(sender=STRANGER, subject="Win!", X_Spam_Flag="YES"))
    case = await Case.get(id=row.case_id)
    assert (case.queue_id, len(await sent())) == (junk.id, before)
    entry = await Entry.get(case_id=case.id, kind="spam_marked")
    assert entry.data["reason"] == {"by": "filter", "filter": "spamassassin", "said": "X-Spam-Flag: YES"}
    known, _ = await answered(box)
    joined = await box.receive(letter(sender=PAVEL, subject=f"[#{known.number}]", X_Spam_Flag="YES"))
    assert joined.case_id == known.id
    assert (await Case.get(id=known.id)).queue_id != junk.id, "what continues a case is no spam"


@pytest.mark.parametrize("together", [False, True])
async def test_an_automatic_answer_to_no_case_waits_aside_until_somebody_lets_it_in(
    box: PostBox, together: bool
) -> None:
    junk = await Queue.get(purpose="spam")
    away = letter("I am back on Monday.", subject="Out of office: Your offer", Auto_Submitted="auto-replied")
    person, row = await box.receive_all([letter(sender=STRANGER), away], together=together)
    case = await Case.get(id=row.case_id)
    assert (row.outcome, case.queue_id, case.next_due_at) == ("opened", junk.id, None)
    assert (await Entry.get(case_id=case.id, kind="spam_marked")).data["reason"] == {"by": "automatic"}
    assert [mail.case_id for mail in await sent()] == [person.case_id], "a robot is not answered"
    maria = await box.desk.browser("maria")
    await maria.post(f"/api/cases/{case.id}/spam", json={"spam": False, "sender": "address"})
    assert (await Case.get(id=case.id)).queue_id == box.mailbox.queue_id
    again = await box.receive(away.replace(b"Message-ID: <", b"Message-ID: <again-"))
    assert (await Case.get(id=again.case_id)).queue_id == box.mailbox.queue_id, "its sender is always allowed"


async def test_what_a_program_sends_unasked_opens_a_case_in_its_queue(box: PostBox) -> None:
    alarm = letter("Disk 80 % full", subject="Alarm", sender=STRANGER, Auto_Submitted="auto-generated")
    row = await box.receive(alarm)
    assert (await Case.get(id=row.case_id)).queue_id == box.mailbox.queue_id
    assert await sent() == []


async def test_marking_spam_and_taking_it_back_may_list_the_sender(box: PostBox) -> None:
    maria, junk = await box.desk.browser("maria"), await Queue.get(purpose="spam")
    first = await box.receive(letter(sender=STRANGER, subject="Win!"))
    url = f"/api/cases/{first.case_id}/spam"
    assert (await maria.post(url, json={"spam": True, "sender": "domain"})).status_code == 200
    marked = await Entry.get(case_id=first.case_id, kind="spam_marked")
    assert marked.data["listed"] == {"kind": "block", "pattern": "elsewhere.example"}
    other = await box.receive(letter(sender="Ulla <ulla@mail.elsewhere.example>", subject="Win more!"))
    case = await Case.get(id=other.case_id)
    assert case.queue_id == junk.id, "a blocked domain includes what is below it"
    reason = (await Entry.get(case_id=case.id, kind="spam_marked")).data["reason"]
    assert reason == {"by": "block_list", "pattern": "elsewhere.example"}
    await maria.post(f"/api/cases/{case.id}/spam", json={"spam": False, "sender": "address"})
    assert (await Case.get(id=case.id)).queue_id == box.mailbox.queue_id
    third = await box.receive(letter(sender="Ulla <ulla@mail.elsewhere.example>", subject="Thanks"))
    assert (await Case.get(id=third.case_id)).queue_id == box.mailbox.queue_id, "her address outweighs her domain"
    refused = await maria.post(url, json={"spam": True, "sender": "domain"})
    assert refused.status_code == 200
    assert await SenderRule.all().count() == 2


async def test_a_public_provider_is_never_blocked_whole(box: PostBox) -> None:
    maria = await box.desk.browser("maria")
    row = await box.receive(letter(sender="Win <win@gmail.com>"))
    answer = await maria.post(f"/api/cases/{row.case_id}/spam", json={"spam": True, "sender": "domain"})
    assert (answer.status_code, answer.json()["field"]) == (422, "sender")
    assert not await SenderRule.exists()
    assert not await Entry.exists(case_id=row.case_id, kind="spam_marked"), "nothing is half done"


@pytest.mark.parametrize("off", [{"event": "resolved"}, {"queue": True}, {"contact": True}, {}])
async def test_notices_are_switched_per_event_queue_and_contact(box: PostBox, off: dict[str, object]) -> None:
    case = await open_case(box.desk, "pavel")
    await OutboundEmail.all().delete()
    async with box.desk.desk.unit_of_work() as work:
        await switch(
            work,
            off=True,
            event=str(off.get("event", "")),
            queue_id=case.queue_id if off.get("queue") else None,
            contact_id=case.contact_id if off.get("contact") else None,
        )
    await change(box.desk, case, status="resolved")
    assert await sent() == []
    await change(box.desk, case, status="open")
    assert len(await sent()) == (1 if "event" in off else 0)
    if "contact" in off:
        await open_case(box.desk, "liisa")
        assert len(await sent()) == 1, "others are not concerned"


async def test_one_click_switches_notices_off_without_a_sign_in(box: PostBox) -> None:
    """RFC 8058, as Gmail's servers do it: a POST without cookie, Origin or Referer."""
    case = await open_case(box.desk, "pavel")
    link = unsubscribe_link(box.desk.desk, case.contact_id)
    path = link.removeprefix(box.desk.desk.settings.public_url)
    anybody = await box.desk.stranger()
    page = await anybody.get(path)
    assert (page.status_code, await NoticeSwitch.all().count()) == (200, 0), "looking at a link changes nothing"
    assert "Отключить уведомления" in page.text, "in the language of the contact"
    clicked = await anybody.post(path, content="List-Unsubscribe=One-Click")
    assert clicked.status_code == 200
    assert await NoticeSwitch.exists(contact_id=case.contact_id, event="", by_contact=True)
    before = len(await sent())
    await change(box.desk, case, status="resolved")
    assert len(await sent()) == before
    maria = await box.desk.browser("maria")
    assert not (await maria.get(f"/api/cases/{case.id}")).json()["contact_card"]["notices"]
    await anybody.post(path, content="notices=on")
    assert not await NoticeSwitch.exists()
    forged = path[:-1] + ("A" if path[-1] != "A" else "B")
    assert (await anybody.post(forged, content="List-Unsubscribe=One-Click")).status_code == 404


async def test_a_notice_carries_the_way_out_and_the_thread(box: PostBox) -> None:
    """The header recipe of docs/mail.md, as Gmail, Outlook and Apple Mail read it."""
    object.__setattr__(box.desk.desk.settings, "public_url", "https://desk.example")
    row = await box.receive(letter(sender=STRANGER, subject="RE: Oven", message_id="<first@elsewhere.example>"))
    case = await Case.get(id=row.case_id)
    await reply(box.desk, case, "maria", "Is it plugged in?")
    await change(box.desk, case, status="resolved")
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
    mails = [read(one.raw) for one in smtp.received]
    registered, answer, resolved = mails
    assert {str(one["Subject"]) for one in mails} == {"Re: Oven"}
    assert {str(one["Thread-Topic"]) for one in mails} == {"Oven"}
    assert len({str(one["Message-ID"]) for one in mails}) == 3
    assert {str(one["In-Reply-To"]) for one in mails} == {"<first@elsewhere.example>"}
    assert str(resolved["References"]).split() == [
        "<first@elsewhere.example>", str(registered["Message-ID"]), str(answer["Message-ID"])
    ]  # fmt: skip
    for notice in (registered, resolved):
        link = unsubscribe_link(box.desk.desk, case.contact_id)
        assert str(notice["List-Unsubscribe"]) == f"<{link}>"
        assert str(notice["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
        assert str(notice["Auto-Submitted"]) == "auto-generated"
        body = notice.get_body(("plain",))
        assert body is not None, "every mail has a plain version"
        assert link in body.get_content()
    assert answer["List-Unsubscribe"] is None, "a person's answer is no notice"


def test_a_long_thread_keeps_its_root_and_its_end() -> None:
    chain = [f"<{number}@desk.example>" for number in range(60)]
    kept = trimmed_references(chain)
    assert (len(kept), kept[0], kept[-1]) == (20, chain[0], chain[-1])
    assert list(kept[1:]) == chain[-19:]


async def test_an_account_speaks_its_language_where_the_contact_has_none(box: PostBox) -> None:
    account = await Account.create(
        name="Hill Farm", domains=["hill.example"], language="fi", created_at=box.desk.clock()
    )
    await box.receive(letter(sender="Kaisa <kaisa@hill.example>"))
    assert str((await sent())[-1].content["text"]).startswith("Hei Kaisa,")
    contact = await Contact.get(account_id=account.id)
    await Contact.filter(id=contact.id).update(language="ru")
    case = await Case.get(contact_id=contact.id)
    await change(box.desk, case, status="resolved")
    assert str((await sent())[-1].content["text"]).startswith("Здравствуйте, Kaisa!")
