"""Runs every benchmark in a process of its own, prints what it measured and writes it as JSON.

A benchmark is a file bench_NAME.py in this folder with `run() -> dict` (or `async def run`). Its docstring says what
is compared with what. Keys are names of measurements, values are numbers, texts or further dictionaries; a key that
ends in `ratio` compares ours with the baseline and stands out in the table.

    make bench                         all of them
    make bench ARGS="sla parsing"      these only
    make bench ARGS="--quick fan_out"  with fewer sockets and rounds, for a look while working
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import inspect
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
LIMIT = 900  # seconds for one benchmark; a longer one should measure less


def names() -> list[str]:
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def measure(name: str, *, quick: bool = False) -> dict[str, Any]:
    """Run one benchmark in this process; ``quick`` is for those that know what to leave out."""
    run = importlib.import_module(f"tests.benchmarks.bench_{name}").run
    found = run(quick=True) if quick and "quick" in inspect.signature(run).parameters else run()
    return asyncio.run(found) if inspect.isawaitable(found) else found


def measure_apart(name: str, *, quick: bool) -> dict[str, Any]:
    """Run one benchmark in a fresh process, so that none warms or blocks another; answers {"error": …} if it fails."""
    with tempfile.NamedTemporaryFile(suffix=".json") as answer:
        command = [sys.executable, "-m", "tests.benchmarks", "--one", name, "--to", answer.name]
        command += ["--quick"] if quick else []
        try:
            done = subprocess.run(command, timeout=LIMIT, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return {"error": f"not finished after {LIMIT} s"}
        if done.returncode:
            return {"error": f"ended with exit code {done.returncode}"}
        return json.loads(Path(answer.name).read_text())


def rows(measured: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Name and value of each measurement, nested dictionaries flattened with dots."""
    found: list[tuple[str, str]] = []
    for key, value in measured.items():
        if isinstance(value, dict):
            found += rows(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, f"{value:,.4g}" if isinstance(value, float) else str(value)))
    return found


def show(name: str, measured: dict[str, Any], seconds: float) -> None:
    print(f"\n{name} ({seconds:.0f} s)")
    for key, value in rows(measured):
        print(f"  {'→' if key.endswith('ratio') else ' '} {key:<52} {value:>16}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("names", nargs="*", help=f"which of: {', '.join(names())} (default: all)")
    parser.add_argument("--quick", action="store_true", help="measure less")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        wanted.to.write_text(json.dumps(measure(wanted.one, quick=wanted.quick), default=str))
        return 0
    if unknown := set(wanted.names) - set(names()):
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(names())}")
    results: dict[str, Any] = {}
    for name in wanted.names or names():
        begun = time.monotonic()
        results[name] = measure_apart(name, quick=wanted.quick)
        show(name, results[name], time.monotonic() - begun)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.json"
    load = [round(each, 1) for each in os.getloadavg()]
    system = {"python": platform.python_version(), "system": platform.platform()}
    machine = {**system, "cores": os.cpu_count(), "load": load}
    file.write_text(json.dumps({"machine": machine, "results": results}, indent=2))
    print(f"\nWritten to {file.relative_to(HERE.parents[1])}")
    return 1 if any("error" in result for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
