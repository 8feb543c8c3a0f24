"""`casefeed sla compute`, `casefeed sla explain` and `casefeed sla verify`."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

from app.cases.models import Case
from app.cases.rules import display_number
from app.commands.serve import read_settings
from app.database import database, migrate_open_database
from app.errors import Invalid, NotFound
from app.service_levels.queries import explanations
from app.service_levels.verifying import differences
from sla import render_text, run


def compute() -> int:
    """Answer each line of stdin with one line, as soon as it is there."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    try:
        for answer in run(sys.stdin):
            print(answer)
    except BrokenPipeError:
        sys.stderr.close()  # whoever reads has gone; Python would complain once more at its end
    return 0


async def explain(case: str) -> int:
    """Print each clock of the case with the number `case`: its segments and their sums."""
    digits = case.strip().lstrip("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Invalid(f"{case!r} is no number of a case; write it like 1042 or #1042.")
    async with database(read_settings(None).database_url, pool=2):
        await migrate_open_database()
        row = await Case.get_or_none(number=int(digits))
        if row is None:
            raise NotFound(f"There is no case {display_number(int(digits))}.")
        found = await explanations(row.id, datetime.now(UTC))
        print(f"{display_number(row.number)} {row.subject}")
        promise = ""
        for explanation, version in found:
            if promise != (promise := f"{version.policy.name}, version {version.policy.version}"):
                print(promise)
            print(f"\n{render_text(explanation)}")
        if not found:
            print("Nothing is promised on this case: no policy holds for it.")
    return 0


async def verify(newest: int | None) -> int:
    """Work out every clock again from the feeds; print what is stored otherwise. Exit code 1 where something is."""
    cases = wrong = 0
    async with database(read_settings(None).database_url, pool=2):
        await migrate_open_database()
        async for case_id, found in differences(datetime.now(UTC), newest=newest):
            cases, wrong = cases + 1, wrong + len(found)
            for one in found:
                row = await Case.get(id=case_id)
                said = ", ".join(f"{name} is {was}, ought to be {right}" for name, (was, right) in one.fields.items())
                print(f"{display_number(row.number)} {one.kind}: {said}")
    print(f"{cases} cases with promises; {wrong} clocks differ from their feeds.")
    return 1 if wrong else 0
