"""`casefeed mail inspect`, `status` and `replay`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app.bridges.intake import Intake
from app.commands.mail_report import SHOWN, mailbox_lines, no_such_mail, quarantine_lines
from app.commands.opened import opened_desk
from app.mailboxes.queries import inbound_page, mailbox_reports
from app.mailboxes.replaying import NO_SUCH_ROW, replay_rows
from mail.inspect import inspect
from mail.workers import ParserPool


def inspect_files(files: Sequence[Path], *, readable: bool) -> int:
    """One line per file; the exit code is 1 when one of them could not be understood."""
    failed = False
    for file in files:
        found = inspect(file)
        failed = failed or "error" in found
        print(json.dumps(found, ensure_ascii=False, indent=2 if readable else None))
        sys.stdout.flush()
    return 1 if failed else 0


async def status(*, as_json: bool) -> int:
    async with opened_desk():
        reports = await mailbox_reports()
        quarantined = await inbound_page(outcome="quarantined", before=None, limit=SHOWN)
    if as_json:
        print(json.dumps(reports, ensure_ascii=False, default=str))
        return 0
    for report in reports:
        print("\n".join(mailbox_lines(report)))
    for line in quarantine_lines(quarantined, sum(report["quarantined"] for report in reports)):
        print(line)
    if not reports:
        print("There is no mailbox yet; set one up under Administration → Mailboxes.")
    return 0


async def replay(ids: Sequence[int]) -> int:
    async with opened_desk() as desk, ParserPool(workers=1) as pool:
        results = await replay_rows(desk, Intake(desk, pool.parse).understand, ids)
    for row, result in results.items():
        print(no_such_mail(row) if result == NO_SUCH_ROW else f"{row}: {result}")
    failed = any(result == NO_SUCH_ROW or "quarantined" in result for result in results.values())
    return 1 if failed else 0
