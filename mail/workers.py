"""Reads messages in processes of their own, so that no message can stop the desk: one that takes
too long or kills its reader
becomes a named error, and the next message finds a fresh reader."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from .errors import ParseRefused
from .message import Message
from .parsing import DEFAULT_LIMITS, parse
from .structure import Limits

log = logging.getLogger("casefeed.mail.workers")

DEADLINE = 10.0  # seconds for one message; the slowest real message seen takes a third of one
MEMORY = 2 * 1024**3  # bytes of address space of one reader: thirty times the largest message allowed
_ROOT = str(Path(__file__).resolve().parent.parent)
_LENGTH = struct.Struct(">I")
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from mail.workers import serve; serve(int(sys.argv[2]), sys.argv[3])"
)


class _Refused(msgspec.Struct):
    """How a refusal crosses the process border."""

    reason: str
    detail: str


class ParserPool:
    """A few reader processes behind one call.

        async with ParserPool(workers=2) as pool:
            message = await pool.parse(raw)

    A reader starts when it is first needed, reads one message at a time, and is replaced when it
    dies or misses the deadline.
    """

    def __init__(
        self, *, workers: int = 1, deadline: float = DEADLINE, limits: Limits = DEFAULT_LIMITS, memory: int = MEMORY
    ) -> None:
        self.deadline = deadline
        self.limits = limits
        self._idle: asyncio.LifoQueue[_Reader] = asyncio.LifoQueue()
        self._readers = [_Reader(limits, memory) for _ in range(workers)]
        for reader in self._readers:
            self._idle.put_nowait(reader)

    async def __aenter__(self) -> ParserPool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def process_ids(self) -> Sequence[int]:
        """Ids of the reader processes that run now."""
        return [reader.process.pid for reader in self._readers if reader.process is not None]

    async def ready(self) -> None:
        """Start a reader now, so that the first message does not wait for it; one that cannot start is tried later."""
        with contextlib.suppress(ParseRefused):
            await self.parse(b"")

    async def parse(self, raw: bytes) -> Message:
        """The message in `raw`. Raises `ParseRefused`, also with the reasons `deadline` and `worker_died`."""
        if len(raw) > self.limits.size:
            raise ParseRefused("too_large", f"{len(raw)} bytes, {self.limits.size} allowed")
        reader = await self._idle.get()
        try:
            async with asyncio.timeout(self.deadline):
                answer = await reader.ask(raw)
        except TimeoutError:
            await reader.stop()
            raise ParseRefused("deadline", f"not read within {self.deadline:g} seconds") from None
        except (OSError, EOFError) as error:
            await reader.stop()
            raise ParseRefused("worker_died", type(error).__name__) from error
        except BaseException:
            # Cancelled halfway: the answer to this message must never be taken for the answer to the next.
            await reader.stop()
            raise
        finally:
            self._idle.put_nowait(reader)
        if isinstance(answer, _Refused):
            raise ParseRefused(answer.reason, answer.detail)
        return answer

    async def close(self) -> None:
        """Stops all readers."""
        for reader in self._readers:
            await reader.stop()


class _Reader:
    """One process, its pipes, and the frames on them: a length, then bytes."""

    def __init__(self, limits: Limits, memory: int) -> None:
        self.limits = limits
        self.memory = memory
        self.process: asyncio.subprocess.Process | None = None

    async def ask(self, raw: bytes) -> Message | _Refused:
        if self.process is None or self.process.returncode is not None:
            await self.stop()
            self.process = await self._start()
        to_process, from_process = self.process.stdin, self.process.stdout
        if to_process is None or from_process is None:
            raise RuntimeError("a reader was started without its pipes")
        to_process.write(_LENGTH.pack(len(raw)))
        to_process.write(raw)
        await to_process.drain()
        kind = await from_process.readexactly(1)
        (length,) = _LENGTH.unpack(await from_process.readexactly(_LENGTH.size))
        answer = await from_process.readexactly(length)
        if kind == b"m":
            return msgspec.msgpack.decode(answer, type=Message)
        return msgspec.msgpack.decode(answer, type=_Refused)

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-s", "-c", _START, _ROOT, str(self.memory),
            msgspec.json.encode(self.limits).decode(),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()


def serve(memory: int, limits_json: str) -> None:
    """The life of a reader process: messages on standard input, answers on standard output, until the pipe closes."""
    _limit_memory(memory)
    limits = msgspec.json.decode(limits_json, type=Limits)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(_LENGTH.size)) == _LENGTH.size:
        raw = source.read(_LENGTH.unpack(head)[0])
        kind, answer = _answer(raw, limits)
        sink.write(kind + _LENGTH.pack(len(answer)) + answer)
        sink.flush()


def _answer(raw: bytes, limits: Limits) -> tuple[bytes, bytes]:
    try:
        return b"m", msgspec.msgpack.encode(parse(raw, limits=limits))
    except ParseRefused as error:
        return b"r", msgspec.msgpack.encode(_Refused(error.reason, error.detail))
    except MemoryError:
        return b"r", msgspec.msgpack.encode(_Refused("too_large", "not enough memory to read it"))


def _limit_memory(memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on every system; the deadline still holds there
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
