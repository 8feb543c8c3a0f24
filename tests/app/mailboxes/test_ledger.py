"""What the ledger makes of reports of intakes: one story per mailbox, and one word to administrators per trouble."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.mailboxes.models import InboundEmail, Mailbox
from app.mailboxes.queries import ledger_counts
from app.mailboxes.workers import free_leases_of_the_dead, is_dead, worker_name
from app.notifications.models import Notification
from mail.ports import IntakeState, IntakeStatus
from tests.support.desk import TestDesk
from tests.support.mailwork import PostBox, a_post_box, letter


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def say(box: PostBox, state: IntakeState, text: str = "") -> Mailbox:
    code = "sign_in_refused" if text else ""
    await box.ledger.status(box.mailbox.id, IntakeStatus(state=state, at=box.desk.clock(), code=code, text=text))
    return await Mailbox.get(id=box.mailbox.id)


async def test_one_trouble_is_told_once_however_often_it_is_tried(box: PostBox) -> None:
    for _ in range(3):
        await say(box, IntakeState.CONNECTING)
        row = await say(box, IntakeState.FAILED, "The server refuses the password.")
    assert (row.intake_state, row.intake_problem) == ("failed", "The server refuses the password.")
    told = await Notification.filter(kind="mailbox_failed")
    assert [one.user_id for one in told] == [box.desk.people["helmi"].id]
    assert told[0].data["text"] == "The server refuses the password."
    row = await say(box, IntakeState.IDLE)
    assert row.intake_problem == ""
    await say(box, IntakeState.FAILED, "The server refuses the password.")
    assert await Notification.filter(kind="mailbox_failed").count() == 2, "it had worked in between"


async def test_a_process_that_only_waits_says_nothing_about_the_mailbox(box: PostBox) -> None:
    await box.ledger.hold(box.mailbox.id, worker="holder", now=box.desk.clock(), lease_seconds=90)
    await say(box, IntakeState.IDLE)
    assert (await say(box, IntakeState.STANDBY)).intake_state == "idle"
    assert (await say(box, IntakeState.STOPPED)).intake_state == "idle"
    await box.ledger.let_go(box.mailbox.id, worker="holder")
    assert (await say(box, IntakeState.STOPPED)).intake_state == "stopped"


async def test_copies_that_were_moved_away_are_not_missed(box: PostBox) -> None:
    rows = [await box.receive(letter(subject=f"Order {number}")) for number in range(3)]
    await box.ledger.acknowledged([rows[0].id], gone=False, now=box.desk.clock())
    assert (await ledger_counts(await Mailbox.get(id=box.mailbox.id)))["on_server"] == 3
    await box.ledger.acknowledged([rows[0].id], gone=True, now=box.desk.clock())
    counted = await ledger_counts(await Mailbox.get(id=box.mailbox.id))
    assert (counted["stored"], counted["on_server"]) == (3, 2)
    await box.ledger.compared(box.folder, [rows[2].uid], now=box.desk.clock())
    assert (await ledger_counts(await Mailbox.get(id=box.mailbox.id)))["on_server"] == 1, "people took one away"
    box.uidvalidity = 8
    await box.receive(letter(subject="After the renumbering"))
    counted = await ledger_counts(await Mailbox.get(id=box.mailbox.id))
    assert (counted["stored"], counted["on_server"]) == (4, 1)
    assert await InboundEmail.filter(outcome="opened").count() == 4


async def test_a_restart_takes_back_what_its_killed_process_held(box: PostBox) -> None:
    now, later = box.desk.clock(), box.desk.clock() + timedelta(seconds=90)
    killed = worker_name(host="harbour", process=2**22 + 1, token="abcdefghij")
    await box.ledger.hold(box.mailbox.id, worker=killed, now=now, lease_seconds=90)
    assert await free_leases_of_the_dead(host="elsewhere", process=1) == 0
    assert not await box.ledger.hold(box.mailbox.id, worker="new", now=now, lease_seconds=90)
    assert await free_leases_of_the_dead(host="harbour", process=77) == 1
    assert await box.ledger.hold(box.mailbox.id, worker="new", now=now, lease_seconds=90)
    assert (await Mailbox.get(id=box.mailbox.id)).lease_until == later


def test_only_a_process_of_this_computer_can_be_known_dead() -> None:
    import os

    alive = worker_name(host="harbour", process=os.getppid(), token="abcdefghij")
    gone = worker_name(host="harbour", process=2**22 + 1, token="abcdefghij")
    before = worker_name(host="harbour", process=1, token="abcdefghij")
    long = worker_name(host="h" * 80, process=2**22 + 1, token="abcdefghij")
    assert not is_dead(alive, host="harbour", process=1)
    assert is_dead(gone, host="harbour", process=1)
    assert not is_dead(gone, host="harbour2", process=1)
    assert is_dead(before, host="harbour", process=1), "a container starts its process under the same number again"
    assert len(long) == 64
    assert is_dead(long, host="h" * 80, process=1)
    for strange in ("", "mail@", "mail@x:y:harbour", "one", "mail@1:harbour"):
        assert not is_dead(strange, host="harbour", process=1)
