"""Programs that others wrote, to measure against: each in an environment of its own, from a lock of its own."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / "build" / "baselines"
INSTALL_LIMIT = 600  # seconds
RUN_LIMIT = 600  # seconds


def python_with(lock: str) -> Path:
    """A Python that has the packages of .ci/locks/LOCK.txt; made once, and anew when the lock changes."""
    file = ROOT / ".ci" / "locks" / f"{lock}.txt"
    folder = KEPT / f"{lock}-{hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(file)]
        subprocess.run(command, check=True, timeout=INSTALL_LIMIT, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ready.touch()
    return python


def answer_of(python: Path, script: str, *arguments: str) -> dict[str, Any]:
    """Run a script of this folder in that environment; its last line is the answer as JSON."""
    path = Path(__file__).parent / script
    done = subprocess.run(
        [str(python), str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise RuntimeError(f"the baseline {script} failed")
    return dict(json.loads(done.stdout.splitlines()[-1]))
