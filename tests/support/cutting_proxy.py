"""A TCP proxy on loopback: cuts connections after so many bytes, refuses them, or stops reading, on demand."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

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

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await self._far_side()
        except OSError:
            writer.transport.abort()
            return
        allowance = [self._next_cut()]
        pair = (writer.transport, far_writer.transport)
        self._transports.update(pair)
        pumps = [
            asyncio.create_task(self._pump(source, sink, allowance))
            for source, sink in ((reader, far_writer), (far_reader, writer))
        ]
        self._tasks.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for transport in pair:
            transport.abort()
        self._transports.difference_update(pair)
        await asyncio.gather(*pumps, return_exceptions=True)
        self._tasks.difference_update(pumps)

    async def _far_side(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not self._small:
            return await asyncio.open_connection("127.0.0.1", self._target_port)
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        raw.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", self._target_port))
        except OSError:
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
