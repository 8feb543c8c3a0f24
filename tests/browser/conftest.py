"""What browser tests share: the built front end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.browser.people import PATIENCE
from tests.support.desk_process import DeskProcess
from tests.support.ports import free_ports
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


@pytest.fixture(scope="session")
def demo_desk(front_end: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    """One demo desk for all tests that only look; its people have the demo's password."""
    folder = tmp_path_factory.mktemp("demo")
    smtp, imap = map(str, free_ports(2))
    desk = DeskProcess(
        folder, database_url=f"sqlite://{folder / 'desk.sqlite3'}", demo_smtp_port=smtp, demo_imap_port=imap
    )
    desk.start("--demo")
    yield desk
    desk.stop()
