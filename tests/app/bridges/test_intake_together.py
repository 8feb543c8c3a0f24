"""A batch handled together gives what its mails give one by one: the same rows, the same events, on both databases."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.bridges import intake_together
from app.cases.events import CaseChanged
from app.cases.models import Case
from app.database import fetch_rows
from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail, SenderRule
from app.people.models import ContactAddress
from app.queues.models import Queue
from mail.errors import ParseRefused
from mail.message import Message
from mail.parsing import parse
from tests.support.databases import Databases
from tests.support.desk import TestDesk, running_desk
from tests.support.mailwork import AINO, HELP, PAVEL, STRANGER, PostBox, a_post_box, letter

TABLES = {
    "contact": "id",
    "contact_address": "address",
    "desk_case": "id",
    "entry": "case_id, position",
    "file": "id",
    "participant": "case_id, contact_id",
    "mail_reference": "case_id, position, direction",
    "case_clock": "case_id, kind",
    "case_timer": "case_id, kind",
    "report_milestone": "case_id, position, kind",
    "allowance": "subject",
    "outbound_email": "case_id, position, id",
    "inbound_email": "id",
    "notification": "user_id, position",
}
UNLIKE = {"change_mark", "lease_token"}  # grow with transactions
NUMBERED = {"desk_case", "contact", "inbound_email", "file"}  # tables whose ids are part of what is compared
SECRETS = re.compile(r"(<case\d+\.)[^@]+|(\+c\d+\.)[^@]+|(/notices/)[\w.-]+|(127\.0\.0\.1:)\d+")
"""What the desk draws by chance, or from a key of its own."""
SENDERS = [PAVEL, AINO, STRANGER, *(f"Guest {n} <guest{n}@tours{n % 3}.example>" for n in range(6))]


def a_batch(seed: int) -> list[bytes]:
    """Letters as they come: mostly new questions, among them everything that needs a closer look."""
    chance, mails = random.Random(seed), []
    for number in range(24):
        own = f"<m{number}.{seed}@x.example>"
        before = f"<m{chance.randrange(max(number, 1))}.{seed}@x.example>"
        kind = chance.choice(["new"] * 12 + ["file", "again", "answer", "robot", "copied", "spam", "number", "poison"])
        options: dict[str, Any] = {"sender": chance.choice(SENDERS), "message_id": own, "subject": f"Oven {number}"}
        match kind:
            case "file":
                options["files"] = [("log.txt", b"cold %d" % number)]
            case "again":
                options["message_id"] = before
            case "answer":
                options["In_Reply_To"] = before
            case "robot":
                options["Auto_Submitted"] = "auto-generated"
            case "copied":
                options["Cc"] = chance.choice(SENDERS)
            case "spam":
                options["sender"] = "Lottery <win@spam.example>"
            case "number":
                options["subject"] = "Re: [#1001]"
        mails.append(letter("poison" if kind == "poison" else f"It is cold, {number}.", **options))
    return mails


async def careful(raw: bytes) -> Message:
    if b"\r\npoison" in raw:
        raise ParseRefused("too_deep", "a poisoned letter")
    return parse(raw)


async def outcome(
    databases: Databases, engine: str, folder: Path, mails: Sequence[bytes], *, together: bool, **settings: Any
) -> tuple[dict[str, list[dict[str, Any]]], list[CaseChanged]]:
    """Every row and every told change after the batch, without what is drawn by chance."""
    told: list[CaseChanged] = []

    async def tell(event: CaseChanged) -> None:
        told.append(event)

    with databases.fresh(engine, folder) as url:
        async with running_desk(url, folder, **settings) as desk:
            box = PostBox(desk, (await a_post_box(desk)).mailbox, careful)
            spam = await Queue.filter(purpose="spam").first()
            if spam is None:
                await Queue.create(name="Spam", purpose="spam", created_at=desk.clock())
            await SenderRule.create(pattern="spam.example", kind="block", created_at=desk.clock())
            await Queue.filter(name="Urgent").update(
                rule={"all": [{"fact": "subject", "is": "contains", "value": "7"}]}
            )
            desk.desk.bus.after(CaseChanged, tell)
            await box.receive_all(mails, together=together)
            return {table: await rows(table, order) for table, order in TABLES.items()}, told


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def rows(table: str, order: str) -> list[dict[str, Any]]:
    found = []
    for row in await fetch_rows(f"SELECT * FROM {table} ORDER BY {order}"):
        left_out = UNLIKE if table in NUMBERED else {*UNLIKE, "id"}
        found.append({
            name: SECRETS.sub(lambda match: "".join(part or "" for part in match.groups()), value)
            if isinstance(value, str) else value
            for name, value in row.items() if name not in left_out
        })  # fmt: skip
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_batch_is_the_same_as_one_by_one(
    databases: Databases, database_engine: str, tmp_path: Path, seed: int
) -> None:
    mails = a_batch(seed)
    alone, told_alone = await outcome(databases, database_engine, made(tmp_path / "alone"), mails, together=False)
    batch, told = await outcome(databases, database_engine, made(tmp_path / "batch"), mails, together=True)
    for table in TABLES:
        assert batch[table] == alone[table]
    assert [(one.case_id, [entry.position for entry in one.entries]) for one in told] == [
        (one.case_id, [entry.position for entry in one.entries]) for one in told_alone
    ]
    assert [one.after for one in told] == [one.after for one in told_alone]


async def test_limits_stop_the_same_notices_together(
    databases: Databases, database_engine: str, tmp_path: Path
) -> None:
    mails = [letter(f"Again, {number}.", message_id=f"<again{number}@x.example>") for number in range(6)]
    few = {"notices_per_address_hour": 3}
    alone, _ = await outcome(databases, database_engine, made(tmp_path / "alone"), mails, together=False, **few)
    batch, _ = await outcome(databases, database_engine, made(tmp_path / "batch"), mails, together=True, **few)
    assert sorted(row["state"] for row in batch["outbound_email"]) == ["held"] * 3 + ["stored"] * 3
    for table in TABLES:
        assert batch[table] == alone[table]


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def test_only_the_mail_that_is_to_blame_is_set_aside(box: PostBox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second letter of five breaks whoever opens a case with it, together or alone."""
    real, calls = intake_together.open_together, []

    async def breaks(*given: Any) -> Any:
        calls.append(1)
        await real(*given)
        raise RuntimeError("broken together")

    monkeypatch.setattr(intake_together, "open_together", breaks)
    found = await box.receive_all([letter(f"Letter {number}.") for number in range(5)], together=True)
    assert [row.outcome for row in found] == ["opened"] * 5
    assert [row.attempts for row in found] == [1] * 5
    assert await Case.all().count() == await OutboundEmail.all().count() == 5
    assert calls


async def test_a_mail_that_was_tried_before_is_handled_alone(box: PostBox) -> None:
    rows = [await box.store(letter(f"Letter {number}.")) for number in range(3)]
    await InboundEmail.filter(id=rows[1]).update(attempts=1)
    assert await box.ledger.handle_some(rows) == 1
    assert await box.ledger.handle_some(rows[1:]) == 1
    assert (await InboundEmail.get(id=rows[2])).outcome == "stored"


async def test_together_a_new_sender_becomes_one_contact(box: PostBox) -> None:
    found = await box.receive_all([letter(sender=STRANGER), letter(sender="sven@ELSEWHERE.example")], together=True)
    assert [row.outcome for row in found] == ["opened", "opened"]
    contacts = {case.contact_id for case in await Case.all()}
    assert len(contacts) == 1
    assert await ContactAddress.filter(address="sven@elsewhere.example").count() == 1
    assert (await Mailbox.get(address=HELP)).id == found[0].mailbox_id


async def test_mails_are_taken_together_at_all(box: PostBox) -> None:
    rows = [await box.store(letter(f"Letter {number}.")) for number in range(4)]
    assert await box.ledger.handle_some(rows) == 4
    assert [row.position for row in await InboundEmail.all().order_by("id")] == [1] * 4
