"""Deliveries per CPU-second of the server: this feed beside `websockets.broadcast()`, in the same run.

Both servers are processes of their own on uvloop and send texts of the same size; ours takes the real way (authorised
joins, positions, the log's order). Rounds alternate, and the median counts. A round ends when every socket has received
every byte of it, so neither server is asked for more than its readers take.

    python -m tests.benchmarks.bench_fan_out --sockets 1000 --topics 1000 --rounds 7
"""

from __future__ import annotations

import argparse
import base64
import json
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.ports import free_port
from tests.support.processes import guard

ROOT = Path(__file__).parents[2]
KINDS = ("casefeed", "websockets")
HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(b'0' * 16).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PATIENCE = 60.0  # seconds for one round
PASSES = 10  # a round is this many publications to every topic, so that its CPU time is well above the clock's tick


class Contestant:
    """One server process and its readers."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.port = free_port()
        command = [*guard(None, signal.SIGKILL), sys.executable, "-m", "tests.benchmarks.fan_out_server"]
        self._process = subprocess.Popen(
            [*command, kind, str(self.port)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._line()
        self._selector = selectors.DefaultSelector()
        self._sockets: list[socket.socket] = []

    def connect(self, sockets: int, topics: int) -> float:
        """Open and join the sockets, spread over the topics; kilobytes of memory that each costs."""
        before = float(self._ask("memory"))
        for number in range(sockets):
            connection = socket.create_connection(("127.0.0.1", self.port))
            connection.sendall(HANDSHAKE.encode())
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(4096)
            payload = json.dumps({"type": "join", "topic": f"case/{number % topics}"}).encode()
            connection.sendall(bytes((0x81, 0x80 | len(payload))) + b"\0\0\0\0" + payload)  # masked with zeros
            received = b""
            while b'"up_to_date"' not in received or not received.endswith(b"}"):
                received += connection.recv(4096)
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ)
            self._sockets.append(connection)
        return (float(self._ask("memory")) - before) / sockets

    def settle(self) -> None:
        """Read what is not an entry (who came) until it is quiet."""
        while self._selector.select(timeout=0.4):
            self._read()

    def frame_bytes(self, topics: int) -> int:
        """Bytes that one publication to each topic puts on the wire, all sockets together."""
        self._say(f"round {topics} 1")
        total, quiet = 0, 0
        while quiet < 2:
            got = self._read() if self._selector.select(timeout=0.3) else 0
            quiet = 0 if got else quiet + 1
            total += got
        return total

    def round(self, topics: int, burst: int, expected: int) -> tuple[float, float]:
        """CPU and wall seconds of PASSES publications of ``burst`` entries to every topic."""
        cpu = float(self._ask("cpu"))
        start = time.perf_counter()
        for _ in range(PASSES):
            self._say(f"round {topics} {burst}")
            left = expected * burst
            while left > 0:
                if time.perf_counter() - start > PATIENCE:
                    raise TimeoutError(f"{self.kind}: {left} bytes never came")
                self._selector.select(timeout=1.0)
                left -= self._read()
        return float(self._ask("cpu")) - cpu, time.perf_counter() - start

    def close(self) -> None:
        for connection in self._sockets:
            connection.close()
        self._selector.close()
        self._process.kill()
        self._process.communicate()

    def _read(self) -> int:
        total = 0
        for key, _ in self._selector.select(timeout=0):
            try:
                total += len(key.fileobj.recv(65536))  # type: ignore[union-attr]
            except BlockingIOError:
                continue
        return total

    def _say(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _ask(self, words: str) -> str:
        self._say(words)
        return self._line()


def compare(*, sockets: int, topics: int, burst: int, rounds: int) -> dict[str, Any]:
    """Both servers with the same readers, round by round in turn."""
    contestants = {kind: Contestant(kind) for kind in KINDS}
    try:
        measured: dict[str, Any] = {}
        memory = {kind: each.connect(sockets, topics) for kind, each in contestants.items()}
        for each in contestants.values():
            each.settle()
        expected = {kind: each.frame_bytes(topics) for kind, each in contestants.items()}
        seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for _ in range(rounds):
            for kind, each in contestants.items():
                seconds[kind].append(each.round(topics, burst, expected[kind])[0])
        deliveries = sockets * burst * PASSES
        for kind in KINDS:
            measured[f"{kind} deliveries per CPU second"] = round(deliveries / statistics.median(seconds[kind]))
            measured[f"{kind} KB per joined socket"] = round(memory[kind], 1)
        measured["ratio"] = round(statistics.median(seconds["websockets"]) / statistics.median(seconds["casefeed"]), 2)
        return measured
    finally:
        for each in contestants.values():
            each.close()


def run(*, sockets: int = 500, topics: int = 250, rounds: int = 5) -> dict[str, Any]:
    """Three loads: everybody on one case; two on each case; two on each case in bursts of eight entries."""
    return {
        f"one case, {sockets} sockets": compare(sockets=sockets, topics=1, burst=1, rounds=rounds),
        f"{topics} cases of two": compare(sockets=2 * topics, topics=topics, burst=1, rounds=rounds),
        f"{topics} cases of two, bursts of 8": compare(sockets=2 * topics, topics=topics, burst=8, rounds=rounds),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--topics", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(json.dumps(run(sockets=arguments.sockets, topics=arguments.topics, rounds=arguments.rounds), indent=2))
