"""Which changes of a case become mails, to whom, in whose name and language, and what keeps robots from talking."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise.transactions import in_transaction

from app.bridges.outbox import OutboxWriter
from app.cases import actions
from app.cases.events import CaseChanged
from app.cases.models import Case, Entry, File
from app.mailboxes.limits import Sizes, may_send
from app.mailboxes.models import Allowance, OutboundEmail, Template
from app.notifications.models import Notification
from app.people.events import MailWanted
from app.people.models import Contact, ContactAddress
from mail.addresses import read_reply_address
from tests.support.casework import actor, change, note, open_case, reply
from tests.support.desk import TestDesk
from tests.support.mailwork import AINO, HELP, PAVEL, STRANGER, PostBox, a_post_box, letter, read, sent
from tests.support.scripted_smtp import scripted_smtp

SIZES = Sizes(address=12, case=20, installation=2_000)


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk, signature="Harbour Support\nQuay 3")


async def test_an_answer_leaves_threaded_and_signed_with_its_files(box: PostBox) -> None:
    """Read as Pavel's mail program reads it, from a real SMTP server."""
    opened = await box.receive(letter(subject="The oven", message_id="<first@northwind.example>", Cc=AINO))
    case = await Case.get(id=opened.case_id)
    stored = [await box.desk.desk.store.put_bytes(content) for content in (b"%PDF plan", b"list")]
    files = [
        await File.create(
            digest=one.digest, name=name, content_type="text/plain", size=one.size, created_at=case.opened_at
        )
        for one, name in zip(stored, ("plan.pdf", "Käse.txt"), strict=True)
    ]
    await reply(box.desk, case, "maria", "Is it plugged in?", files=files)
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
    raw = next(one for one in smtp.received if b"plugged" in one.raw)
    mail = read(raw.raw)
    assert raw.recipients == ("pavel@northwind.example", "aino@northwind.example")
    assert (str(mail["To"]), str(mail["Cc"])) == (PAVEL, "aino@northwind.example")
    assert str(mail["From"]) == f'"Maria Keller (Harbour Support)" <{HELP}>'
    assert str(mail["Subject"]) == "Re: The oven", "Gmail begins a new conversation for another subject"
    assert str(mail["In-Reply-To"]) == "<first@northwind.example>"
    notice = (await sent(kind="notice"))[0]
    assert str(mail["References"]).split() == ["<first@northwind.example>", notice.message_id]
    address = mail["Reply-To"].addresses[0].addr_spec
    assert read_reply_address(address, (box.desk.desk.keys.reply_address,)) == (HELP, case.id)
    assert mail["Auto-Submitted"] is None, "Maria is no robot"
    body = mail.get_body(("plain",))
    assert body is not None, "every mail has a plain version"
    assert body.get_content().replace("\r\n", "\n").strip() == "Is it plugged in?\n\n-- \nHarbour Support\nQuay 3"
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert attached == {"plan.pdf": "%PDF plan", "Käse.txt": "list"}


async def test_an_answer_goes_where_the_customer_wrote_from(box: PostBox) -> None:
    contact = await Contact.get(id=box.desk.people["pavel"].contact_id)
    await ContactAddress.create(contact_id=contact.id, address="pavel@home.example", primary=False)
    opened = await box.receive(letter(sender="Pavel <pavel@home.example>"))
    await reply(box.desk, await Case.get(id=opened.case_id), "maria")
    assert (await sent(kind="reply"))[0].recipients == ["pavel@home.example"]


async def test_notes_and_internal_changes_never_leave(box: PostBox) -> None:
    case = await open_case(box.desk, "pavel")
    before = len(await sent())
    await note(box.desk, case, "maria", "He forgot to plug it in.")
    await change(box.desk, case, priority="high", tags=["oven"], owner_id=box.desk.people["maria"].id)
    assert len(await sent()) == before


