"""What the hub finds in the database by itself: changes that nobody told, and counts that can be put in order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.bridges import live_store
from app.bridges.live_store import Store
from app.cases import actions, changes
from app.cases.counters import counted
from channels.frames import Counters, Gone, Row
from tests.support.casework import actor, change, note, open_case, reply
from tests.support.desk import TestDesk, running_desk


async def told(store: Store) -> set[str]:
    """The streams of which the store has news."""
    return {stream for stream, _ in await store.changes() or ()}


async def test_a_change_is_found_once_with_its_row_and_all_counters(desk: TestDesk) -> None:
    case = await open_case(desk)
    store = Store(desk.clock)
    assert await store.changes() == []
    await change(desk, case, priority="urgent")
    found = await store.changes() or []
    rows = [(stream, type(frame)) for stream, frame in found if stream.startswith("queue")]
    assert (f"queue/{case.queue_id}", Row) in rows
    assert (f"queue/{case.queue_id}", Counters) in rows
    assert ("queues", Row) in rows
    assert (f"queue/{case.queue_id}", Gone) not in rows
    assert await store.changes() == []


async def test_what_was_counted_here_is_not_counted_again(desk: TestDesk) -> None:
    case = await open_case(desk)
    store = Store(desk.clock)
    await store.changes()
    await note(desk, case)
    store.counted({case.id: case.last_position + 1})
    assert "queues" not in await told(store)
    await note(desk, case)
    store.counted({case.id: case.last_position + 1})  # but not what came after that
    assert "queues" in await told(store)


async def test_what_could_not_be_read_is_asked_for_again(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await open_case(desk)
    store = Store(desk.clock)
    await store.changes()
    await reply(desk, case, "maria")

    async def away(_: object) -> None:
        raise ConnectionError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(live_store, "customer_rows", away)
        with pytest.raises(ConnectionError):
            await store.changes()
    assert f"queue/{case.queue_id}" in await told(store)


async def test_too_many_changes_make_everybody_start_over(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(desk.clock)
    await store.changes()
    monkeypatch.setattr(changes, "CHANGES_AT_ONCE", 2)
    cases = [await open_case(desk) for _ in range(3)]
    assert await store.changes() is None
    while (found := await store.changes()) != []:  # SQLite goes on where it stopped; that does no harm
        assert found, "told to start over once more"
    await note(desk, cases[0])
    assert f"queue/{cases[0].queue_id}" in await told(store)


async def test_a_later_count_has_a_larger_version_whatever_the_clock_says(desk: TestDesk) -> None:
    case = await open_case(desk)
    seen = [await counted(desk.clock(), queue_id=case.queue_id)]
    for _ in range(4):
        await open_case(desk)
        desk.clock.advance(hours=-1)
        seen.append(await counted(desk.clock(), queue_id=case.queue_id))
    assert [one.queues[case.queue_id].new for one in seen] == [1, 2, 3, 4, 5]
    assert [one.version for one in seen] == sorted({one.version for one in seen})


async def test_versions_rise_when_an_older_transaction_ends_after_a_newer_one(
    postgres_database: str, tmp_path: Path
) -> None:
    async with running_desk(postgres_database, tmp_path) as desk:
        queue_id = (await open_case(desk)).queue_id
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> None:
            async with desk.desk.unit_of_work() as work:
                pavel = desk.people["pavel"]
                await actions.open_case(
                    work, by=actor(pavel), contact_id=pavel.contact_id or 0, queue_id=queue_id, subject="Slow",
                    text="Help!", channel="portal",
                )  # fmt: skip
                begun.set()
                await go_on.wait()

        older = asyncio.create_task(slowly())
        await begun.wait()
        await open_case(desk)
        before = await counted(desk.clock(), queue_id=queue_id)
        go_on.set()
        await older
        after = await counted(desk.clock(), queue_id=queue_id)
        assert (before.queues[queue_id].new, after.queues[queue_id].new) == (2, 3)
        assert before.version < after.version
