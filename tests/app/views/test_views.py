"""Views: whose they are, what they show and count, and that they change on the screen while one looks."""

from __future__ import annotations

from typing import Any

from app.people.authentication import COOKIE
from tests.support.casework import change, open_case, reply
from tests.support.desk import Browser, TestDesk
from tests.support.waiting import until
from tests.support.watching import watching

HIGH = {"all": [{"fact": "priority", "operator": "is", "value": "high"}]}


async def save(browser: Browser, condition: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = await browser.post("/api/views", json={"name": "A view", "condition": condition, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def shown(browser: Browser, view: dict[str, Any], **query: Any) -> list[int]:
    answer = await browser.get(f"/api/views/{view['id']}/cases", params=query)
    assert answer.status_code == 200, answer.text
    return [case["id"] for case in answer.json()["items"]]


async def test_a_view_shows_what_its_condition_holds_for_and_counts_it(desk: TestDesk) -> None:
    usual, high, done = [await open_case(desk) for _ in range(3)]
    for case in (high, done):
        await change(desk, case, priority="high")
    await change(desk, done, status="closed")
    maria = await desk.browser("maria")
    view = await save(maria, HIGH)
    assert (view["count"], await shown(maria, view)) == (1, [high.id]), "done cases only where one asks for them"
    closed = await save(maria, {"all": [{"fact": "category", "operator": "is", "value": "closed"}]})
    assert await shown(maria, closed) == [done.id]
    preview = await maria.post("/api/views/preview", json={"condition": {"not": HIGH}})
    assert preview.json() == {"count": 1}
    assert await shown(maria, await save(maria, {"not": HIGH})) == [usual.id]
    listed = (await maria.get("/api/views")).json()
    assert [one["count"] for one in listed] == [1, 1, 1]


async def test_a_view_is_paged_in_the_order_of_work(desk: TestDesk) -> None:
    cases = [await open_case(desk) for _ in range(5)]
    await change(desk, cases[3], priority="urgent")
    maria = await desk.browser("maria")
    view = await save(maria, {"all": []})
    first = (await maria.get(f"/api/views/{view['id']}/cases", params={"limit": 3})).json()
    rest = await shown(maria, view, limit=3, cursor=first["next_cursor"])
    ids = [case["id"] for case in first["items"]] + rest
    assert ids == [cases[3].id, *(case.id for case in cases if case is not cases[3])]


async def test_a_view_is_ones_own_until_it_is_shared(desk: TestDesk) -> None:
    maria, tomas, olga = [await desk.browser(who) for who in ("maria", "tomas", "olga")]
    view = await save(maria, HIGH)
    path = f"/api/views/{view['id']}"
    assert (await tomas.get(f"{path}/cases")).status_code == 404
    assert (await maria.patch(path, json={"shared": True})).json()["shared"] is True
    assert [(one["id"], one["mine"]) for one in (await tomas.get("/api/views")).json()] == [(view["id"], False)]
    assert (await tomas.patch(path, json={"name": "Mine now"})).status_code == 403
    assert (await olga.patch(path, json={"name": "For all"})).json()["name"] == "For all"
    assert (await tomas.delete(path)).status_code == 403
    assert (await maria.delete(path)).status_code == 204
    assert (await maria.get(f"{path}/cases")).status_code == 404


async def test_a_condition_that_makes_no_sense_is_told_where(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    for condition in (
        {"all": [{"fact": "weather", "operator": "is", "value": "cold"}]},
        {"all": [{"fact": "priority", "operator": "contains", "value": "high"}]},
        {"some": []},
    ):
        answer = await maria.post("/api/views", json={"name": "Odd", "condition": condition})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
        assert answer.json()["field"].startswith("condition")


async def test_cases_come_and_go_on_a_view_that_is_open(desk: TestDesk) -> None:
    case = await open_case(desk)
    maria = await desk.browser("maria")
    view = await save(maria, HIGH)
    topic = f"view/{view['id']}"
    cookie = f"{COOKIE}={maria.cookies[COOKIE]}"
    async with watching(desk.url, cookie) as watcher:
        await watcher.join(topic)
        await change(desk, case, priority="high")
        await until(lambda: str(case.id) in watcher.rows[topic], what="the case in the view")
        await reply(desk, case, "pavel", text="Please hurry.")
        await until(lambda: watcher.rows[topic][str(case.id)]["preview"] == "Please hurry.", what="its new words")
        await change(desk, case, priority="low")
        await until(lambda: str(case.id) not in watcher.rows[topic], what="the case gone from the view")
