"""Reading in one tab clears it in the others: the state reads/me, its snapshot, and what is told between processes."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from app.bridges import unread
from app.bridges.live_store import Store
from app.bridges.streams import reads
from app.notifications.queries import unread_counts
from tests.app.bridges.test_live_feed import socket_of
from tests.support.casework import change, note, open_case, reply
from tests.support.desk import TestDesk


async def counts(desk: TestDesk, who: str) -> dict[str, Any]:
    return dict((await (await desk.browser(who)).get("/api/unread")).json())


async def test_reading_on_one_device_is_told_to_the_other(desk: TestDesk) -> None:
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    first, second = await desk.browser("maria"), await desk.browser("maria")
    assert (await counts(desk, "maria")) == {"cases": 1, "notifications": 1, "read": []}
    async with socket_of(desk, second) as socket:
        await socket.join("reads/me")
        await first.put(f"/api/cases/{case.id}/read", json={"position": 2})
        frames = await socket.until(lambda frame: frame["type"] == "counters" and frame["counters"]["cases"] == 0)
    marks = [(frame["key"], frame["row"]["position"]) for frame in frames if frame["type"] == "row"]
    assert marks == [(str(case.id), 2)]
    assert frames[-1]["counters"] == {"cases": 0, "notifications": 0}
    assert (await counts(desk, "maria"))["read"] == [{"case_id": case.id, "position": 2}]


async def test_a_customer_counts_public_entries_only(desk: TestDesk) -> None:
    case, pavel = await open_case(desk), await desk.browser("pavel")
    await pavel.put(f"/api/portal/cases/{case.id}/read", json={"position": 1})
    await note(desk, case, "maria")
    assert (await counts(desk, "pavel"))["cases"] == 0
    async with socket_of(desk, pavel) as socket:
        await socket.join("reads/me")
        await reply(desk, case, "maria", "It is the fuse.")
        await socket.until(lambda frame: frame["type"] == "counters" and frame["counters"]["cases"] == 1)
    assert (await counts(desk, "pavel"))["cases"] == 1
    assert (await counts(desk, "aino"))["cases"] == 0


async def test_nobody_hears_what_another_reads(desk: TestDesk) -> None:
    case = await open_case(desk)
    async with socket_of(desk, await desk.browser("tomas")) as socket:
        await socket.join("reads/me")
        await (await desk.browser("maria")).put(f"/api/cases/{case.id}/read", json={"position": 1})
        await (await desk.browser("tomas")).put(f"/api/cases/{case.id}/read", json={"position": 1})
        frames = await socket.until(lambda frame: frame["type"] == "row")
    assert len([frame for frame in frames if frame["type"] == "row"]) == 1


async def test_a_mark_that_another_process_wrote_is_found_in_the_database(desk: TestDesk) -> None:
    case, store = await open_case(desk), Store(desk.desk.now)
    await store.changes()
    maria = await desk.browser("maria")
    await asyncio.gather(*(maria.put(f"/api/cases/{case.id}/read", json={"position": 1}) for _ in range(2)))
    found = [(stream, frame) for stream, frame in await store.changes() if stream.endswith("#reads")]
    assert [(stream, frame.key) for stream, frame in found] == [(reads(desk.people["maria"].id), str(case.id))]  # type: ignore[union-attr]
    desk.clock.advance(minutes=1)
    await maria.put(f"/api/cases/{case.id}/read", json={"position": 1})  # goes no further: nothing to tell
    assert [stream for stream, _ in await store.changes() if stream.endswith("#reads")] in ([], [found[0][0]])


async def test_what_could_not_be_counted_is_counted_later(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    maria = await desk.browser("maria")
    async with socket_of(desk, maria) as socket:
        await socket.join("reads/me")
        failed = asyncio.Event()

        async def lost(*_: object) -> None:
            monkeypatch.setattr(unread, "unread_counts", unread_counts)
            failed.set()
            raise asyncpg.ConnectionDoesNotExistError("the server has ended this connection")

        monkeypatch.setattr(unread, "unread_counts", lost)
        await maria.put(f"/api/cases/{case.id}/read", json={"position": 2})
        await socket.until(lambda frame: frame["type"] == "counters" and frame["counters"]["cases"] == 0)
    assert failed.is_set()
