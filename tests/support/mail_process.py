"""The mail role alone, in processes that are quick to start and cheap to kill: forked from one that imported it all.

`with MailProcesses(url, folder, secret) as mail:` `mail.start()`, `mail.kill()`, again and again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.support.processes import guard
from tests.support.sources import ROOT

STARTED_WITHIN = 30.0  # seconds for the imports of the first process


class MailProcesses:
    """Starts and kills processes that run intake and delivery, one at a time."""

    def __init__(self, url: str, folder: Path, secret: str) -> None:
        self._command = [
            *guard(None, signal.SIGKILL), sys.executable, "-m", "tests.support.mail_process",
            url, str(folder / "data"), secret,
        ]  # fmt: skip
        self.pid = 0
        self._parent: asyncio.subprocess.Process | None = None
        self._said = bytearray()

    async def open(self) -> None:
        self._parent = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        # Through a pipe, and not into a file: a process whose disk is full shall still be able to say so.
        self._listening = asyncio.create_task(self._listen())
        await self._answer()

    async def _listen(self) -> None:
        assert self._parent is not None, "open() comes first"
        assert self._parent.stderr is not None, "it was started with a pipe"
        while words := await self._parent.stderr.read(65536):
            self._said += words

    async def start(self) -> None:
        self.pid = int(await self._say(b"start\n"))

    async def kill(self) -> bool:
        """kill -9, with its reader of messages; False if it was dead by itself, which it must not be."""
        return await self._say(b"kill\n") == b"killed\n"

    async def close(self) -> None:
        if self._parent is not None and self._parent.stdin is not None:
            self._parent.stdin.close()
            await self._parent.wait()
            await self._listening

    def said(self) -> str:
        """Everything the processes logged."""
        return self._said.decode(errors="replace")

    async def _say(self, words: bytes) -> bytes:
        assert self._parent is not None, "open() comes first"
        assert self._parent.stdin is not None, "it was started with a pipe"
        self._parent.stdin.write(words)
        return await self._answer()

    async def _answer(self) -> bytes:
        assert self._parent is not None, "open() comes first"
        assert self._parent.stdout is not None, "it was started with a pipe"
        async with asyncio.timeout(STARTED_WITHIN):
            line = await self._parent.stdout.readline()
        if not line:
            raise RuntimeError(f"the mail process ended:\n{self.said()[-4000:]}")
        return line


def _obey(url: str, folder: Path, secret: str) -> None:
    """The parent: forks on "start", kills on "kill", ends with its input."""
    child = 0
    print("ready", flush=True)
    for line in sys.stdin:
        if line == "start\n":
            child = os.fork()
            if child == 0:
                _run(url, folder, secret)
            print(child, flush=True)
        elif line == "kill\n":
            print("killed" if _kill(child) else "dead", flush=True)
            child = 0
    _kill(child)


def _kill(child: int) -> bool:
    if child == 0:
        return False
    ended, _ = os.waitpid(child, os.WNOHANG)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)  # killed before it had a group of its own
    if not ended:
        os.waitpid(child, 0)
    return not ended


def _run(url: str, folder: Path, secret: str) -> None:
    """The child: the mail role, until it is killed."""
    import uvloop

    os.setpgid(0, 0)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    try:
        uvloop.run(serve_mail(url, folder, secret))
    finally:
        os._exit(1)


async def serve_mail(url: str, folder: Path, secret: str) -> None:
    """What `casefeed serve` with the role `mail` runs, without its web server."""
    settings = Settings(_env_file=None, database_url=url, data_dir=folder, secret_key=secret, roles="mail")
    configure_logging(settings)
    desk = build_desk(settings)
    async with database(url):
        await unlock_keys(desk.keys, settings)
        subscribe_inside(desk)
        mail = MailRunning(desk)
        mail.subscribe()
        async with mail.running():
            await asyncio.Event().wait()


if __name__ == "__main__":
    from app.bridges.mail_running import MailRunning
    from app.bridges.wiring import subscribe_inside
    from app.database import database
    from app.logging import configure_logging
    from app.main import build_desk
    from app.settings import Settings
    from app.web.secrets import unlock_keys

    _obey(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
