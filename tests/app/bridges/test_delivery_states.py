"""What SMTP servers do with our mails, seen on the case: accepted, tried again, refused in their words, paused."""

from __future__ import annotations

import pytest

from app.cases.models import Case, Entry, File
from app.mailboxes.models import Mailbox, OutboundEmail
from app.notifications.models import Notification
from tests.support.casework import open_case, reply
from tests.support.desk import TestDesk
from tests.support.mailwork import AINO, PostBox, a_post_box, letter, read, sent
from tests.support.scripted_smtp import ScriptedSmtp, scripted_smtp

PAVEL = "pavel@northwind.example"


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def answered(box: PostBox) -> tuple[Case, OutboundEmail]:
    case = await open_case(box.desk, "pavel")
    await OutboundEmail.all().delete()  # the notice would come first
    await reply(box.desk, case, "maria", "Is it plugged in?")
    return case, (await sent())[0]


async def states(case: Case) -> list[dict[str, object]]:
    return [entry.data for entry in await Entry.filter(case_id=case.id, kind="mail_state").order_by("position")]


async def test_sent_means_that_the_server_took_it(box: PostBox) -> None:
    case, mail = await answered(box)
    assert mail.state == "stored"
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
    mail = await OutboundEmail.get(id=mail.id)
    assert (mail.state, mail.accepted_at, mail.due_at) == ("accepted", box.desk.clock(), None)
    (state,) = await states(case)
    assert (state["state"], state["position"], state["recipients"]) == ("accepted", mail.position, [PAVEL])
    assert "queued as 1" in str(state["response"])


async def test_every_attempt_sends_the_same_bytes_until_it_is_taken(box: PostBox) -> None:
    refusals = ["451 4.3.0 busy", "451 4.3.0 busy", None]
    seen: list[str] = []

    def script(_: ScriptedSmtp, said: str) -> str | None:
        seen.append(said)
        return refusals[len(seen) - 1]

    case, mail = await answered(box)
    async with scripted_smtp(on_data=script) as smtp:
        await box.deliver(smtp.port)
        await box.deliver(smtp.port)
        assert len(seen) == 1, "not before it is time"
        await box.deliver_later(smtp.port, minutes=2)
        await box.deliver_later(smtp.port, minutes=10)
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert str(read(seen[0].encode())["Message-ID"]) == mail.message_id
    assert [state["state"] for state in await states(case)] == ["deferred", "accepted"], (
        "one word about waiting is enough"
    )


async def test_a_mail_that_may_have_arrived_keeps_its_message_id(box: PostBox) -> None:
    """The connection breaks after DATA: the server may have it, so the second copy must be recognisable."""
    seen: list[str] = []

    def script(_: ScriptedSmtp, said: str) -> str | None:
        seen.append(said)
        return "drop" if len(seen) == 1 else None

    await answered(box)
    async with scripted_smtp(on_data=script) as smtp:
        await box.deliver(smtp.port)
        await box.deliver_later(smtp.port, minutes=5)
        assert len(seen) == 1, "the server may still be busy with it"
        await box.deliver_later(smtp.port, minutes=15)
    assert seen[0] == seen[1]


async def test_a_permanent_refusal_is_shown_in_the_servers_words(box: PostBox) -> None:
    case, mail = await answered(box)
    async with scripted_smtp(on_rcpt=lambda _, __: "550 5.1.1 We know no Pavel") as smtp:
        await box.deliver(smtp.port)
        await box.deliver_later(smtp.port, days=1)
    assert smtp.received == []
    mail = await OutboundEmail.get(id=mail.id)
    assert (mail.state, mail.due_at) == ("failed", None)
    (state,) = await states(case)
    assert (state["state"], state["final"]) == ("failed", True)
    assert "We know no Pavel" in str(state["refused"])
    told = await Notification.get(kind="mail_failed")
    assert (told.user_id, told.case_id) == (box.desk.people["maria"].id, case.id)
    entry = await Entry.filter(case_id=case.id, kind="mail_state").first()
    assert entry is not None, "the state is an entry"
    assert entry.audience == "internal"


