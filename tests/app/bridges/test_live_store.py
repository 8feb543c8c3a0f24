"""What the hub finds in the database by itself: changes that nobody told, and counts that can be put in order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from app.bridges import live_counts, live_store
from app.bridges.live_counts import Heard, LiveCounts, Proven
from app.bridges.live_store import Store
from app.bridges.wiring import subscribe_inside
from app.cases import actions, changes
from app.cases.counters import Counted, counted
from app.cases.events import CaseChanged
from app.cases.models import Case
from app.events import Bus
from app.queues.models import Queue
from channels.errands import Errands
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


class Counting:
    """Hears of changes as the live feed does, counts their queues, and keeps what it published."""

    def __init__(self, desk: TestDesk, store: Store) -> None:
        self.published: list[str] = []
        self.errands = Errands()
        self._counts = LiveCounts(
            lambda stream, _: self.published.append(stream), self.errands, proven=store.proven, now=desk.clock
        )
        self._heard: list[Heard] = []
        desk.desk.bus.after(CaseChanged, self._take)

    async def _take(self, event: CaseChanged) -> None:
        heard = Heard(event.case_id)
        heard.add(event.before, event.after)
        self._heard.append(heard)

    async def count(self, case: Case) -> None:
        """All that was heard of this case since the last time."""
        self.published.clear()
        for one in self._heard:
            if one.case_id == case.id:
                self._counts.soon(one)
        self._heard.clear()
        await self.errands.done()


def unheard(desk: TestDesk) -> TestDesk:
    """The same desk in a process that this one hears nothing of."""
    elsewhere = replace(desk.desk, bus=Bus())
    subscribe_inside(elsewhere)
    return replace(desk, desk=elsewhere)


async def test_what_was_counted_here_is_not_counted_again(desk: TestDesk) -> None:
    store = Store(desk.clock)
    await store.changes()
    counting = Counting(desk, store)
    case = await open_case(desk)
    await counting.count(case)
    assert "queues" not in await told(store)
    await note(desk, case)
    await counting.count(case)
    assert "queues" not in await told(store)
    await note(desk, case)  # but not what came after that
    assert "queues" in await told(store)
    await change(desk, case, queue_id=(await Queue.get(purpose="escalation")).id)
    await counting.count(case)
    assert "queues" not in await told(store)


async def test_a_move_that_was_not_heard_is_counted_though_a_later_change_was(desk: TestDesk) -> None:
    store = Store(desk.clock)
    await store.changes()
    counting = Counting(desk, store)
    case = await open_case(desk)
    await counting.count(case)
    assert "queues" not in await told(store)
    left, urgent = case.queue_id, await Queue.get(purpose="escalation")
    await change(unheard(desk), case, queue_id=urgent.id)
    await note(desk, case)
    await counting.count(case)
    assert counting.published == [f"queue/{urgent.id}", "queues"]
    found = dict(frame for frame in await store.changes() or [] if isinstance(frame[1], Counters))
    assert found[f"queue/{left}"].counters["new"] == 0


async def test_a_count_that_failed_for_one_of_two_queues_proves_nothing(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(desk.clock)
    await store.changes()
    counting = Counting(desk, store)
    case = await open_case(desk)
    await counting.count(case)
    await store.changes()
    left, urgent = case.queue_id, await Queue.get(purpose="escalation")

    async def half(now: datetime, *, queue_id: int | None = None) -> Counted:
        if queue_id == left:
            raise ConnectionError("the database is away")
        return await counted(now, queue_id=queue_id)

    monkeypatch.setattr(live_counts, "counted", half)
    await change(desk, case, queue_id=urgent.id)
    await counting.count(case)
    assert counting.published == [f"queue/{urgent.id}", "queues"]
    assert "queues" in await told(store)


def test_only_so_many_cases_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_counts, "KNOWN_CASES", 2)
    proven = Proven()
    for case_id in (1, 2, 1, 3):
        proven.all_counted(case_id, 5)
    assert [proven.covers(case_id, 5) for case_id in (1, 2, 3)] == [True, False, True]


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
