"""Nothing that the tests start outlives them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import Server
from tests.support.sources import ROOT
from tests.support.waiting import until

# A test run that starts a server, tells its id and then waits to be ended.
TEST_RUN = """
import sys, time
from pathlib import Path
from tests.support.processes import Server
log = Path(sys.argv[1])
server = Server([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"], log=log)
while "up" not in server.said():
    time.sleep(0.01)
print(server.pid, flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def test_run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", TEST_RUN, str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        yield run
        run.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
async def test_servers_end_with_the_test_run(test_run: subprocess.Popen[str], ending: signal.Signals) -> None:
    assert test_run.stdout is not None, "started with a pipe"
    server = int(test_run.stdout.readline())
    assert is_running(server)
    os.kill(test_run.pid, ending)
    await until(lambda: not is_running(server), what="the server's end")


def test_a_server_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    asked: list[Server] = []

    def ask() -> None:
        command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
        asked.append(Server(command, log=tmp_path / "log"))
        while "up" not in asked[0].said():
            time.sleep(0.01)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    with pytest.raises(subprocess.TimeoutExpired):
        asked[0].process.wait(0.5)
    asked[0].stop()


async def test_a_server_that_does_not_want_to_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.processes.PATIENCE", 0.3)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    server = Server([sys.executable, "-c", deaf], log=tmp_path / "log")
    await until(lambda: "deaf" in server.said(), what="its start")
    server.stop()
    assert not server.alive()
    assert server.process.returncode == -signal.SIGKILL
