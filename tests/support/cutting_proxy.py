"""A TCP proxy on loopback: cuts connections after so many bytes, refuses them, or stops reading, on demand."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from tests.support.diary import Diary

Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SMALL_BUFFER = 4096  # bytes: what a proxy that stops reading still takes, so that the server feels it soon


class CuttingProxy:
    """Stands before a server. ``next_cut`` says after how many bytes (both directions together) a connection ends.

    ``block`` freezes every connection and refuses new ones, as a partition does; ``unblock`` ends the frozen ones.
    ``hold`` stops reading, as a phone in a tunnel does, and ``release`` goes on; ``small``: the server feels it soon.
    """

    def __init__(
        self, target_port: int, *, next_cut: Callable[[], int | None] = lambda: None, small: bool = False
    ) -> None:
        self._target_port = target_port
        self._next_cut = next_cut
        self._small = small
        self._refusing = False
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._open.set()
        self._transports: set[asyncio.Transport] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.cuts = 0
        self.diary = Diary("connections")

    async def __aenter__(self) -> CuttingProxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the proxy is not running")
        return int(self._server.sockets[0].getsockname()[1])

    def block(self) -> None:
        self._refusing = True
        self._open.clear()

    def unblock(self) -> None:
        self.cut_all()
        self._refusing = False
        self._open.set()

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        if not self._refusing:
            self._open.set()

    def lead_to(self, port: int) -> None:
        """From now on new connections go there, as a load balancer does when a server has died."""
        self._target_port = port

    def cut_all(self) -> None:
        """End every connection now, without a word."""
        for transport in list(self._transports):
            transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Not a coroutine: asyncio would report each of its own tasks that is cancelled at the end as an error."""
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from beginning to end."""
        try:
            if self._refusing:
                return self.diary.note("refused: the way is blocked")
            far_reader, far_writer = await self._far_side()
        except OSError as error:
            return self.diary.note(f"refused: {error.strerror or error}")
        else:
            await self._join((reader, writer), (far_reader, far_writer))
        finally:
            writer.transport.abort()

    async def _join(self, near: Side, far: Side) -> None:
        allowance = [self._next_cut()]
        self.diary.note("open" if allowance[0] is None else f"open for {allowance[0]} bytes")
        transports = (near[1].transport, far[1].transport)
        self._transports.update(transports)
        pumps = [
            asyncio.ensure_future(self._pump(source, sink, allowance))
            for source, sink in ((near[0], far[1]), (far[0], near[1]))
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sides = ("the client", "the server")
            ended_by = [side for side, pump in zip(sides, pumps, strict=True) if pump.done()]
            self.diary.note("cut" if allowance[0] == 0 else f"ended by {' and '.join(ended_by) or 'the test'}")
            self._transports.difference_update(transports)
            for transport in transports:
                transport.abort()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _far_side(self) -> Side:
        if not self._small:
            return await asyncio.open_connection("127.0.0.1", self._target_port)
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        raw.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", self._target_port))
        except BaseException:
            raw.close()
            raise
        return await asyncio.open_connection(sock=raw, limit=SMALL_BUFFER)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, allowance: list[int | None]
    ) -> None:
        try:
            while data := await source.read(65536):
                await self._open.wait()
                left = allowance[0]
                if left is not None:
                    data = data[:left]
                    allowance[0] = left - len(data)
                sink.write(data)
                await sink.drain()
                if allowance[0] == 0:
                    self.cuts += 1
                    return
        except OSError:
            return
