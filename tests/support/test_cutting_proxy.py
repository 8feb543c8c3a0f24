"""The proxy that breaks lines ends without a word of its own, whatever is under way."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.cutting_proxy import CuttingProxy
from tests.support.waiting import until

PATIENCE = 10.0  # seconds


async def _silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def test_the_end_with_open_connections_is_quiet() -> None:
    trouble: list[dict[str, Any]] = []

    async def lines_of_every_age() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: trouble.append(context))
        async with await asyncio.start_server(_silence, "127.0.0.1", 0) as server:
            async with CuttingProxy(server.sockets[0].getsockname()[1]) as proxy:
                _, old = await asyncio.open_connection("127.0.0.1", proxy.port)
                await until(lambda: "open" in str(proxy.diary), what="the first line")
                _, new = await asyncio.open_connection("127.0.0.1", proxy.port)
            for writer in (old, new):
                writer.close()

    asyncio.run(lines_of_every_age())
    assert trouble == []


async def test_the_diary_tells_how_each_connection_began_and_ended() -> None:
    async with await asyncio.start_server(_silence, "127.0.0.1", 0) as server:
        async with CuttingProxy(server.sockets[0].getsockname()[1], next_cut=lambda: 3) as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"12345")
            async with asyncio.timeout(PATIENCE):
                assert await reader.read() == b""
            await until(lambda: "cut" in str(proxy.diary), what="the cut")
            proxy.block()
            reader, refused = await asyncio.open_connection("127.0.0.1", proxy.port)
            async with asyncio.timeout(PATIENCE):
                assert await reader.read() == b""
            refused.close()
            writer.close()
        told = str(proxy.diary)
    assert told.index("open for 3 bytes") < told.index("cut") < told.index("refused: the way is blocked")