async def subjects(kind: str = "notice") -> list[str]:
    """The distinguishing words of each notice, in order."""
    marks = {
        "reached us": "registered", "working on": "taken", "answer from you": "waiting", "is solved": "resolved",
        "is closed": "closed", "open again, and": "reopened",
    }  # fmt: skip
    found = []
    for row in await sent(kind=kind):
        found += [name for words, name in marks.items() if words in str(row.content["text"])]
    return found


async def test_each_step_of_a_case_has_its_notice(box: PostBox) -> None:
    opened = await box.receive(letter(sender=STRANGER))
    case = await Case.get(id=opened.case_id)
    for status in ("open", "waiting", "resolved", "open", "on_hold", "closed"):
        await change(box.desk, case, status=status)
    expected = ["registered", "taken", "waiting", "resolved", "reopened", "closed"]
    assert await subjects() == expected
    await box.receive(letter("Still cold", sender=STRANGER, subject=f"[#{case.number}]"))
    assert await subjects() == [*expected, "reopened"]
    notices = await sent(kind="notice")
    assert {tuple(row.recipients) for row in notices} == {("sven@elsewhere.example",)}
    assert f"{box.desk.url}/cases/{case.id}" in str(notices[0].content["text"])
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
    for received in smtp.received:
        mail = read(received.raw)
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["X-Auto-Response-Suppress"]
        assert str(mail["From"]) == f"Harbour Support <{HELP}>"


async def test_an_answer_speaks_for_itself(box: PostBox) -> None:
    opened = await box.receive(letter(sender=STRANGER))
    case = await Case.get(id=opened.case_id)
    await reply(box.desk, case, "maria", "Plug it in.", status="waiting")
    assert await subjects() == ["registered"]
    await reply(box.desk, case, "maria", "It is done.", status="resolved")
    assert await subjects() == ["registered", "resolved"]
    assert len(await sent(kind="reply")) == 2


async def test_what_customers_do_themselves_is_not_told_to_them(box: PostBox) -> None:
    case = await open_case(box.desk, "liisa")
    await change(box.desk, case, "liisa", status="resolved")
    assert [row.kind for row in await sent()] == ["notice"]


async def test_notices_speak_the_language_of_the_contact(box: PostBox) -> None:
    case = await open_case(box.desk, "pavel", language="ru")
    await open_case(box.desk, "aino", language="fi")
    russian, finnish = await sent(kind="notice")
    assert str(russian.content["text"]).startswith("Здравствуйте, Pavel Orlov!")
    assert str(finnish.content["text"]).startswith("Hei Aino Virtanen,")
    assert russian.subject == f"{case.subject} [#{case.number}]"
    assert (russian.content["language"], finnish.content["language"]) == ("ru", "fi")


async def test_own_templates_are_used_and_may_be_switched_off(box: PostBox) -> None:
    now = box.desk.clock()
    await Template.create(
        event="registered", language="ru", subject="{{case.number}}:\n{{case.subject}}", body="{{contact.name}}!",
        updated_at=now,
    )  # fmt: skip
    await Template.create(event="registered", language="fi", subject="x", body="x", enabled=False, updated_at=now)
    case = await open_case(box.desk, "pavel", language="ru", subject="{{case.link}} <b>")
    await open_case(box.desk, "aino", language="fi")
    (mail,) = await sent(kind="notice")
    assert mail.subject == f"#{case.number}: {{{{case.link}}}} <b>", "what customers write is no template"
    assert str(mail.content["text"]).startswith("Pavel Orlov!\n\n-- \nHarbour Support\nQuay 3\n\n")


