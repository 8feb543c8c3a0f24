"""Reports: what they count, what stands behind a number, and that the feeds alone lead to the same."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

from app.bridges.reports import catch_up, rebuild
from app.cases import actions, moving
from app.cases.models import Case
from app.people.rights import SYSTEM
from app.queues.models import Queue
from app.reports.models import Judgement, Milestone
from tests.support.casework import actor, change, open_case, reply
from tests.support.desk import TestDesk
from tests.support.promises import fire, give_teams

MARCH = {"first": "2026-03-01", "last": "2026-03-31", "zone": "Europe/Helsinki"}
"""The clock of the tests begins on Monday 2 March 2026 at 9:00 UTC, where a first answer is promised in four hours."""


async def report(desk: TestDesk, **query: Any) -> dict[str, Any]:
    answer = await (await desk.browser("olga")).get("/api/reports", params={**MARCH, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def row(told: dict[str, Any], label: str) -> dict[str, Any]:
    return next(line for line in told["rows"] if line["label"] == label)


async def behind(desk: TestDesk, **query: Any) -> set[int]:
    answer = await (await desk.browser("olga")).get("/api/reports/cases", params={**MARCH, **query})
    assert answer.status_code == 200, answer.text
    return {case["id"] for case in answer.json()["items"]}


async def a_month(desk: TestDesk) -> tuple[Case, Case, Case]:
    """One case answered in time, resolved and reopened; one that waits too long and is escalated; one that is spam."""
    await give_teams()
    good, late, spam = [await open_case(desk, who) for who in ("pavel", "liisa", "liisa")]
    async with desk.desk.unit_of_work() as work:
        await actions.mark_spam(work, by=actor(desk.people["maria"]), case_id=spam.id, spam=True)
    desk.clock.advance(hours=1)
    await reply(desk, good, "maria")
    desk.clock.advance(hours=4)
    await fire(desk)
    await reply(desk, late, "tomas")
    await change(desk, good, status="resolved")
    desk.clock.advance(days=8)
    await reply(desk, good, "pavel", text="It is cold again.")
    return good, late, spam


async def test_a_report_counts_what_happened_by_queue(desk: TestDesk) -> None:
    good, late, _ = await a_month(desk)
    told = await report(desk)
    support, urgent = row(told, "Support"), row(told, "Urgent")
    assert (support["opened"], support["resolved"], support["reopened"]) == (3, 1, 1)
    assert (support["kept"], support["broken"]) == (1, 1), "late it became in Support; a solution undone counts no more"
    assert (support["answer_median"], support["resolution_median"]) == (3600, 5 * 3600)
    assert (urgent["answered"], urgent["answer_p90"]) == (1, 5 * 3600)
    assert (support["backlog"], urgent["backlog"]) == (1, 1)
    assert (told["total"]["opened"], told["total"]["backlog"]) == (3, 2), "spam is no work, and was not resolved"
    assert told["before"]["opened"] == 0
    assert await behind(desk, cell="broken", by="queue", key=support["key"]) == {late.id}
    assert await behind(desk, cell="reopened") == {good.id}
    assert await behind(desk, cell="backlog", by="queue", key=urgent["key"]) == {late.id}


async def test_a_report_counts_by_owner_account_week_and_day(desk: TestDesk) -> None:
    good, late, _ = await a_month(desk)
    by_owner = await report(desk, by="owner")
    assert row(by_owner, "Maria Keller")["answered"] == row(by_owner, "Tomas Lind")["answered"] == 1
    nobody = next(line for line in by_owner["rows"] if line["key"] == "none")
    assert nobody["broken"] == 1
    assert await behind(desk, cell="broken", by="owner", key="none") == {late.id}
    assert row(await report(desk, by="account"), "Northwind Bakery")["opened"] == 1
    weeks = {line["key"]: line for line in (await report(desk, by="week"))["rows"]}
    assert (weeks["2026-03-02"]["opened"], weeks["2026-03-09"]["reopened"]) == (3, 1)
    assert (weeks["2026-03-02"]["backlog"], weeks["2026-03-09"]["backlog"]) == (1, 2)
    assert await behind(desk, cell="reopened", by="week", key="2026-03-09") == {good.id}
    assert await behind(desk, cell="reopened", by="week", key="2026-03-02") == set()
    curve = {line["key"]: line["backlog"] for line in (await report(desk))["curve"]}
    assert [curve[f"2026-03-{day:02}"] for day in (1, 2, 9, 10, 31)] == [0, 1, 1, 2, 2]


async def test_a_case_that_moves_is_in_the_backlog_of_one_queue_at_a_time(desk: TestDesk) -> None:
    case, urgent = await open_case(desk), await Queue.get(name="Urgent")
    desk.clock.advance(days=2)
    await change(desk, case, queue_id=urgent.id)
    curves = {
        queue: {line["key"]: line["backlog"] for line in (await report(desk, queue_id=queue))["curve"]}
        for queue in (case.queue_id, urgent.id)
    }
    days = ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04")
    assert [curves[case.queue_id][day] for day in days] == [0, 1, 1, 0]
    assert [curves[urgent.id][day] for day in days] == [0, 0, 0, 1]


async def test_what_was_left_at_the_end_of_a_past_period_is_counted_and_listed_as_it_was_then(desk: TestDesk) -> None:
    moved, done, urgent = await open_case(desk), await open_case(desk, "liisa"), await Queue.get(name="Urgent")
    desk.clock.advance(days=2)
    await change(desk, moved, queue_id=urgent.id)
    await change(desk, done, status="resolved")
    late = await open_case(desk, "liisa")
    then, support = {"last": "2026-03-02"}, str(moved.queue_id)
    told = await report(desk, **then)
    assert {line["label"]: line["backlog"] for line in told["rows"]} == {"Support": 2, "Urgent": 0}
    assert told["total"]["backlog"] == 2, "the lines add up to the whole"
    assert await behind(desk, cell="backlog", by="queue", key=support, **then) == {moved.id, done.id}
    assert await behind(desk, cell="backlog", by="queue", key=str(urgent.id), **then) == set()
    assert await behind(desk, cell="backlog", **then) == {moved.id, done.id}
    assert await behind(desk, cell="backlog", by="day", key="2026-03-02") == {moved.id, done.id}
    assert await behind(desk, cell="backlog", by="day", key="2026-03-04") == {moved.id, late.id}
    accounts = (await report(desk, by="account", **then))["rows"]
    assert {line["label"]: line["backlog"] for line in accounts} == {"Northwind Bakery": 1, "Harbour Tours": 1}
    assert await behind(desk, cell="backlog", by="account", key=str(late.account_id), **then) == {done.id}
    assert await behind(desk, cell="backlog", by="owner", key="none", **then) == {moved.id, late.id}, "as of now"


async def test_a_message_that_did_not_belong_here_reopened_and_resolved_nothing(desk: TestDesk) -> None:
    case = await open_case(desk)
    await change(desk, case, status="resolved")
    desk.clock.advance(days=1)
    strayed = await reply(desk, case, "pavel", text="About another oven.")
    async with desk.desk.unit_of_work() as work:
        await moving.split_off(work, by=actor(desk.people["maria"]), case_id=case.id, position=strayed.position)
    told = await report(desk)
    assert (told["total"]["resolved"], told["total"]["reopened"], told["total"]["backlog"]) == (1, 0, 1)
    as_it_happened = await Milestone.filter(case_id=case.id).order_by("position", "kind").values("position", "kind")
    assert [one["kind"] for one in as_it_happened] == ["opened", "resolved", "restored", "dropped"]
    await rebuild(desk.desk, case.id)
    anew = await Milestone.filter(case_id=case.id).order_by("position", "kind").values("position", "kind")
    assert anew == as_it_happened


async def test_a_case_whose_only_message_is_moved_away_was_not_resolved(desk: TestDesk) -> None:
    empty, other = await open_case(desk), await open_case(desk)
    async with desk.desk.unit_of_work() as work:
        by = actor(desk.people["maria"])
        await moving.move_to(work, by=by, case_id=empty.id, position=1, to_case_id=other.id)
    told = (await report(desk))["total"]
    assert (told["opened"], told["resolved"], told["backlog"]) == (2, 0, 1)


async def test_a_promise_kept_and_owed_again_is_judged_once(desk: TestDesk) -> None:
    case = await open_case(desk)
    desk.clock.advance(hours=1)
    await reply(desk, case, "maria", status="resolved")
    assert await Judgement.filter(case_id=case.id, kind="resolution", kept=True).count() == 1
    await reply(desk, case, "pavel", text="No.")
    assert await Judgement.filter(case_id=case.id, kind="resolution").count() == 0
    desk.clock.advance(days=20)
    await fire(desk)
    await change(desk, case, status="resolved")
    assert [row.kept for row in await Judgement.filter(case_id=case.id, kind="resolution")] == [False]


async def known(case_id: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    turns = await Milestone.filter(case_id=case_id).order_by("position", "kind")
    verdicts = await Judgement.filter(case_id=case_id).order_by("started_at", "kind")
    return (
        [(t.position, t.kind, t.at, t.seconds, t.queue_id, t.owner_id, t.account_id) for t in turns],
        [(v.kind, v.started_at, v.at, v.kept, v.queue_id, v.owner_id, v.account_id) for v in verdicts],
    )


async def test_the_feeds_alone_lead_to_the_same_reports(desk: TestDesk) -> None:
    await give_teams()
    queues = [queue.id for queue in await Queue.filter(name__in=("Support", "Urgent"))]
    chance = random.Random(20260302)
    cases = [await open_case(desk, who) for who in ("pavel", "liisa", "aino")]
    for _ in range(60):
        desk.clock.advance(minutes=chance.choice((1, 20, 90, 600)))
        await fire(desk)
        case = chance.choice(cases)
        match chance.randrange(6):
            case 0:
                await reply(desk, case, chance.choice(("maria", "tomas")))
            case 1:
                await reply(desk, case, "pavel" if case is cases[0] else "liisa" if case is cases[1] else "aino")
            case 2:
                await change(desk, case, queue_id=chance.choice(queues))
            case 3:
                await change(desk, case, owner_id=chance.choice((None, desk.people["maria"].id)))
            case 4:
                await change(desk, case, status="resolved")
            case 5:
                await change(desk, case, status="open")
    for case in cases:
        lived = await known(case.id)
        await rebuild(desk.desk, case.id)
        assert await known(case.id) == lived


async def test_cases_from_before_the_reports_are_brought_in_once(desk: TestDesk) -> None:
    case, _ = await open_case(desk), await open_case(desk, "liisa")
    lived = await known(case.id)
    await Milestone.all().delete()
    assert await catch_up(desk.desk) == 2
    assert await known(case.id) == lived
    assert await catch_up(desk.desk) == 0


async def test_a_report_leaves_as_csv_and_as_workbook(desk: TestDesk) -> None:
    good, _, _ = await a_month(desk)
    account = good.account_id
    olga = await desk.browser("olga")
    renamed = await olga.patch(f"/api/accounts/{account}", json={"name": "=HYPERLINK(1)"})
    assert renamed.status_code == 200, renamed.text
    file = await olga.get("/api/reports/file", params={**MARCH, "by": "account", "format": "csv"})
    assert file.headers["content-disposition"] == 'attachment; filename="casefeed-account-2026-03-01-2026-03-31.csv"'
    table = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    names = {line["Name"]: line for line in table}
    assert names["'=HYPERLINK(1)"]["Opened"] == "1", "a name from outside never becomes a formula"
    assert names["'=HYPERLINK(1)"]["First answer, median (h)"] == "1.0"
    book = await olga.get("/api/reports/file", params={**MARCH, "by": "account", "format": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()
        assert "=HYPERLINK(1)" in parts.read("xl/sharedStrings.xml").decode()


async def test_the_wallboard_shows_queues_people_and_the_day(desk: TestDesk) -> None:
    await a_month(desk)
    maria = await desk.browser("maria")
    board = (await maria.get("/api/wallboard", params={"zone": "Europe/Helsinki"})).json()
    queues = {queue["name"]: queue for queue in board["queues"]}
    assert "Spam" not in queues
    assert (queues["Support"]["active"], queues["Support"]["waiting"]) == (1, 1)
    assert datetime.fromisoformat(queues["Support"]["oldest"]) == desk.clock().astimezone(UTC)
    assert queues["Urgent"]["overdue"] == 1
    assert [person["name"] for person in board["people"]] == ["Maria Keller"]
    assert board["people"][0]["open"] == 1
    assert board["opened_today"] == 0
    again = await maria.get("/api/wallboard", params={"zone": "Mars/Olympus"})
    assert (again.status_code, again.json()["field"]) == (422, "zone")


async def test_bad_questions_are_told_where(desk: TestDesk) -> None:
    olga = await desk.browser("olga")
    for query, field in (
        ({"last": "2026-02-01"}, "last"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"cell": "opened", "key": "x"}, "key"),
        ({"cell": "opened", "by": "week", "key": "2026-03-03"}, "key"),
    ):
        path = "/api/reports/cases" if "cell" in query else "/api/reports"
        answer = await olga.get(path, params={**MARCH, **query})
        assert (answer.status_code, answer.json()["field"]) == (422, field), query


async def test_a_case_opened_by_staff_is_answered_by_its_first_reply_only(desk: TestDesk) -> None:
    case = await open_case(desk)
    desk.clock.advance(minutes=10)
    for _ in range(3):
        await reply(desk, case, "maria")
    async with desk.desk.unit_of_work() as work:
        await actions.escalate(work, by=SYSTEM, case_id=case.id, reason="Late.")
    assert await Milestone.filter(case_id=case.id, kind="answered").count() == 1
    answered = await Milestone.get(case_id=case.id, kind="answered")
    assert timedelta(seconds=answered.seconds) == timedelta(minutes=10)
