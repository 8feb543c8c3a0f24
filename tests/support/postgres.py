"""A PostgreSQL server of the tests' own, and databases cloned from a template in milliseconds."""

from __future__ import annotations

import getpass
import itertools
import os
import signal
import subprocess
import time
from pathlib import Path

from tests.support.packages import ensure_debian
from tests.support.ports import free_port
from tests.support.processes import Server, guard, throwaway_folder

# Nothing here survives the tests, so nothing is made durable; the rest keeps a small server small.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
    "log_statement": "none",
}

START_LIMIT = 30.0  # seconds, recovery after a kill included


class Postgres:
    """One running server in a throw-away folder, reachable on a free loopback port without a password."""

    def __init__(self) -> None:
        self.binaries = Path(ensure_debian("postgresql", "postgres")).resolve().parent
        # The server refuses to run as root; Debian's package brings a user made for it.
        self.user = "postgres" if os.geteuid() == 0 else getpass.getuser()
        self.folder = throwaway_folder("postgres", owner=self.user)
        self.data = self.folder / "data"
        self.port = free_port()
        self._numbers = itertools.count(1)
        self._run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
                  "-D", str(self.data))  # fmt: skip
        self.server = self._start()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, *, template: str | None = None) -> str:
        """A new database, empty or a copy of `template` (which nobody may be connected to); answers its name."""
        name = f"desk_{os.getpid()}_{next(self._numbers)}"
        self._run("createdb", *self._address, *(["--template", template] if template else []), name)
        return name

    def drop_database(self, name: str) -> None:
        """Remove it, ending whatever connections were left open."""
        self._run("dropdb", *self._address, "--force", "--if-exists", name)

    def restart(self) -> None:
        """Come back on the same port after `kill` or `stop`."""
        self.stop()
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                self.server = self._start()
                return
            except RuntimeError as error:
                # The processes that a killed server leaves behind let go of its shared memory a moment after it.
                if "shared memory block" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def kill(self) -> None:
        self.server.kill()

    def stop(self) -> None:
        self.server.stop()

    @property
    def _address(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]

    def _start(self) -> Server:
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        place = ["-D", str(self.data), "-p", str(self.port), "-k", str(self.folder)]
        server = Server(
            [str(self.binaries / "postgres"), *place, *options],
            log=self.folder / "postgres.log",
            user=self.user,
            cwd=self.folder,
            stop_signal=signal.SIGINT,  # fast shutdown: clients are disconnected, not waited for
        )
        # The port opens before a recovery is over, so the server itself is asked whether it is ready.
        ready = [str(self.binaries / "pg_isready"), "-q", *self._address]
        deadline = time.monotonic() + START_LIMIT
        while subprocess.run(ready).returncode:
            if not server.alive() or time.monotonic() > deadline:
                server.stop()
                raise RuntimeError(f"PostgreSQL did not start:\n{server.said()}")
            time.sleep(0.02)
        return server

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*guard(self.user, signal.SIGTERM), str(self.binaries / program), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")
