"""Runs one noisy step of set-up quietly: a line on the screen, everything else in a log, one sentence if it fails."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from desk_setup.problems import SetupProblem, explain


def say(text: str) -> None:
    print(text, flush=True)


def run_step(
    title: str,
    command: Sequence[str],
    *,
    what: str,
    log: Path,
    cwd: Path,
    env: Mapping[str, str],
) -> None:
    """Run `command` and tell how long it took; raises SetupProblem with the cause in one sentence."""
    say(f"  {title} …")
    begun = time.monotonic()
    done = subprocess.run(
        command, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = done.stdout.decode(errors="replace")
    with log.open("a") as lines:
        lines.write(f"$ {' '.join(map(str, command))}\n{output}\n")
    if done.returncode:
        cause = explain(output, what=what)
        raise SetupProblem(cause or f"{title} failed ({last_line(output)}); everything it said is in {log}.")
    say(f"  {title}: {time.monotonic() - begun:.0f} s")


def last_line(output: str) -> str:
    """The last line that says something, for a first hint at an unknown failure."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
