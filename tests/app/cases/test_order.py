"""The order of work and the tally of queues: what the database keeps by itself is what the rules say, always."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

from app.cases import counters as tally
from app.cases.models import Case, QueueTally, Status
from app.cases.order import Shelf, Weights, rank
from app.cases.queries import queue_page
from app.database import is_sqlite
from app.people.models import Account
from app.queues.models import Queue
from tests.support.casework import change, open_case
from tests.support.clock import MONDAY_MORNING
from tests.support.desk import TestDesk

NOW = MONDAY_MORNING


async def test_the_rank_in_the_database_is_the_rule(desk: TestDesk) -> None:
    chance = random.Random(7)
    cases = [await open_case(desk, who=chance.choice(("pavel", "liisa"))) for _ in range(8)]
    for _ in range(12):
        weights = Weights(
            priority_minutes=chance.choice((None, 0, 60, 1440)),
            due_weight=chance.choice((0, 1, 3)),
            waiting_weight=chance.choice((0, 1, 2)),
            class_minutes=chance.choice((0, 30)),
            history_minutes=chance.choice((0, 45)),
        )
        await Queue.all().update(**{name: getattr(weights, name) for name in Weights.__slots__})
        await Account.all().update(service_class=chance.choice((0, 2)))
        for case in cases:
            await Case.filter(id=case.id).update(
                priority=chance.randint(1, 4),
                next_due_at=chance.choice((None, NOW + timedelta(minutes=chance.randint(-500, 5000), seconds=0.7))),
                waiting_since=chance.choice((None, NOW - timedelta(minutes=chance.randint(0, 500)))),
                escalated_at=chance.choice((None, None, NOW)),
            )
        await Case.all().update(opened_at=NOW)  # a part of the order of each
        rows = await Case.all().select_related("account")
        let_down = {row.contact_id for row in rows if row.escalated_at is not None}
        for row in rows:
            assert row.work_rank == rank(
                weights,
                priority=row.priority,
                opened_at=row.opened_at,
                next_due_at=row.next_due_at,
                waiting_since=row.waiting_since,
                service_class=row.account.service_class if row.account else 0,
                let_down=row.contact_id in let_down,
            )


async def test_pages_follow_the_order_without_a_gap_or_a_repetition(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(9)]
    for number, case in enumerate(cases):
        await Case.filter(id=case.id).update(priority=1 + number % 4, next_due_at=NOW + timedelta(hours=number % 3))
    wanted = [row.id for row in await Case.all().order_by("-priority", "next_due_at", "id")]
    found: list[int] = []
    after = None
    while True:
        rows, after = await queue_page(cases[0].queue_id, state="all", reader_id=None, after=after, limit=2)
        found += [row.id for row in rows]
        if after is None:
            break
    assert found == wanted


async def counted_by_hand(queue_id: int) -> tuple[Counter[str], int, int]:
    rows = await Case.filter(queue_id=queue_id)
    at_work = [row for row in rows if row.shelf == Shelf.WORK]
    unowned = sum(1 for row in at_work if row.owner_id is None)
    return Counter(row.category for row in at_work), unowned, sum(1 for row in rows if row.shelf == Shelf.SNOOZED)


async def test_the_tally_follows_every_change(desk: TestDesk) -> None:
    chance = random.Random(11)
    other = await Queue.create(name="Second line", created_at=NOW)
    cases = [await open_case(desk) for _ in range(5)]
    statuses = [status.key for status in await Status.all() if status.category != "new"]
    for step in range(40):
        case = chance.choice(cases)
        if step % 4 == 0:
            await Case.filter(id=case.id).update(snoozed_until=chance.choice((None, NOW)))
        elif step % 4 == 1:
            await change(desk, case, queue_id=chance.choice((cases[0].queue_id, other.id)))
        elif step % 4 == 2:
            await change(desk, case, owner_id=chance.choice((None, desk.people["maria"].id)))
        else:
            row = await Case.get(id=case.id)
            wanted = "open" if row.category in ("resolved", "closed") else chance.choice(statuses)
            await change(desk, case, status=wanted)
        if step == 20:
            await tally.fold()
        for queue_id in (cases[0].queue_id, other.id):
            found = (await tally.counters(NOW, queue_id=queue_id)).get(queue_id)
            by_category, unowned, snoozed = await counted_by_hand(queue_id)
            shown = {name: getattr(found, name) if found else 0 for name in ("new", "open", "waiting", "on_hold")}
            assert shown == {name: by_category[name] for name in shown}
            assert ((found.unowned, found.snoozed) if found else (0, 0)) == (unowned, snoozed)


async def test_folding_changes_no_number(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(3)]
    for number in range(tally.FOLD_AT + 10):
        await Case.filter(id=cases[0].id).update(owner_id=desk.people["maria"].id if number % 2 else None)
    before = await tally.counters(NOW)
    removed = await tally.fold()
    assert await tally.counters(NOW) == before
    assert await QueueTally.all().count() <= 10
    assert removed > 0 or is_sqlite()  # SQLite keeps the numbers themselves