@pytest.mark.parametrize(
    "sign",
    [
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"List_Id": "<ovens.lists.example>"},
        {"X_Auto_Response_Suppress": "All"},
        {"sender": "no-reply@shop.example"},
    ],
    ids=lambda sign: next(iter(sign)),
)
async def test_no_robot_is_ever_answered_by_the_desk_itself(box: PostBox, sign: dict[str, str]) -> None:
    """RFC 3834: neither at once nor when the case goes on; an agent still may."""
    opened = await box.receive(letter(**{"sender": STRANGER, **sign}))  # type: ignore[arg-type]  # only headers and the sender
    case = await Case.get(id=opened.case_id)
    await change(box.desk, case, status="resolved")
    assert await sent() == []
    await reply(box.desk, case, "maria", "Thank you, robot.")
    assert [row.kind for row in await sent()] == ["reply"]


async def test_spam_is_never_answered(box: PostBox) -> None:
    opened = await box.receive(letter(sender=STRANGER))
    case = await Case.get(id=opened.case_id)
    before = len(await sent())
    async with box.desk.desk.unit_of_work() as work:
        await actions.mark_spam(work, by=actor(box.desk.people["maria"]), case_id=case.id, spam=True)
    row = await box.receive(letter("Buy more!", sender=STRANGER, subject=f"[#{case.number}]"))
    assert row.outcome == "joined"
    assert len(await sent()) == before


def sized(box: PostBox, **sizes: int) -> None:
    """The desk's settings with other sizes of limits, for the writers that stand inside its transactions."""
    for handler in box.desk.desk.bus._inside[CaseChanged]:
        writer = getattr(handler, "__self__", None)
        if isinstance(writer, OutboxWriter):
            writer._sizes = replace(writer._sizes, **sizes)


async def test_a_loop_ends_at_the_limit_and_is_shown(box: PostBox) -> None:
    """A program without any mark of automatic mail answers every notice with a new subject."""
    most = box.desk.desk.settings.notices_per_address_hour
    for number in range(most + 3):
        await box.receive(letter(sender=STRANGER, subject=f"Order {number}"))
    assert Counter(row.state for row in await sent(kind="notice")) == {"stored": most, "held": 3}
    held = await Entry.filter(kind="mail_state").order_by("id")
    assert [entry.data["state"] for entry in held] == ["held_back"] * 3
    assert held[0].data["limit"] == "address"
    told = await Notification.filter(kind="mail_limit")
    assert [one.user_id for one in told] == [box.desk.people["helmi"].id], "once, not per mail"
    await box.receive(letter(sender="Liisa Koski <liisa@tours.example>"))
    assert (await sent(kind="notice"))[-1].state == "stored", "others are not concerned"
    box.desk.clock.advance(minutes=60 / most)
    await box.receive(letter(sender=STRANGER, subject="A little later"))
    assert (await sent(kind="notice"))[-1].state == "stored", "the bucket fills evenly, not by the hour"


async def test_what_a_limit_held_is_sent_once_a_person_says_so(box: PostBox) -> None:
    sized(box, address=1)
    await box.receive(letter(sender=STRANGER, subject="One"))
    held = await box.receive(letter(sender=STRANGER, subject="Two"))
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
        assert len(smtp.received) == 1
        olga, maria = await box.desk.browser("helmi"), await box.desk.browser("maria")
        shown = (await olga.get("/api/admin/limits")).json()
        assert [(one["kind"], one["key"], one["held"]) for one in shown["limits"]] == [
            ("address", "sven@elsewhere.example", 1)
        ]
        answer = (await maria.post(f"/api/cases/{held.case_id}/held/release")).json()
        assert answer["contact_card"]["held"] == 0
        await box.deliver(smtp.port)
        assert [read(one.raw)["Subject"] for one in smtp.received] == ["Re: One", "Re: Two"]
        await box.receive(letter(sender=STRANGER, subject="Three"))
        ended = await olga.post("/api/admin/limits/release", json={"kind": "address", "key": "sven@elsewhere.example"})
        assert ended.json() == {"count": 1}
        await box.deliver(smtp.port)
        assert len(smtp.received) == 3
    assert (await olga.get("/api/admin/limits")).json()["limits"] == []
    states = [one.data["state"] for one in await Entry.filter(case_id=held.case_id, kind="mail_state").order_by("id")]
    assert states == ["held_back", "released"]


