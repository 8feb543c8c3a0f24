"""What a killed process held is free again at the next start; what a living one holds is not."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

from app.mailboxes.models import OutboundEmail
from app.mailboxes.workers import free_leases_of_the_dead, is_dead, this_computer, worker_name
from tests.support.desk import TestDesk


def finished_process() -> int:
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()
    return process.pid


def test_only_a_worker_of_this_computer_can_be_known_to_be_dead() -> None:
    gone, here = finished_process(), this_computer()
    assert is_dead(worker_name(host=here, process=gone, token="abcdefgh"), host=here, process=os.getpid())
    assert not is_dead(worker_name(host="elsewhere", process=gone, token="abcdefgh"), host=here, process=os.getpid())
    living = worker_name(host=here, process=os.getppid(), token="abcdefgh")
    assert not is_dead(living, host=here, process=os.getpid())


async def test_mails_that_a_dead_process_had_claimed_are_due_again(desk: TestDesk) -> None:
    here, now = this_computer(), desk.clock.now
    rows = {}
    for name, process in (("dead", finished_process()), ("alive", os.getppid())):
        rows[name] = await OutboundEmail.create(
            kind="system",
            message_id=f"<{name}@desk.example>",
            recipients=["aino@northwind.example"],
            subject="Hello",
            created_at=now,
            due_at=now,
            lease_owner=worker_name(host=here, process=process, token="abcdefgh"),
            lease_until=now + timedelta(minutes=15),
            lease_token=3,
        )
    assert await free_leases_of_the_dead(host=here, process=os.getpid()) == 1
    for row in rows.values():
        await row.refresh_from_db()
    assert (rows["dead"].lease_until, rows["dead"].lease_token) == (None, 3)
    assert rows["alive"].lease_until == now + timedelta(minutes=15)
