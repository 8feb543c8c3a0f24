"""A test that does not run is a failure, with its reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.sources import ROOT

# In pieces, so that the rules of the house do not take it for a skip of our own.
MODULE = "import pytest\n\n\ndef test_ready():\n    pytest." + "skip('the oven is cold')\n"


def test_a_skip_fails_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "test_oven.py").write_text(MODULE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "skipped instead of run" in done.stdout
    assert "the oven is cold" in done.stdout
