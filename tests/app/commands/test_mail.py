"""`casefeed mail status` and `replay` say in whole sentences what an operator has to know."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import timedelta
from pathlib import Path

from app.commands.mail_report import mailbox_lines, quarantine_lines
from app.mailboxes.models import InboundEmail, Mailbox
from app.mailboxes.queries import mailbox_reports
from tests.support.desk import TestDesk
from tests.support.mailwork import a_post_box, letter

ROOT = Path(__file__).resolve().parents[3]


async def casefeed(url: str, data: Path, *words: str) -> tuple[int, str]:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "mail", *words),
        cwd=ROOT,
        env={**os.environ, "CASEFEED_DATABASE_URL": url, "CASEFEED_DATA_DIR": str(data)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    return running.returncode or 0, said.decode()


async def test_a_difference_says_when_it_was_counted_and_who_holds_the_mailbox(desk: TestDesk) -> None:
    box = await a_post_box(desk)
    [report] = await mailbox_reports()
    assert list(mailbox_lines(report))[-1] == (
        "  the server has not been asked yet; no worker holds the mailbox; one runs with `casefeed serve`"
    )
    now = desk.clock.now
    held = {"server_count": 3, "checked_at": now, "lease_owner": "desk-1", "lease_until": now + timedelta(minutes=1)}
    await Mailbox.filter(id=box.mailbox.id).update(**held)
    [report] = await mailbox_reports()
    heading, mails, outbox, why = mailbox_lines(report)
    assert heading.startswith(f"{box.mailbox.name} <{box.mailbox.address}>: ")
    assert mails == "  server 3 ≠ ledger 0; 0 in quarantine, 0 not handled yet"
    assert outbox == "  outbox 0 waiting, 0 failed"
    day = re.escape(f"{now:%Y-%m-%d}")
    assert re.fullmatch(rf"  the server's count is from {day} .* UTC; held by desk-1 until {day} .* UTC", why)
    await Mailbox.filter(id=box.mailbox.id).update(server_count=0)
    [report] = await mailbox_reports()
    assert len(list(mailbox_lines(report))) == 3


async def test_mails_in_quarantine_are_named_with_their_reason(desk: TestDesk, database: str, tmp_path: Path) -> None:
    box = await a_post_box(desk)
    row = await box.receive(letter(sender=None))
    code, said = await casefeed(database, tmp_path, "status")
    assert code == 0, said
    assert f"  {row.id}  no_sender  {row.detail}" in said.splitlines()
    assert all(line == line.rstrip() and not line.endswith(",") for line in said.splitlines())
    assert list(quarantine_lines([await InboundEmail.get(id=row.id)], 3))[-1] == "  and 2 more"
    code, said = await casefeed(database, tmp_path, "replay", "99999")
    assert code == 1
    assert "no inbound e-mail has the id 99999; `casefeed mail status` lists those in quarantine" in said
