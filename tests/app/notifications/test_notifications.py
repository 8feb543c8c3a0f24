"""Notifications: numbered without holes per person, caught up on like any log, read up to a position."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg

from app.notifications import queries
from app.notifications.actions import notify
from tests.support.desk import TestDesk, running_desk
from tests.support.waiting import until


async def tell(desk: TestDesk, *who: str, kind: str = "assigned") -> None:
    async with desk.desk.unit_of_work() as work:
        notify(work, users=[desk.people[one].id for one in who], kind=kind, data={"subject": "Ovens"})


async def test_positions_have_no_holes_even_when_many_tell_at_once(desk: TestDesk) -> None:
    await asyncio.gather(*(tell(desk, "maria", "tomas") for _ in range(10)))
    for who in ("maria", "tomas"):
        found = await queries.after(desk.people[who].id, 0, 100)
        assert [one.position for one in found] == list(range(1, 11))


WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
HELD = "SELECT id FROM app_user WHERE id = $1 FOR NO KEY UPDATE"


async def test_who_waits_for_one_user_holds_none_with_a_higher_id(postgres_database: str, tmp_path: Path) -> None:
    """All take the lower ids first: that is why no two transactions wait for each other in a circle."""
    async with running_desk(postgres_database, tmp_path) as desk:
        lower, higher = sorted((desk.people["maria"].id, desk.people["tomas"].id))
        somebody, onlooker = [await asyncpg.connect(postgres_database) for _ in range(2)]
        try:
            async with asyncio.timeout(60):
                held = somebody.transaction()
                await held.start()
                await somebody.fetchval(HELD, lower)
                telling = asyncio.create_task(tell(desk, "maria", "tomas"))

                async def waits() -> bool:
                    return bool(await onlooker.fetchval(WAITS))

                await until(waits, what="a wait for the lower one")
                free = await onlooker.fetchval(f"{HELD} NOWAIT", higher)
                await held.rollback()
                await telling
        finally:
            await somebody.close()
            await onlooker.close()
        assert free == higher
        assert [await queries.head(one) for one in (lower, higher)] == [1, 1]


async def test_who_left_is_not_told(desk: TestDesk) -> None:
    await desk.people["tomas"].update_from_dict({"active": False}).save()
    await tell(desk, "tomas")
    assert await queries.head(desk.people["tomas"].id) == 0


async def test_reading_up_to_a_position_leaves_the_newer_ones_unread(desk: TestDesk) -> None:
    for _ in range(3):
        await tell(desk, "maria")
    maria = await desk.browser("maria")
    assert (await maria.put("/api/notifications/read", json={"position": 2})).status_code == 204
    shown = (await maria.get("/api/notifications")).json()
    assert (shown["unread"], shown["head"]) == (1, 3)
    assert [one["read"] for one in shown["items"]] == [False, True, True]


async def test_one_can_be_read_alone_and_the_list_is_paged_and_narrowed_to_the_unread(desk: TestDesk) -> None:
    for _ in range(3):
        await tell(desk, "maria")
    maria = await desk.browser("maria")
    assert (await maria.put("/api/notifications/2/read")).status_code == 204
    assert (await maria.put("/api/notifications/9/read")).status_code == 404
    unread = (await maria.get("/api/notifications", params={"unread": "true"})).json()
    assert ([one["position"] for one in unread["items"]], unread["unread"], unread["head"]) == ([3, 1], 2, 3)
    older = (await maria.get("/api/notifications", params={"before": 3})).json()
    assert [one["position"] for one in older["items"]] == [2, 1]
