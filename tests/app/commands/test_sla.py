"""`casefeed sla`: questions as lines of JSON, and a case's deadlines explained on a terminal."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from tests.support.casework import open_case, reply
from tests.support.desk import TestDesk

CASEFEED = (sys.executable, "-m", "app.cli", "sla")
CALENDAR = {"tz": "Europe/Helsinki", "hours": {"wed": [["09:00", "17:00"]], "thu": [["09:00", "17:00"]]}}
ROOT = Path(__file__).resolve().parents[3]


def test_each_line_is_answered_and_a_bad_one_does_not_stop_the_others() -> None:
    question = {"id": "ä", "op": "add", "calendar": CALENDAR, "start": "2026-04-01T15:00:00+03:00", "minutes": 180}
    lines = [json.dumps(question, ensure_ascii=False), "no json", "", json.dumps({**question, "minutes": 60})]
    done = subprocess.run(
        [*CASEFEED, "compute"], cwd=ROOT, input="\n".join(lines).encode(), capture_output=True, check=True
    )
    first, bad, last = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert first == {"id": "ä", "due": "2026-04-02T10:00:00+03:00"}
    assert (bad["id"], bad["code"]) == (None, "bad_json")
    assert last["due"] == "2026-04-01T16:00:00+03:00"


def test_an_answer_comes_before_the_next_question() -> None:
    """A program may ask one thing after the other over one pipe."""
    question = {"op": "add", "calendar": CALENDAR, "start": "2026-04-01T15:00:00+03:00", "minutes": 60}
    with subprocess.Popen([*CASEFEED, "compute"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for identity in (1, 2):
            running.stdin.write(json.dumps({**question, "id": identity}).encode() + b"\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == identity
        running.stdin.close()
        assert running.wait(10) == 0


async def explain(url: str, number: str) -> tuple[int, str]:
    running = await asyncio.create_subprocess_exec(
        *(*CASEFEED, "explain", number),
        cwd=ROOT,
        env={**os.environ, "CASEFEED_DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    return running.returncode or 0, said.decode()


async def test_a_case_is_explained_by_its_number(desk: TestDesk, database: str) -> None:
    case = await open_case(desk)
    desk.clock.advance(hours=1)
    await reply(desk, case, "maria", status="resolved")
    code, said = await explain(database, f"#{case.number}")
    assert code == 0, said
    assert f"#{case.number} The oven stays cold" in said
    met = "met on Mon 2026-03-02 10:00 after 1 h 00 min counted, target"
    assert f"Standard, version 1\n\nfirst_response: {met} 4 h 00 min, due Mon 2026-03-02 13:00 (UTC)" in said
    assert f"\n\nresolution: {met} " in said
    assert said.count("Standard, version 1") == 1
    assert "Mon 2026-03-02 09:00 – Mon 2026-03-02 10:00    1 h 00 min  counted" in said
    assert case.opened_at + timedelta(hours=1) == desk.clock.now


async def test_what_is_no_case_is_one_sentence(desk: TestDesk, database: str) -> None:
    assert desk.people
    assert await explain(database, "4711") == (1, "There is no case #4711.\n")
    code, said = await explain(database, "the oven")
    assert (code, said.strip()) == (1, "'the oven' is no number of a case; write it like 1042 or #1042.")
