"""Notices and the outbox for administration: real cases in previews, test mails, filters, cancelling, rates, pauses."""

from __future__ import annotations

import pytest

from app.cases.models import Case, Entry
from app.errors import Invalid
from app.mailboxes import templates
from app.mailboxes.models import Allowance, Mailbox, OutboundEmail
from app.mailboxes.wording import PLACEHOLDERS
from tests.support.casework import open_case, reply
from tests.support.desk import TestDesk
from tests.support.mailwork import STRANGER, PostBox, a_post_box, letter, read, sent
from tests.support.scripted_smtp import PASSWORD, USER, scripted_smtp

CHOICE = (
    '{% if case.priority == "urgent" and not agent.name %}At once.'
    '{% elif case.queue in "Support, Repairs" %}Soon.{% else %}Later.{% endif %}'
)


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk, signature="Harbour Support")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"case.priority": "Urgent"}, "At once."),
        ({"case.priority": "urgent", "agent.name": "Maria", "case.queue": "repairs"}, "Soon."),
        ({"case.queue": "Rep"}, "Later."),
        ({}, "Later."),
    ],
)
def test_conditions_choose_what_is_written(values: dict[str, str], said: str) -> None:
    assert templates.fill(CHOICE, values) == said


def test_conditions_nest_negate_and_leave_no_empty_lines() -> None:
    inner = "{% if not (agent.name == 'Bo' or agent.name) %}\nnobody\n{% endif %}"
    text = f"Hello\n{{% if contact.name %}}\n{inner}\n{{% endif %}}\nBye"
    assert templates.fill(text, {"contact.name": "Aino"}) == "Hello\nnobody\nBye"
    assert templates.fill(text, {"contact.name": "Aino", "agent.name": "Bo"}) == "Hello\nBye"
    assert templates.fill(text, {}) == "Hello\nBye"


@pytest.mark.parametrize(
    "text",
    [
        "{% if nobody %}x{% endif %}",
        "{% if case.queue %}x",
        "x{% endif %}",
        "{% else %}",
        "{% if case.queue == %}x{% endif %}",
        "{% if (case.queue %}x{% endif %}",
        "{% if case.queue; import os %}x{% endif %}",
        "{% if case.queue.__class__ %}x{% endif %}",
        "{% for x in y %}",
        "{% if case.queue %}a{% else %}b{% else %}c{% endif %}",
        "{% if case.queue %}" * 12 + "{% endif %}" * 12,
    ],
)
def test_what_is_no_condition_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        templates.check(text, allowed=PLACEHOLDERS, field="body")
    assert refused.value.field == "body"


async def test_a_preview_speaks_of_a_real_case_and_a_test_mail_goes_to_oneself(box: PostBox) -> None:
    case = await open_case(box.desk, "pavel", subject="Cold oven")
    olga = await box.desk.browser("olga")
    words = {
        "event": "registered",
        "language": "en",
        "subject": "{{mail.subject}}",
        "body": "{{contact.name}}, {{case.queue}}",
    }
    seen = (await olga.post("/api/admin/templates/preview", json={**words, "case_number": f"#{case.number}"})).json()
    assert seen["subject"] == f"Cold oven [#{case.number}]"
    assert seen["text"].startswith("Pavel Orlov, Support\n\n-- \nHarbour Support\n\n")
    unknown = await olga.post("/api/admin/templates/preview", json={**words, "case_number": "#9"})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "case_number")
    await OutboundEmail.all().delete()
    answer = await olga.post("/api/admin/templates/test", json={**words, "case_number": str(case.number)})
    assert answer.json() == {"to": "olga@desk.example"}
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
    assert [one.recipients for one in smtp.received] == [("olga@desk.example",)]
    assert str(read(smtp.received[0].raw)["Subject"]) == f"Cold oven [#{case.number}]"


