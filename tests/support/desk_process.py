"""`casefeed serve` as a process of its own, for tests that kill it, start two of it, or look at it from outside."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port, wait_until_listening
from tests.support.processes import Server
from tests.support.sources import ROOT

START_LIMIT = 60.0  # seconds; migrations of an empty database on a busy machine included
COMMAND = "import sys; from app.cli import main; sys.exit(main())"


class DeskProcess:
    """One server process. Its settings stay the same over restarts, its port too, so that clients find it again."""

    command = (COMMAND, "serve")

    def __init__(self, folder: Path, *, database_url: str, **settings: str) -> None:
        """`settings` are named as in the environment without the prefix: `redis_url=…`, `roles="web,live"`."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"desk-{self.port}.log"
        given = {
            "database_url": database_url,
            "data_dir": str(folder / "data"),
            "host": "127.0.0.1",
            "port": str(self.port),
            "public_url": self.url,
            "log_format": "json",
            **settings,
        }
        # What the developer's shell or .env file says must not reach a desk under test.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CASEFEED_")}
        self.environment = {
            **inherited,
            **{f"CASEFEED_{name.upper()}": value for name, value in given.items()},
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        self.folder = folder
        self._server: Server | None = None

    @property
    def server(self) -> Server:
        if self._server is None:
            raise RuntimeError("the desk was not started")
        return self._server

    def start(self, *arguments: str) -> None:
        """Start it and return when it accepts connections; raises RuntimeError with what it said if it does not."""
        command = [sys.executable, "-c", *self.command, *arguments]
        self._server = Server(command, log=self.log, env=self.environment, cwd=self.folder)
        try:
            wait_until_listening(self.port, seconds=START_LIMIT, while_true=self._server.alive)
        except TimeoutError as error:
            self._server.stop()
            raise RuntimeError(f"the desk did not start:\n{self._server.said()}") from error

    def kill(self) -> None:
        """kill -9, with its worker processes."""
        self.server.kill()

    def stop(self) -> None:
        """Ask it to end (SIGTERM) and wait for that."""
        if self._server is not None:
            self._server.stop()


@contextmanager
def running_desk_process(folder: Path, *, database_url: str, **settings: str) -> Iterator[DeskProcess]:
    """A started desk, stopped at the end."""
    desk = DeskProcess(folder, database_url=database_url, **settings)
    desk.start()
    try:
        yield desk
    finally:
        desk.stop()
