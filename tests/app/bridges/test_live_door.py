"""A process that takes no sockets says so in a way that browsers can read: come back later."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from app.people.authentication import COOKIE
from channels.errors import CloseCode, comes_back
from tests.support.desk import running_desk


async def test_a_process_without_the_role_accepts_and_closes_with_a_code(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path, roles="web") as desk:
        maria = await desk.browser("maria")
        cookie = f"{COOKIE}={maria.cookies[COOKIE]}"
        async with connect(
            desk.url.replace("http", "ws", 1) + "/live", additional_headers={"Cookie": cookie}, open_timeout=5
        ) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CloseCode.UNAVAILABLE
    assert comes_back(closed.value.rcvd.code) == "later"


async def test_a_plain_request_is_told_to_upgrade(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path) as desk:
        answer = await (await desk.browser("maria")).get("/live")
    assert answer.status_code == 426
