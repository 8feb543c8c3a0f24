"""`casefeed doctor` tells what is broken from what is only still to be set up."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.support.desk import TestDesk

ROOT = Path(__file__).resolve().parents[3]


async def doctor(url: str, data: Path, **settings: str) -> tuple[int, list[str]]:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "doctor"),
        cwd=ROOT,
        env={**os.environ, "CASEFEED_DATABASE_URL": url, "CASEFEED_DATA_DIR": str(data), **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    return running.returncode or 0, said.decode().splitlines()


async def test_a_missing_mailbox_is_to_be_done_and_not_broken(desk: TestDesk, database: str, tmp_path: Path) -> None:
    assert desk.people
    code, lines = await doctor(database, tmp_path)
    assert "todo Mailboxes: there is none; set one up under Administration → Mailboxes." in lines
    broken = [line for line in lines if line.startswith("BAD")]
    assert code == (1 if broken else 0)
    assert all("Front end" in line or "Disk" in line for line in broken), "those are of the machine that tests"


async def test_redis_that_does_not_answer_is_one_whole_sentence(desk: TestDesk, database: str, tmp_path: Path) -> None:
    assert desk.people
    code, lines = await doctor(database, tmp_path, CASEFEED_REDIS_URL="redis://127.0.0.1:1/0")
    [said] = [line for line in lines if "Redis" in line]
    assert code == 1
    assert said.startswith("BAD  Redis: ")
    assert ".. " not in said
    assert not said.endswith("..")
