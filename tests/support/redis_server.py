"""A throw-away Redis on a free loopback port, that tests may stop, restart, pause, flush and cut off."""

from __future__ import annotations

import contextlib
import signal
import socket
import time

from tests.support.packages import ensure_debian
from tests.support.ports import free_port
from tests.support.processes import Server, throwaway_folder

START_SECONDS = 15.0


def ensure() -> str:
    """The path of redis-server, installed from Debian's packages where it is missing and may be."""
    return ensure_debian("redis-server", "redis-server")


class RedisServer:
    """One server that keeps nothing on disk; the port stays the same over restarts."""

    def __init__(self) -> None:
        self._program = ensure()
        self._folder = throwaway_folder("redis")
        self._server: Server | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait until it answers."""
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self._folder}
        command = [self._program, *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
        self._server = Server(command, log=self._folder / "redis.log", stop_signal=signal.SIGKILL)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or not self._server.alive():
                raise RuntimeError(f"redis-server did not start: {self._server.said()[-500:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill it; all it held is gone."""
        if self._server is not None:
            self.resume()
            self._server.stop()
            self._server = None

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing is answered, as behind a broken network."""
        if self._server is not None:
            self._server.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        if self._server is not None and self._server.alive():
            self._server.process.send_signal(signal.SIGCONT)

    def command(self, *words: str) -> bytes:
        """One command over a fresh connection, such as FLUSHALL or CLIENT KILL TYPE pubsub; the raw answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.recv(65536)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.command("PING").startswith(b"+PONG")
        return False
