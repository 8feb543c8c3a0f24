"""What browser tests share: the built front end."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.browser.people import PATIENCE
from tests.support.sources import ROOT


@pytest.fixture(scope="session", autouse=True)
def front_end() -> None:
    """Build what the pages load if it is missing or older than its sources."""
    bootstrap = str(ROOT / ".ci" / "bootstrap.py")
    done = subprocess.run([sys.executable, bootstrap, "prepare-dev"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the front end could not be built:\n{done.stdout}{done.stderr}")


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """Playwright's own five seconds are too few where two cores build, serve and draw everything at once."""
    from playwright.async_api import expect

    expect.set_options(timeout=PATIENCE)
