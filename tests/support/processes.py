"""Starts servers that end with the tests, however the tests end."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PATIENCE = 10.0  # seconds a server gets to end by itself before it is killed

_running: list[Server] = []
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starts-servers")
"""The kernel ends a guarded child with the *thread* that started it (prctl(2), PR_SET_PDEATHSIG), so all are started by
one that lives as long as this process: a worker thread of an event loop ends with its test."""


class Server:
    """One child process with a log file; stopped by `stop`, at exit, or by the kernel if this process is killed."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.log = log
        self.stop_signal = stop_signal
        with log.open("ab") as output:
            self.process = _started(
                [*guard(user, stop_signal), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                # Ctrl-C reaches the whole process group of the terminal; the tests stop their servers in order instead.
                start_new_session=True,
            )
        _running.append(self)

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """End it without warning, as a power cut would (kill -9), with everything it started."""
        if self.alive():
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        """Ask it to end and wait until it has; kill it if it does not."""
        if self in _running:
            _running.remove(self)
        if not self.alive():
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def said(self) -> str:
        """Everything it wrote so far."""
        return self.log.read_text(errors="replace")


def _started(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    return _starter.submit(subprocess.Popen, command, **options).result()


def guard(user: str | None, stop_signal: signal.Signals) -> list[str]:
    """The words before a command that run it as `user` and end it with its parent (Linux; elsewhere nothing)."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    words = [setpriv, f"--pdeathsig={stop_signal.name.removeprefix('SIG')}"]
    if user is not None and os.geteuid() == 0:
        words += [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--init-groups"]
    return [*words, "--"]


def throwaway_folder(name: str, *, owner: str | None = None) -> Path:
    """A new empty folder with a short path (for sockets), removed at exit; `owner` matters for root only."""
    folder = Path(tempfile.mkdtemp(prefix=f"casefeed-{name}-"))
    if owner is not None and os.geteuid() == 0:
        shutil.chown(folder, owner)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@atexit.register
def _stop_all() -> None:
    for server in reversed(_running.copy()):
        server.stop()
