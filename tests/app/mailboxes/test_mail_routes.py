"""Ledger and outbox over HTTP: looking at sources, trying again, cancelling."""

from __future__ import annotations

import pytest

from app.cases.models import Case
from app.mailboxes.models import InboundEmail, OutboundEmail
from tests.support.casework import open_case, reply
from tests.support.desk import TestDesk
from tests.support.mailwork import PostBox, a_post_box, letter, sent


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def test_quarantine_is_looked_at_and_tried_again(box: PostBox) -> None:
    helmi = await box.desk.browser("helmi")
    good, bad = await box.receive(letter(subject="Fine")), await box.receive(letter(sender=None, subject="Nobody"))
    listed = (await helmi.get("/api/admin/inbound", params={"outcome": "quarantined"})).json()
    assert [(row["id"], row["reason"], row["subject"]) for row in listed["items"]] == [(bad.id, "no_sender", "Nobody")]
    detail = (await helmi.get(f"/api/admin/inbound/{bad.id}")).json()
    assert "Subject: Nobody" in detail["raw"]
    assert (detail["truncated"], detail["detail"]) == (False, "Nobody is named in From, so nobody could be answered.")
    source = await helmi.get(f"/api/admin/inbound/{bad.id}/raw")
    assert source.headers["content-type"].startswith("message/rfc822")
    assert source.headers["content-disposition"] == f'attachment; filename="inbound-{bad.id}.eml"'
    assert b"Subject: Nobody" in source.content
    again = await helmi.post(f"/api/admin/inbound/{bad.id}/replay")
    assert (again.status_code, again.json()["outcome"]) == (200, "quarantined")
    assert (await helmi.post(f"/api/admin/inbound/{good.id}/replay")).status_code == 409
    await InboundEmail.filter(id=good.id).update(outcome="quarantined", message_key="", case_id=None)
    again = await helmi.post(f"/api/admin/inbound/{good.id}/replay")
    assert again.json()["outcome"] == "opened"
    assert await Case.all().count() == 2


async def test_the_ledger_is_read_page_by_page(box: PostBox) -> None:
    for number in range(3):
        await box.receive(letter(subject=f"Order {number}"))
    helmi = await box.desk.browser("helmi")
    page = (await helmi.get("/api/admin/inbound")).json()
    assert [row["subject"] for row in page["items"]] == ["Order 2", "Order 1", "Order 0"]
    assert page["next_cursor"] is None


async def test_a_failed_mail_is_sent_again_and_an_accepted_one_never(box: PostBox) -> None:
    case = await open_case(box.desk, "pavel")
    await reply(box.desk, case, "maria")
    notice, answer = await sent()
    await OutboundEmail.filter(id=notice.id).update(state="accepted", due_at=None)
    await OutboundEmail.filter(id=answer.id).update(state="failed", due_at=None, last_response="550 no")
    helmi = await box.desk.browser("helmi")
    assert (await helmi.post(f"/api/admin/outbound/{notice.id}/retry")).status_code == 409
    again = await helmi.post(f"/api/admin/outbound/{answer.id}/retry")
    assert (again.status_code, again.json()["state"]) == (200, "stored")
    row = await OutboundEmail.get(id=answer.id)
    assert (row.due_at, row.message_id) == (box.desk.clock(), answer.message_id)
    failed = (await helmi.get("/api/admin/outbound", params={"state": "failed"})).json()
    assert failed["items"] == []


async def test_a_waiting_mail_can_be_cancelled_until_it_is_sent(box: PostBox) -> None:
    await open_case(box.desk, "pavel")
    (mail,) = await sent()
    helmi = await box.desk.browser("helmi")
    answer = await helmi.post(f"/api/admin/outbound/{mail.id}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert (await helmi.post(f"/api/admin/outbound/{mail.id}/cancel")).status_code == 409
    assert (await helmi.get("/api/admin/outbound/999")).status_code in (404, 405)
