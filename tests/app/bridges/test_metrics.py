"""What monitoring reads, and who may."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from app.cases import actions
from app.cases.models import Case
from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail, RawMail
from app.people.authentication import COOKIE
from app.people.rights import Actor
from app.queues.models import Queue
from tests.support.desk import TestDesk, running_desk

SUPPORT = "support@desk.example"


async def read(desk: TestDesk, **headers: str) -> dict[str, float]:
    """Every sample by name and labels, as `casefeed_outbox_waiting{support@desk.example}`."""
    answer = await (await desk.stranger()).get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        sample.name + ("{" + ",".join(sample.labels.values()) + "}" if sample.labels else ""): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def furnish(desk: TestDesk) -> None:
    """A mailbox with two handled mails, one in quarantine, one answer to be sent and one given up."""
    now, queue = desk.clock(), await Queue.get(name="Support")
    mailbox = await Mailbox.create(
        name="Support",
        address=SUPPORT,
        queue=queue,
        imap_host="127.0.0.1",
        imap_user=SUPPORT,
        smtp_host="127.0.0.1",
        intake_state="idle",
        server_count=3,
        created_at=now,
    )
    raw = await RawMail.create(digest="0" * 64, size=1, content=b"")
    for uid, outcome in enumerate(("opened", "joined", "quarantined", "opened"), start=1):
        await InboundEmail.create(
            mailbox=mailbox, uid_validity=1, uid=uid, raw_mail=raw, message_key="", outcome=outcome, received_at=now
        )
    for number, state in enumerate(("stored", "failed")):
        await OutboundEmail.create(
            mailbox=mailbox,
            kind="reply",
            message_id=f"{number}@desk.example",
            subject="Ovens",
            state=state,
            created_at=now,
            due_at=now if state == "stored" else None,
        )


async def test_mail_is_counted_per_mailbox(desk: TestDesk) -> None:
    await furnish(desk)
    figures = await read(desk)
    assert figures[f"casefeed_inbound_emails{{{SUPPORT},opened}}"] == 2
    assert figures[f"casefeed_inbound_emails{{{SUPPORT},quarantined}}"] == 1
    assert figures[f"casefeed_outbox_waiting{{{SUPPORT}}}"] == 1
    assert figures[f"casefeed_outbox_failed{{{SUPPORT}}}"] == 1
    assert figures[f"casefeed_mailbox_server_emails{{{SUPPORT}}}"] == 3
    assert figures[f"casefeed_mailbox_ledger_emails{{{SUPPORT}}}"] == 4
    assert figures[f"casefeed_mailbox_working{{{SUPPORT}}}"] == 1
    assert figures["process_start_time_seconds"] > 0


async def test_sockets_and_deliveries_are_counted(desk: TestDesk) -> None:
    browser = await desk.browser("maria")
    assert (await read(desk))["casefeed_sockets"] == 0
    cookie = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
    async with connect(re.sub("^http", "ws", desk.url) + "/live", additional_headers=cookie) as socket:
        await socket.send('{"type": "join", "topic": "person/me", "since": 0}')
        async with asyncio.timeout(10):
            while "up_to_date" not in str(await socket.recv()):
                pass
        figures = await read(desk)
    assert (figures["casefeed_sockets"], figures["casefeed_streams"]) == (1, 1)
    assert figures["casefeed_deliveries_total"] >= 3  # welcome, joined, up_to_date


async def test_late_promises_show(desk: TestDesk) -> None:
    assert (await read(desk))["casefeed_timers_late_seconds"] == 0
    pavel, queue = desk.people["pavel"], await Queue.get(name="Support")
    by = Actor(kind="contact", user_id=pavel.id, contact_id=pavel.contact_id, name=pavel.name)
    async with desk.desk.unit_of_work() as work:
        await actions.open_case(
            work,
            by=by,
            contact_id=pavel.contact_id or 0,
            queue_id=queue.id,
            subject="The oven stays cold",
            text="Since this morning.",
            channel="portal",
        )
    assert await Case.all().count() == 1
    desk.clock.advance(days=30)  # nobody takes the steps: this desk runs without timers
    assert (await read(desk))["casefeed_timers_late_seconds"] > 86_400


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_without_a_token_only_this_machine_reads(desk: TestDesk, header: str) -> None:
    program = await desk.stranger()
    assert (await program.get("/metrics")).status_code == 200
    answer = await program.get("/metrics", headers={header: "203.0.113.9"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_with_a_token_only_who_shows_it_reads(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path, metrics_token="grey-heron-17") as desk:
        program = await desk.stranger()
        for authorization in ("", "Bearer wrong", "grey-heron-17", "Bearer grey-heron-171", "Bearer ä"):
            answer = await program.get("/metrics", headers={"Authorization": authorization.encode()})
            assert answer.status_code == 403
        assert (await read(desk, Authorization="Bearer grey-heron-17"))["casefeed_sockets"] == 0