async def test_the_outbox_is_filtered_and_what_waits_can_be_cancelled(box: PostBox) -> None:
    case = await open_case(box.desk, "pavel")
    await reply(box.desk, case, "maria", "Is it plugged in?")
    await box.receive(letter(sender=STRANGER, subject="100% wool"))
    helmi = await box.desk.browser("helmi")

    async def found(**chosen: object) -> list[str]:
        items = (await helmi.get("/api/admin/outbound", params=chosen)).json()["items"]
        return [f"{one['kind']} {one['recipients'][0].partition('@')[0]}" for one in items]

    assert await found() == ["notice sven", "reply pavel", "notice pavel"]
    assert await found(kind="reply") == ["reply pavel"]
    assert await found(q="SVEN@else") == ["notice sven"]
    assert await found(q="100% wool") == ["notice sven"]
    assert await found(q="100_wool") == []
    assert await found(case_id=case.id, state="waiting") == ["reply pavel", "notice pavel"]
    assert await found(mailbox_id=999) == []
    answer = (await sent(kind="reply"))[0]
    gone = await helmi.post(f"/api/admin/outbound/{answer.id}/cancel")
    assert gone.json()["state"] == "cancelled"
    assert (await helmi.post(f"/api/admin/outbound/{answer.id}/cancel")).status_code == 409
    told = await Entry.filter(case_id=case.id, kind="mail_state").order_by("-id").first()
    assert told is not None, "the case says so"
    assert (told.data["state"], told.data["position"], told.author_kind) == ("cancelled", answer.position, "staff")
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
        assert len(smtp.received) == 2
        await helmi.post(f"/api/admin/outbound/{answer.id}/retry")
        await box.deliver(smtp.port)
        assert len(smtp.received) == 3


async def test_a_mailbox_keeps_to_its_rate_over_processes(box: PostBox) -> None:
    await Mailbox.filter(id=box.mailbox.id).update(send_per_minute=20)
    for number in range(5):
        await box.receive(letter(sender=f"c{number}@elsewhere.example", subject=f"Order {number}"))
    async with scripted_smtp() as smtp:
        await box.deliver(smtp.port)
        assert len(smtp.received) == 2, "a tenth of the minute's mails at once"
        await box.deliver(smtp.port)
        assert len(smtp.received) == 2, "another worker finds the same bucket"
        await box.deliver_later(smtp.port, seconds=3)
        assert len(smtp.received) == 3
        await box.deliver_later(smtp.port, seconds=60)
        assert len(smtp.received) == 5
    assert await Allowance.exists(subject=f"mailbox:{box.mailbox.id}")


async def test_a_successful_test_ends_a_pause_and_another_password_does_not(box: PostBox) -> None:
    helmi = await box.desk.browser("helmi")
    async with scripted_smtp(auth_required=True) as smtp:
        sealed = box.desk.desk.keys.seal(PASSWORD)
        paused = {"sending_paused_until": box.desk.clock(), "sending_problem": "535 no"}
        await Mailbox.filter(id=box.mailbox.id).update(
            smtp_port=smtp.port, smtp_user=USER, smtp_password=box.desk.desk.keys.seal("old"), **paused
        )
        tried = await helmi.post("/api/admin/mailboxes/test", json={"id": box.mailbox.id, "smtp_password": PASSWORD})
        assert tried.json()["smtp"]["ok"], tried.text
        assert (await Mailbox.get(id=box.mailbox.id)).sending_problem == "535 no", "these settings are not saved"
        await Mailbox.filter(id=box.mailbox.id).update(smtp_password=sealed)
        await helmi.post("/api/admin/mailboxes/test", json={"id": box.mailbox.id})
        mailbox = await Mailbox.get(id=box.mailbox.id)
        assert (mailbox.sending_problem, mailbox.sending_paused_until) == ("", None)


async def test_a_renamed_case_stays_one_conversation(box: PostBox) -> None:
    row = await box.receive(letter(sender=STRANGER, subject="Oven"))
    case = await Case.get(id=row.case_id)
    maria = await box.desk.browser("maria")
    await maria.patch(f"/api/cases/{case.id}", json={"subject": "Broken thermostat"})
    await reply(box.desk, case, "maria", "It is the thermostat.")
    assert {one.subject for one in await sent()} == {"Re: Oven"}