async def test_one_of_two_recipients_is_refused(box: PostBox) -> None:
    opened = await box.receive(letter(Cc=AINO))
    case = await Case.get(id=opened.case_id)
    await OutboundEmail.all().delete()
    await reply(box.desk, case, "maria")

    def script(_: ScriptedSmtp, said: str) -> str | None:
        return "550 5.1.1 Gone" if said.startswith("aino") else None

    async with scripted_smtp(on_rcpt=script) as smtp:
        await box.deliver(smtp.port)
        assert [one.recipients for one in smtp.received] == [(PAVEL,)]
        mail = (await sent())[0]
        assert mail.state == "partial"
        (state,) = await states(case)
        assert state["recipients"] == [PAVEL]
        assert [one["recipient"] for one in state["refused"]] == ["aino@northwind.example"]  # type: ignore[attr-defined]
        browser = await box.desk.browser("helmi")
        answer = await browser.post(f"/api/admin/outbound/{mail.id}/retry")
        assert answer.status_code == 200, answer.text
        smtp.on_rcpt = None
        await box.deliver(smtp.port)
    assert [one.recipients for one in smtp.received] == [(PAVEL,), ("aino@northwind.example",)], "nobody gets it twice"


async def test_after_five_days_it_has_failed(box: PostBox) -> None:
    case, mail = await answered(box)
    async with scripted_smtp(on_rcpt=lambda _, __: "450 4.2.0 Greylisted") as smtp:
        await box.deliver(smtp.port)
        await box.deliver_later(smtp.port, days=3)
        assert (await OutboundEmail.get(id=mail.id)).state == "stored"
        await box.deliver_later(smtp.port, days=2, minutes=1)
    assert (await OutboundEmail.get(id=mail.id)).state == "failed"
    assert [state["state"] for state in await states(case)] == ["deferred", "failed"]


async def test_a_wrong_password_pauses_the_mailbox_and_tells_administrators(box: PostBox) -> None:
    """No mail is to blame: none counts as tried, none fails, and all leave once the password is right."""
    wrong = box.desk.desk.keys.seal("no-horse")
    await Mailbox.filter(id=box.mailbox.id).update(smtp_user="help@desk.example", smtp_password=wrong)
    case, mail = await answered(box)
    async with scripted_smtp(auth_required=True) as smtp:
        await box.deliver(smtp.port)
        await box.deliver(smtp.port)
        mailbox = await Mailbox.get(id=box.mailbox.id)
        assert (mailbox.sending_paused_until or box.desk.clock()) > box.desk.clock()
        assert "535" in mailbox.sending_problem
        mail = await OutboundEmail.get(id=mail.id)
        assert (mail.state, mail.attempts, mail.lease_until) == ("stored", 0, None)
        told = await Notification.filter(kind="mailbox_failed")
        assert [one.user_id for one in told] == [box.desk.people["helmi"].id]
        assert told[0].data["direction"] == "out"
        assert "no-horse" not in str(told[0].data)
        await box.deliver_later(smtp.port, minutes=10)
        assert await Notification.filter(kind="mailbox_failed").count() == 1, "the same trouble is told once"
        right = box.desk.desk.keys.seal("correct-horse")
        await Mailbox.filter(id=box.mailbox.id).update(smtp_password=right)
        await box.deliver_later(smtp.port, hours=1)
    assert len(smtp.received) == 1
    mailbox = await Mailbox.get(id=box.mailbox.id)
    assert mailbox.sending_problem == "", "what is over is not shown any more"
    assert [state["state"] for state in await states(case)] == ["accepted"]


async def test_a_file_that_is_gone_fails_its_mail_and_stops_no_other(box: PostBox) -> None:
    case = await open_case(box.desk, "pavel")
    await OutboundEmail.all().delete()
    stored = await box.desk.desk.store.put_bytes(b"plan")
    file = await File.create(
        digest=stored.digest, name="plan.pdf", content_type="application/pdf", size=4, created_at=box.desk.clock()
    )
    await reply(box.desk, case, "maria", "Here is the plan.", files=[file])
    await reply(box.desk, case, "maria", "Without a plan.")
    await box.desk.desk.store.delete(stored.digest)
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
    assert [row.state for row in await sent()] == ["failed", "accepted"]
    assert [state["state"] for state in await states(case)] == ["failed", "accepted"]


async def test_a_password_sealed_by_another_secret_pauses_one_mailbox_only(box: PostBox) -> None:
    other = await a_post_box(box.desk, "orders@desk.example")
    await Mailbox.filter(id=box.mailbox.id).update(smtp_user="help", smtp_password="sealed elsewhere")
    await answered(box)
    case = await open_case(box.desk, "aino", mailbox_id=other.mailbox.id)
    await reply(box.desk, case, "maria", "By the other mailbox.")
    async with scripted_smtp() as smtp:
        await Mailbox.all().update(smtp_port=smtp.port)
        await other.deliver(smtp.port)
    assert all(one.sender == "orders@desk.example" for one in smtp.received)
    assert len(smtp.received) == 2
    mailbox = await Mailbox.get(id=box.mailbox.id)
    assert "CASEFEED_SECRET_KEY" in mailbox.sending_problem
    assert await Notification.filter(kind="mailbox_failed").count() == 1
