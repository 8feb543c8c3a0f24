"""Mails per second from Dovecot to registered cases with acknowledgements queued, beside django-helpdesk's `get_email`.

Both take the same mails from the same Dovecot into the same PostgreSQL server, one after the other in turns; the
better round of each counts. `flat` compares the cost of a mail on a desk of 1,000 cases with one of 100,000, `memory`
is the growth of the process over 20,000 mails.

    python -m tests.benchmarks.bench_mail_in --only compare
    python -m tests.benchmarks.bench_mail_in --only memory --many 20000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.mail_load import LARGE, SMALL, mails
from tests.benchmarks.many_cases import multiply
from tests.support.databases import Databases
from tests.support.dovecot import PASSWORD, running_dovecot
from tests.support.postgres import Postgres

ROOT = Path(__file__).parents[2]
BASELINE = Path(__file__).parent / "helpdesk"
LIMIT = 600  # seconds for one run of either


def helpdesk_python() -> Path:
    """The Python of the baseline's own environment, made from its lock when it is missing or older than the lock."""
    home = Path(
        os.environ.get("CASEFEED_BENCH_HELPDESK", Path(tempfile.gettempdir()) / f"casefeed-helpdesk-{os.getuid()}")
    )
    python, lock = home / "bin" / "python", BASELINE / "lock.txt"
    stamp = home / "lock.txt"
    if not stamp.exists() or stamp.read_text() != lock.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", lock]
        subprocess.run(install, check=True)
        stamp.write_text(lock.read_text())
    return python


def ours(url: str, folder: Path, port: int, user: str, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.mail_ours", url, str(folder), str(port), user, str(count)]
    return _answer(command)


def theirs(url: str, folder: Path, port: int, user: str) -> dict[str, Any]:
    script = BASELINE / "get_email.py"
    return _answer([str(helpdesk_python()), str(script), url, str(folder), str(port), user, PASSWORD])


def _answer(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT)
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def compare(databases: Databases, *, rounds: int, small: int, large: int) -> dict[str, Any]:
    count = small + large
    best: dict[str, float] = {}
    cpu: dict[str, float] = {}
    with running_dovecot() as dovecot, tempfile.TemporaryDirectory() as name:
        for number in range(rounds):
            load = mails(small, large, seed=number)
            for kind in ("theirs", "ours"):
                user, folder = f"{kind}{number}", Path(name) / f"{kind}{number}"
                folder.mkdir()
                dovecot.fill(user, load)
                if kind == "ours":
                    with databases.fresh("postgres", folder) as url:
                        result = ours(url, folder, dovecot.port, user, count)
                    made = result["opened"]
                else:
                    with empty_database(databases.postgres) as url:
                        result = theirs(url, folder, dovecot.port, user)
                    made = result["tickets"]
                if made != count or result["notices"] < count:
                    raise RuntimeError(f"{kind}: {result} instead of {count} cases with acknowledgements")
                best[kind] = max(best.get(kind, 0.0), count / result["seconds"])
                cpu[kind] = min(cpu.get(kind, 1e9), result["cpu"] / count * 1000)
    return {
        "mails": count,
        "casefeed mails per second": round(best["ours"], 1),
        "django-helpdesk mails per second": round(best["theirs"], 1),
        "casefeed CPU ms per mail": round(cpu["ours"], 2),
        "django-helpdesk CPU ms per mail": round(cpu["theirs"], 2),
        "ratio": round(best["ours"] / best["theirs"], 2),
    }


def flat(databases: Databases, *, sample: int = 200) -> dict[str, Any]:
    """The same number of mails on a desk with 1,000 and with 100,000 cases."""
    measured: dict[str, Any] = {}
    cost: dict[int, float] = {}
    with (
        running_dovecot() as dovecot,
        tempfile.TemporaryDirectory() as name,
        databases.fresh("postgres", Path(name)) as url,
    ):
        dovecot.fill("seed", mails(sample, 0, seed=900))
        ours(url, Path(name), dovecot.port, "seed", sample)
        copies = 1
        for number, wanted in enumerate((1_000, 100_000)):
            last = wanted // sample - 1
            cases = asyncio.run(multiply(url, copies, last))
            copies = last + 1
            dovecot.fill(f"flat{number}", mails(sample, 0, seed=901 + number))
            result = ours(url, Path(name), dovecot.port, f"flat{number}", sample)
            cost[wanted] = result["seconds"] / sample * 1000
            measured[f"ms per mail at {cases:,} cases"] = round(cost[wanted], 2)
            measured[f"CPU ms per mail at {cases:,} cases"] = round(result["cpu"] / sample * 1000, 2)
    return {**measured, "ratio": round(cost[1_000] / cost[100_000], 2)}


def memory(databases: Databases, *, count: int) -> dict[str, Any]:
    """Resident megabytes of the process at each thousand of many mails."""
    with (
        running_dovecot() as dovecot,
        tempfile.TemporaryDirectory() as name,
        databases.fresh("postgres", Path(name)) as url,
    ):
        dovecot.fill("many", mails(count, 0, seed=950))
        result = ours(url, Path(name), dovecot.port, "many", count)
    return {"mails": count, "MB": result["memory"]}


class empty_database:
    """A database without any table, removed afterwards."""

    def __init__(self, server: Postgres) -> None:
        self.server = server

    def __enter__(self) -> str:
        self.name = self.server.create_database()
        return self.server.url(self.name)

    def __exit__(self, *_: object) -> None:
        self.server.drop_database(self.name)


def run(*, rounds: int = 2, small: int = SMALL, large: int = LARGE, only: str = "", many: int = 0) -> dict[str, Any]:
    """All of it; `only` names one part. Memory is looked at where `many` mails are asked for: 20,000 take long."""
    databases = Databases()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "compare": lambda: compare(databases, rounds=rounds, small=small, large=large),
        "flat": lambda: flat(databases),
        **({"memory": lambda: memory(databases, count=many)} if many else {}),
    }
    try:
        return {name: part() for name, part in parts.items() if only in ("", name)}
    finally:
        databases.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("--only", default="", choices=["", "compare", "flat", "memory"])
    parser.add_argument("--many", type=int, default=0)
    given = parser.parse_args()
    print(json.dumps(run(**vars(given)), indent=2))
