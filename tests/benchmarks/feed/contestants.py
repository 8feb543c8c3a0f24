"""Starts the servers that are compared, and the readers that load them, each on a processor core of its own."""

from __future__ import annotations

import functools
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.feed import packages
from tests.support.ports import free_port
from tests.support.processes import guard, throwaway_folder

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
JOIN = ('{"type":"join","topic":"case/%d"}', '"up_to_date"')


@dataclass(frozen=True)
class Kind:
    """How one contestant is started (``command`` takes its port) and joined (what is said, what is awaited)."""

    command: Callable[[int], Sequence[str]]
    path: str = "/"
    steps: tuple[str, ...] = JOIN


def _module(name: str) -> Callable[[int], list[str]]:
    return lambda port: [sys.executable, "-m", f"tests.benchmarks.feed.{name}", str(port)]


KINDS = {
    "casefeed": Kind(_module("ours")),
    "casefeed with Redis": Kind(lambda port: [*_module("ours")(port), packages.redis().url]),
    "casefeed, pipelined": Kind(lambda port: [*_module("ours")(port), packages.redis().url, "pipelined"]),
    "C": Kind(lambda port: [str(compiled("writer")), str(port)]),
    "websockets": Kind(_module("with_websockets")),
    "socket.io": Kind(
        lambda port: [*packages.node("socketio"), str(port)],
        path="/socket.io/?EIO=4&transport=websocket",
        steps=("", '"sid"', "40", '"sid"', '42["join","case/%d"]', '"up_to_date"'),
    ),
    "Django Channels": Kind(lambda port: [*packages.python("django"), str(port), packages.redis().url]),
}
FAN_OUT = [kind for kind in KINDS if kind not in {"casefeed with Redis", "casefeed, pipelined"}]


@functools.cache
def compiled(name: str) -> Path:
    """Our C source as a program."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("the benchmark needs a C compiler: apt-get install gcc libc6-dev")
    program = throwaway_folder("bench") / name
    subprocess.run([compiler, "-O2", "-D_GNU_SOURCE", "-o", program, HERE / f"{name}.c"], check=True)
    return program


def allow_files() -> int:
    """As many sockets as this user may have; answers how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Program:
    """A process that is told lines and answers with lines."""

    def __init__(self, command: Sequence[str], *, core: int) -> None:
        self._process = subprocess.Popen(
            [*guard(None, signal.SIGKILL), *command],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._answers = self._process.stdout
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(self._process.pid, {cores[core % len(cores)]})

    def say(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(words.encode() + b"\n")

    def answer(self) -> str:
        assert self._answers is not None
        answer = self._answers.readline().decode().strip()
        if not answer or answer.startswith("missing"):
            raise RuntimeError(f"{' '.join(map(str, self._process.args))}: {answer or 'ended'}")
        return answer

    def ask(self, words: str) -> str:
        self.say(words)
        return self.answer()

    def cpu(self) -> float:
        """CPU seconds of all its threads so far, to the nanosecond."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def kilobytes(self) -> int:
        """Resident memory."""
        return int(Path(f"/proc/{self._process.pid}/status").read_text().split("VmRSS:")[1].split()[0])

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class Contestant:
    """One server on the first core and its readers on the second."""

    def __init__(self, kind: str, *, sockets: int, topics: int, receive_buffer: int = 0) -> None:
        allow_files()
        chosen, port = KINDS[kind], free_port()
        self.kind = kind
        self.sockets, self.topics = sockets, topics
        self.server = Program(chosen.command(port), core=0)
        self.server.answer()
        self.empty_kilobytes = self.server.kilobytes()
        self.readers = Program(
            [str(compiled("reader")), str(port), chosen.path, str(receive_buffer), *chosen.steps], core=1
        )
        self.readers.ask(f"open {sockets} {topics}")
        self.readers.ask("settle")
        self._reader_cpu = float(self.readers.ask("expect 0"))

    def round(self, burst: int, passes: int) -> tuple[float, float, float]:
        """CPU seconds of the server, those of its readers, and seconds of the clock.

        That is for ``passes`` times ``burst`` entries to every topic. A pass ends when every socket has every byte of
        it, so that no server is asked for more than its readers take.
        """
        cpu, start = self.server.cpu(), time.perf_counter()
        for _ in range(passes):
            self.server.say(f"round {self.topics} {burst}")
            reader_cpu = float(self.readers.ask(f"expect {self.sockets * burst}"))
        wall = time.perf_counter() - start
        spent, self._reader_cpu = reader_cpu - self._reader_cpu, reader_cpu
        return self.server.cpu() - cpu, spent, wall

    def stop_reading(self, every: int) -> None:
        """Every so-manieth reader stays connected, and reads no more."""
        self.sockets -= int(self.readers.ask(f"dead {every}"))

    def delays(
        self, *, rate: int, entries: int, through: Program | None = None, from_reading: bool = False
    ) -> tuple[int, int, int]:
        """Median, p99 and worst delay in microseconds from asking for an entry until a reader has it.

        ``through``: another node that is asked instead. ``from_reading``: counted from the moment at which the node has
        read what it is asked, without the way of the question through a pipe.
        """
        asked = through or self.server
        self.readers.say(f"delays {entries * self.sockets // self.topics}")
        start = time.monotonic_ns()
        for number in range(entries):
            due = start + number * 1_000_000_000 // rate
            if (wait := due - time.monotonic_ns()) > 0:
                time.sleep(wait / 1e9)
            asked.say(f"publish {number % self.topics} {0 if from_reading else time.monotonic_ns()}")
        median, p99, worst, _ = map(int, self.readers.answer().split())
        return median, p99, worst

    def close(self) -> None:
        self.readers.close()
        self.server.close()
