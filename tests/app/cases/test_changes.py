"""Changes since the last look are found exactly, whoever commits them and in whatever order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.cases import actions, changes
from app.cases.models import Case
from tests.support.casework import actor, change, note, open_case, reply
from tests.support.desk import TestDesk, running_desk


async def test_what_was_there_before_the_horizon_is_not_told(desk: TestDesk) -> None:
    await open_case(desk)
    start = await changes.horizon()
    found = await changes.since(start)
    assert (found.cases, found.overflow) == ((), False)


async def test_each_changed_case_is_told_with_its_place_and_head(desk: TestDesk) -> None:
    first, second = await open_case(desk), await open_case(desk, "liisa")
    start = await changes.horizon()
    await note(desk, first)
    await change(desk, second, priority="high")
    found = await changes.since(start)
    assert {(case.case_id, case.queue_id, case.head) for case in found.cases} == {
        (first.id, first.queue_id, 2),
        (second.id, second.queue_id, 2),
    }
    again = await changes.since(found.horizon)
    assert {case.case_id for case in again.cases} <= {second.id}


async def test_a_transaction_that_began_earlier_and_commits_later_is_not_missed(
    postgres_database: str, tmp_path: Path
) -> None:
    """Only PostgreSQL: on SQLite transactions never overlap."""
    async with running_desk(postgres_database, tmp_path) as desk:
        slow, quick = await open_case(desk), await open_case(desk, "liisa")
        start = await changes.horizon()
        written, go_on = asyncio.Event(), asyncio.Event()

        async def take_long() -> None:
            async with desk.desk.unit_of_work() as work:
                await actions.add_note(work, by=actor(desk.people["maria"]), case_id=slow.id, text="Slowly.")
                written.set()
                await go_on.wait()

        task = asyncio.create_task(take_long())
        await written.wait()
        await reply(desk, quick, "liisa")
        early = await changes.since(start)
        assert {case.case_id for case in early.cases} == {quick.id}
        go_on.set()
        await task
        late = await changes.since(early.horizon)
        assert slow.id in {case.case_id for case in late.cases}


async def test_too_many_changes_say_start_over(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "CHANGES_AT_ONCE", 2)
    start = await changes.horizon()
    for _ in range(3):
        await open_case(desk)
    assert (await changes.since(start)).overflow


async def test_marks_of_another_server_are_set_back(postgres_database: str, tmp_path: Path) -> None:
    """A restored dump has them; PostgreSQL counts transactions for each server apart."""
    async with running_desk(postgres_database, tmp_path) as desk:
        restored, own = await open_case(desk), await open_case(desk, "liisa")
        await Case.filter(id=restored.id).update(change_mark=2**40)
        start = await changes.horizon()
        assert [case.case_id for case in (await changes.since(start)).cases] == [restored.id]
        assert await changes.forget_foreign_marks() == 1
        assert (await changes.since(start)).cases == ()
        await note(desk, own)
        assert [case.case_id for case in (await changes.since(start)).cases] == [own.id]
        assert await changes.forget_foreign_marks() == 0