async def test_one_case_is_not_told_of_for_ever(box: PostBox) -> None:
    sized(box, address=1_000)
    case, most = await open_case(box.desk, "pavel"), box.desk.desk.settings.notices_per_case_hour
    for number in range(most + 2):
        await change(box.desk, case, status=("waiting", "resolved")[number % 2])
    assert Counter(row.state for row in await sent(kind="notice")) == {"stored": most, "held": 3}
    answers = [await reply(box.desk, case, "maria", "A person is never held back.") for _ in range(2)]
    assert len(await sent(kind="reply")) == len(answers)


async def test_the_installation_is_counted_over_all_its_shares(desk: TestDesk) -> None:
    """Every share gives what is left, whichever case asks; what is stopped costs address and case nothing."""
    sizes, now, let_through = Sizes(address=12, case=20, installation=32), desk.clock(), 0
    for number in range(40):
        tripped = await may_send(address=f"c{number}@flood.example", case_id=16 * number, now=now, sizes=sizes)
        let_through += tripped is None
        assert tripped is None or tripped.limit == "installation"
    assert let_through == 32
    assert (await Allowance.get(subject="address:c39@flood.example")).tokens == 12
    later = now + timedelta(hours=1)
    assert await may_send(address="c1@flood.example", case_id=1, now=later, sizes=sizes) is None


async def test_new_cases_do_not_wait_for_each_other(desk: TestDesk, database_engine: str) -> None:
    """Two open transactions that both counted a notice; with one row for the installation the second would hang."""
    if database_engine == "sqlite":
        return  # one writer at a time, whatever is counted
    counted = asyncio.Event()

    async def count_and_hold(case_id: int, done: asyncio.Event) -> None:
        async with in_transaction():
            assert (
                await may_send(address=f"c{case_id}@x.example", case_id=case_id, now=desk.clock(), sizes=SIZES) is None
            )
            done.set()
            await counted.wait()

    first, second = asyncio.Event(), asyncio.Event()
    tasks = [asyncio.create_task(count_and_hold(1, first)), asyncio.create_task(count_and_hold(2, second))]
    async with asyncio.timeout(10):
        await first.wait()
        await second.wait()
        counted.set()
        await asyncio.gather(*tasks)


async def test_a_desk_without_mailbox_writes_nothing_about_cases(desk: TestDesk) -> None:
    case = await open_case(desk, "pavel")
    await reply(desk, case, "maria")
    assert await sent() == []


async def test_mails_of_the_sign_in_wait_for_the_first_mailbox(desk: TestDesk) -> None:
    async with desk.desk.unit_of_work() as work:
        values = {"name": "Aino Virtanen", "link": "https://desk.example/reset/abc", "hours": "2"}
        work.record(MailWanted(kind="password_reset", to="aino@northwind.example", language="fi", values=values))
    (waiting,) = await sent()
    assert (waiting.mailbox_id, waiting.kind, waiting.state) == (None, "system", "stored")
    box = await a_post_box(desk)
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
    mail = read(smtp.received[0].raw)
    body = mail.get_body(("plain",))
    assert body is not None, "every mail has a plain version"
    assert "https://desk.example/reset/abc" in body.get_content()
    assert (await OutboundEmail.get(id=waiting.id)).state == "accepted"


async def test_an_answer_of_a_failed_transaction_is_never_sent(box: PostBox) -> None:
    case = await open_case(box.desk, "pavel")
    before = len(await sent())

    async def fail() -> None:
        async with box.desk.desk.unit_of_work() as work:
            await actions.reply(work, by=actor(box.desk.people["maria"]), case_id=case.id, text="Hello")
            await work._settle()
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await fail()
    assert len(await sent()) == before
