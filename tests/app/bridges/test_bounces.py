"""Reports about mails we sent: the mail's state, the address, an entry on the case; and what forged ones cannot do."""

from __future__ import annotations

import pytest

from app.bridges.bounces import dead_addresses
from app.cases.models import Case, Entry
from app.mailboxes.models import OutboundEmail
from app.notifications.models import Notification
from app.people.models import ContactAddress
from mail.message import Bounce
from tests.support.casework import change, open_case, reply
from tests.support.desk import TestDesk
from tests.support.mailwork import HELP, STRANGER, PostBox, a_post_box, letter, report, sent

PAVEL = "pavel@northwind.example"


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def answered(box: PostBox) -> tuple[Case, OutboundEmail]:
    """A case of Pavel's, owned by Maria, with an answer that the server took."""
    case = await open_case(box.desk, "pavel")
    await reply(box.desk, case, "maria", "Is it plugged in?")
    mail = (await sent(kind="reply"))[0]
    await OutboundEmail.filter(id=mail.id).update(state="accepted", due_at=None, accepted_at=box.desk.clock())
    return case, await OutboundEmail.get(id=mail.id)


async def test_a_bounce_marks_mail_address_and_case(box: PostBox) -> None:
    case, mail = await answered(box)
    row = await box.receive(report(mail, recipient=PAVEL))
    assert (row.outcome, row.case_id) == ("bounce", case.id)
    bounced = await OutboundEmail.get(id=mail.id)
    assert bounced.state == "bounced"
    assert "No such user" in bounced.last_response, "the outbox shows what the server said last"
    assert (await ContactAddress.get(address=PAVEL)).dead_since == box.desk.clock()
    entry = await Entry.get(case_id=case.id, position=row.position)
    assert (entry.kind, entry.audience, entry.author_kind) == ("mail_state", "internal", "system")
    assert entry.data["state"] == "bounced"
    assert entry.data["position"] == mail.position, "the screen shows it at the message"
    assert entry.data["recipients"] == [PAVEL]
    assert entry.data["response"] == "550 5.1.1 No such user", "without the type, which is always smtp"
    told = await Notification.get(kind="mail_failed")
    assert (told.user_id, told.case_id) == (box.desk.people["maria"].id, case.id)


async def test_a_bounce_neither_opens_again_nor_is_answered(box: PostBox) -> None:
    case, mail = await answered(box)
    await change(box.desk, case, status="closed")
    outgoing = len(await sent())
    await box.receive(report(mail, recipient=PAVEL))
    assert (await Case.get(id=case.id)).category == "closed"
    assert len(await sent()) == outgoing


async def test_a_delay_is_shown_and_harms_nothing(box: PostBox) -> None:
    case, mail = await answered(box)
    row = await box.receive(report(mail, recipient=PAVEL, action="delayed", status="4.4.1", said="timed out"))
    entry = await Entry.get(case_id=case.id, position=row.position)
    assert (row.outcome, entry.data["state"], entry.data["final"]) == ("bounce", "deferred", False)
    assert (await OutboundEmail.get(id=mail.id)).state == "accepted"
    assert (await ContactAddress.get(address=PAVEL)).dead_since is None


async def test_a_delivery_receipt_says_delivered(box: PostBox) -> None:
    case, mail = await answered(box)
    row = await box.receive(report(mail, recipient=PAVEL, action="delivered", status="2.0.0", said="250 Ok"))
    assert (row.outcome, row.case_id) == ("bounce", case.id)
    assert (await OutboundEmail.get(id=mail.id)).state == "delivered"
    await box.receive(report(mail, recipient=PAVEL))
    await box.receive(report(mail, recipient=PAVEL, action="delivered", status="2.0.0", said="250 Ok"))
    assert (await OutboundEmail.get(id=mail.id)).state == "bounced", "a mail that came back is not delivered by a word"


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "4.4.7"])
async def test_a_full_mailbox_or_a_filter_does_not_make_an_address_dead(box: PostBox, status: str) -> None:
    _, mail = await answered(box)
    await box.receive(report(mail, recipient=PAVEL, status=status))
    assert (await OutboundEmail.get(id=mail.id)).state == "bounced"
    assert (await ContactAddress.get(address=PAVEL)).dead_since is None


async def test_a_report_can_only_silence_whom_we_wrote_to(box: PostBox) -> None:
    _, mail = await answered(box)
    await box.receive(report(mail, recipient="aino@northwind.example"))
    assert (await ContactAddress.get(address="aino@northwind.example")).dead_since is None
    forged = OutboundEmail(message_id="<guessed@desk.example>", subject="Oven", recipients=[PAVEL])
    row = await box.receive(report(forged, recipient=PAVEL))
    assert (row.outcome, row.case_id, row.reason) == ("bounce", None, "unknown_mail")
    assert (await ContactAddress.get(address=PAVEL)).dead_since is None


async def test_an_answer_is_still_tried_at_a_dead_address_but_no_notice(box: PostBox) -> None:
    case, mail = await answered(box)
    await box.receive(report(mail, recipient=PAVEL))
    before = len(await sent())
    await change(box.desk, case, status="resolved")
    assert len(await sent()) == before
    await reply(box.desk, case, "maria", "Once more.")
    assert (await sent())[-1].recipients == [PAVEL]
    await box.receive(letter(sender=f"Pavel <{PAVEL}>", subject=f"[#{case.number}]"))
    assert (await ContactAddress.get(address=PAVEL)).dead_since is None


async def test_a_customer_who_asks_about_a_bounce_is_a_person(box: PostBox) -> None:
    words = "My mail to you came back: 550 5.1.1 No such user. What is your right address?"
    row = await box.receive(letter(words, sender=STRANGER, subject="Undelivered mail?"))
    assert row.outcome == "opened"


async def test_a_report_in_free_words_finds_the_case_by_its_references(box: PostBox) -> None:
    case, mail = await answered(box)
    raw = letter(
        f"I'm sorry to have to inform you that your message could not be delivered.\n\n<{PAVEL}>: user unknown\n",
        sender="MAILER-DAEMON@mx.northwind.example",
        subject="Undelivered Mail Returned to Sender",
        to=HELP,
        References=mail.message_id,
        Return_Path="<>",
    )
    row = await box.receive(raw)
    assert (row.outcome, row.case_id) == ("bounce", case.id)


def test_the_address_itself_must_be_at_fault() -> None:
    def dead(*statuses: str, action: str = "failed") -> list[str]:
        names = tuple(f"{number}@northwind.example" for number in range(len(statuses)))
        return [one[0] for one in dead_addresses(Bounce(action, names, statuses))]

    assert dead("5.1.1", "5.2.2", "5.1.10", "4.1.1", "5.2.1", "5.0.0") == ["0", "2", "4", "5"]
    assert dead("5.1.8", "5.1.7") == []
    assert dead("5.1.1", action="delayed") == []
    assert dead_addresses(Bounce("failed", ("a@x.example", "b@x.example"), ("5.1.1",))) == [
        "a@x.example",
        "b@x.example",
    ]
    assert dead_addresses(Bounce("failed", ("a@x.example", "b@x.example"), ("5.1.1", "5.2.2", "5.7.1"))) == []
    assert dead_addresses(Bounce("failed", ("a@x.example",), ())) == []
    assert dead_addresses(None) == []
