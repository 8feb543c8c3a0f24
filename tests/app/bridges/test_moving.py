"""A message that joined the wrong case leaves it without a trace but the entries that say so, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.cases import actions, moving, queries
from app.cases.entries import Recorded
from app.cases.files import file_for
from app.cases.models import Case, Entry, File, Participant
from app.cases.visibility import Sight
from app.errors import Conflict, Invalid, NotFound
from app.mailboxes.models import InboundEmail, OutboundEmail
from app.people.rights import Person
from mail.addresses import sign_reply_address
from sla import Kind
from tests.support.casework import actor, change, kinds, note, open_case, reply
from tests.support.desk import TestDesk
from tests.support.mailwork import AINO, HELP, STRANGER, PostBox, a_post_box, letter, sent
from tests.support.promises import clock_of, replayed_clocks, stored_clocks


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def split(desk: TestDesk, case: Case, position: int) -> Case:
    async with desk.desk.unit_of_work() as work:
        there = await moving.split_off(work, by=actor(desk.people["maria"]), case_id=case.id, position=position)
    return await Case.get(id=there.case_id)


async def move(desk: TestDesk, case: Case, position: int, to: Case) -> moving.Moved:
    async with desk.desk.unit_of_work() as work:
        return await moving.move_to(
            work, by=actor(desk.people["maria"]), case_id=case.id, position=position, to_case_id=to.id
        )


async def sent_about(case: Case, kind: str) -> list[OutboundEmail]:
    return [mail for mail in await sent(kind=kind) if mail.case_id == case.id]


async def a_stranger_in(box: PostBox, text: str = "My invoice is wrong.") -> tuple[Case, InboundEmail]:
    """Pavel's case, in which we asked and wait; into it comes a stranger's mail, with Aino in copy."""
    opened = await box.receive(letter())
    case = await Case.get(id=opened.case_id)
    await reply(box.desk, case, "maria", "Is it plugged in?", status="waiting")
    box.desk.clock.advance(minutes=10)
    signed = sign_reply_address(HELP, case.id, box.desk.desk.keys.reply_address)
    mail = letter(text, sender=STRANGER, to=signed, subject="Invoice 17", Cc=AINO, files=[("invoice.pdf", b"17")])
    row = await box.receive(mail)
    assert (row.outcome, row.case_id) == ("joined", case.id)
    return await Case.get(id=case.id), row


async def test_a_message_gets_a_case_of_its_own(box: PostBox) -> None:
    case, row = await a_stranger_in(box)
    came = box.desk.clock.now
    box.desk.clock.advance(minutes=30)
    own = await split(box.desk, case, row.position or 0)
    contact = await own.contact
    assert (contact.name, own.subject, own.channel, own.mailbox_id) == (
        "Sven Holm",
        "Invoice 17",
        "mail",
        box.mailbox.id,
    )
    assert (own.opened_at, own.waiting_since) == (came, came)
    opened = await Entry.get(case_id=own.id, position=1)
    assert (opened.kind, opened.text, opened.data["joined"]) == ("opened", "My invoice is wrong.", {"by": "split"})
    assert opened.data["moved_from"] == {
        "case": {"id": case.id, "number": f"#{case.number}"},
        "position": row.position,
        "at": came.isoformat(),
    }
    file = await File.get(entry_id=opened.id)
    assert (file.name, await box.desk.desk.store.read_bytes(file.digest)) == ("invoice.pdf", b"17")
    mark = await Entry.get(case_id=case.id, kind="moved_out")
    assert (mark.amends, mark.audience, mark.author_name) == (row.position, "public", "Maria Keller")
    assert mark.data["to"] == {"id": own.id, "number": f"#{own.number}"}
    old = await Entry.get(case_id=case.id, position=row.position)
    assert old.text == "My invoice is wrong.", "entries are never changed"


async def test_what_the_message_had_done_to_its_case_is_taken_back(box: PostBox) -> None:
    case, row = await a_stranger_in(box)
    assert (case.category, case.waiting_since) == ("open", box.desk.clock.now)
    assert await Participant.filter(case_id=case.id).count() == 2
    box.desk.clock.advance(minutes=30)
    own = await split(box.desk, case, row.position or 0)
    await case.refresh_from_db()
    assert (case.category, case.waiting_since, case.preview) == ("waiting", None, "Is it plugged in?")
    assert not await Participant.exists(case_id=case.id)
    names = {one.contact.name for one in await Participant.filter(case_id=own.id).prefetch_related("contact")}
    assert names == {"Aino Virtanen"}, "who was in copy comes along; the writer is the contact"
    assert (await kinds(case))[-4:] == ["moved_out", "status_changed", "participant_removed", "participant_removed"]
    assert await sent_about(own, "notice") == []
    told = [mail.subject for mail in await sent_about(case, "notice")]
    assert len(told) == 1, "the registration, and nothing about the way back"


async def test_who_wrote_before_keeps_taking_part(box: PostBox) -> None:
    opened = await box.receive(letter())
    case = await Case.get(id=opened.case_id)
    await box.receive(letter("Me too.", sender=AINO, subject=f"[#{case.number}]"))
    box.desk.clock.advance(minutes=5)
    row = await box.receive(letter("Something else.", sender=AINO, subject=f"Invoice [#{case.number}]"))
    await split(box.desk, case, row.position or 0)
    assert await Participant.filter(case_id=case.id, contact_id=box.desk.people["aino"].contact_id).exists()


async def test_the_clocks_forget_the_message_and_the_new_case_counts_from_when_it_came(box: PostBox) -> None:
    case, row = await a_stranger_in(box)
    came = box.desk.clock.now
    assert (await clock_of(case, Kind.NEXT_RESPONSE)).phase == "running"
    box.desk.clock.advance(minutes=30)
    own = await split(box.desk, case, row.position or 0)
    assert (await clock_of(case, Kind.NEXT_RESPONSE)).phase != "running"
    assert (await clock_of(case, Kind.RESOLUTION)).phase == "paused"
    assert (await clock_of(own)).due_at == came + timedelta(hours=4)
    for one in (case, own):
        assert await stored_clocks(one.id, box.desk.clock.now) == await replayed_clocks(one.id, box.desk.clock.now)
    await case.refresh_from_db()
    assert case.next_due_at is None


async def test_later_mail_follows_the_message(box: PostBox) -> None:
    case, row = await a_stranger_in(box)
    own = await split(box.desk, case, row.position or 0)
    ledger = await InboundEmail.get(id=row.id)
    assert (ledger.case_id, ledger.position) == (own.id, 1)
    signed = sign_reply_address(HELP, case.id, box.desk.desk.keys.reply_address)
    for to in (HELP, signed):
        again = await box.receive(letter("And?", sender=STRANGER, to=to, In_Reply_To=row.message_key))
        assert (again.outcome, again.case_id, again.reason) == ("joined", own.id, "in_reply_to")
    pavel = await box.receive(letter("Yes.", to=signed))
    assert pavel.case_id == case.id
    await reply(box.desk, own, "maria", "We look into it.")
    ours = (await sent_about(own, "reply"))[0]
    assert ours.content["to"] == ["sven@elsewhere.example"]
    assert ours.content["references"][0] == row.message_key


async def test_a_message_moves_to_a_case_that_exists_and_reopens_it(box: PostBox) -> None:
    case, row = await a_stranger_in(box)
    right = await open_case(box.desk, subject="Invoices")
    await change(box.desk, right, status="resolved")
    mails = len(await sent())
    box.desk.clock.advance(minutes=1)
    there = await move(box.desk, case, row.position or 0, right)
    await right.refresh_from_db()
    assert (there.case_id, right.category, right.preview) == (right.id, "open", "My invoice is wrong.")
    arrived = await Entry.get(case_id=right.id, position=there.position)
    assert (arrived.kind, arrived.author_name, arrived.data["joined"]) == ("message", "Sven Holm", {"by": "moved"})
    taking_part = await Participant.filter(case_id=right.id).prefetch_related("contact")
    assert {one.contact.name for one in taking_part} == {"Sven Holm", "Aino Virtanen"}
    assert len(await sent()) == mails, "nobody is mailed about it"
    for one in (case, right):
        assert await stored_clocks(one.id, box.desk.clock.now) == await replayed_clocks(one.id, box.desk.clock.now)


async def test_an_answer_of_staff_is_not_sent_again_where_it_is_moved_to(box: PostBox) -> None:
    opened = await box.receive(letter())
    case = await Case.get(id=opened.case_id)
    answer = await reply(box.desk, case, "maria", "Is it plugged in?")
    right = await open_case(box.desk, subject="Plugs")
    there = await move(box.desk, case, answer.position, right)
    mails = await sent(kind="reply")
    assert [(mail.case_id, mail.position) for mail in mails] == [(right.id, there.position)]
    await case.refresh_from_db()
    assert (case.first_replied_at, case.waiting_since) == (None, case.opened_at), "the customer waits again"


async def test_the_message_that_opened_a_case_can_be_moved_and_leaves_it_closed(box: PostBox) -> None:
    first = await Case.get(id=(await box.receive(letter())).case_id)
    second = await Case.get(id=(await box.receive(letter("And it smells.", subject="Smell"))).case_id)
    with pytest.raises(Invalid):
        await split(box.desk, second, 1)
    await move(box.desk, second, 1, first)
    await second.refresh_from_db()
    assert second.category == "closed"
    assert (await clock_of(second)).phase not in ("met", "running"), (
        "a promise that nobody waits for is not kept either"
    )
    assert (await kinds(first))[-1] == "message"
    assert [one.subject for one in await sent_about(second, "notice")][1:] == []


async def test_what_cannot_be_moved_says_so(desk: TestDesk) -> None:
    case = await open_case(desk)
    other = await open_case(desk, subject="Another")
    secret = await note(desk, case)
    said = await reply(desk, case, "pavel", "More.")
    with pytest.raises(Invalid):
        await move(desk, case, secret.position, other)
    with pytest.raises(Invalid):
        await move(desk, case, said.position, case)
    with pytest.raises(NotFound):
        await split(desk, case, 99)
    await split(desk, case, said.position)
    with pytest.raises(Conflict):
        await move(desk, case, said.position, other)
    assert (await kinds(other)) == ["opened"]


async def test_customers_of_the_old_case_no_longer_read_it(box: PostBox) -> None:
    case, row = await a_stranger_in(box)
    file = await File.get(entry_id=(await Entry.get(case_id=case.id, position=row.position)).id)
    pavel = box.desk.people["pavel"]
    reader = Person(pavel.id, None, pavel.contact_id, None, "customer", "Pavel", "en")
    assert await file_for(reader, file.id) == file
    await split(box.desk, case, row.position or 0)

    def at(feed: list[Recorded]) -> Recorded:
        return next(one for one in feed if one.position == row.position)

    shown = at(await queries.entries(case.id, seen_by=Sight.CUSTOMER))
    assert (shown.text, shown.html, shown.files, shown.data) == ("", None, (), {"withdrawn": True})
    assert at(await queries.entries(case.id, seen_by=Sight.STAFF)).text == "My invoice is wrong."
    with pytest.raises(NotFound):
        await file_for(reader, file.id)
    positions = await Entry.filter(case_id=case.id, audience="public").values_list("public_position", flat=True)
    assert sorted(positions) == list(range(1, len(positions) + 1))


async def test_a_moved_message_can_be_moved_on(desk: TestDesk) -> None:
    case, other = await open_case(desk), await open_case(desk, subject="Another")
    said = await reply(desk, case, "pavel", "More.")
    own = await split(desk, case, said.position)
    there = await move(desk, own, 1, other)
    async with desk.desk.unit_of_work() as work:
        await actions.mark_read(
            work, case_id=other.id, user_id=desk.people["maria"].id, name="Maria", position=99, seen_by=Sight.STAFF
        )
    assert (await Entry.get(case_id=other.id, position=there.position)).data["moved_from"]["case"]["id"] == own.id
    await own.refresh_from_db()
    assert own.category == "closed"
