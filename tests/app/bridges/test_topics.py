"""What the description of the live feed says of topics is what is sent under them."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from typing import Any

import msgspec
from websockets.asyncio.client import connect

from app.bridges.live_access import LiveAccess
from app.bridges.topics import TOPICS
from app.cases.models import Case
from tests.support.casework import change, note, open_case, reply
from tests.support.desk import TestDesk
from tests.support.visiting import cookie_of
from tests.support.waiting import until

Frame = dict[str, Any]
KINDS = {one.topic.partition("/")[0]: one for one in TOPICS}
CONDITION = {"fact": "priority", "operator": "is_not", "value": "low"}
FIELD = {"entry": "entry", "row": "row"}


def test_every_topic_that_may_be_joined_is_described() -> None:
    assert set(re.findall(r'case "(\w+)"', inspect.getsource(LiveAccess))) == set(KINDS)


def test_what_loads_a_topic_is_a_route_of_the_desk(desk: TestDesk) -> None:
    routes = {re.sub(r"\{\w+\}", "{id}", route.path_format) for route in desk.app.routes}
    for one in TOPICS:
        path = one.load.removeprefix("GET ").partition("?")[0]
        several = re.fullmatch(r"(.+/)\{(.+, .+)\}", path)
        assert routes >= ({several[1] + last for last in several[2].split(", ")} if several else {path}), one.load


async def test_entries_and_rows_are_what_is_said_of_their_topics(desk: TestDesk) -> None:
    case = await open_case(desk)
    maria, pavel = await desk.browser("maria"), await desk.browser("pavel")
    made = await maria.post("/api/views", json={"name": "All", "condition": CONDITION, "shared": False})
    queue, view = f"queue/{case.queue_id}", f"view/{made.json()['id']}"
    frames: list[Frame] = []

    async def listen(browser: Any, *topics: str) -> None:
        url = desk.url.replace("http", "ws", 1) + "/live"
        async with connect(url, additional_headers={"Cookie": cookie_of(browser)}) as socket:
            for topic in topics:
                await socket.send(json.dumps({"type": "join", "topic": topic, "since": 0}))
            while True:
                frames.append(json.loads(await socket.recv()))

    staff = (f"case/{case.id}", "person/me", queue, view, "queues/all", "saved/all", "reads/me")
    customers = (f"case/{case.id}", "person/me", "cases/mine", "cases/company", "reads/me")
    readers = [asyncio.create_task(listen(maria, *staff)), asyncio.create_task(listen(pavel, *customers))]
    try:
        joins = len(staff) + len(customers)
        await until(lambda: sum(frame["type"] in ("joined", "refused") for frame in frames) == joins)
        await note(desk, case, "tomas")
        await change(desk, case, "olga", owner_id=desk.people["maria"].id, tags=["oven"])
        await reply(desk, case, "maria")
        await reply(desk, case, "pavel", "Thank you.")
        head = (await Case.get(id=case.id)).last_position
        for browser, path in ((maria, "/api/cases"), (pavel, "/api/portal/cases")):
            answer = await browser.put(f"{path}/{case.id}/read", json={"position": 2})
            answer.raise_for_status()
        held = {one for kind in TOPICS for one in [kind.topic.partition("/")[0]] if kind.holds}
        await until(
            lambda: (
                {frame["topic"].partition("/")[0] for frame in frames if frame["type"] in FIELD} == held
                and any(frame["type"] == "entry" and frame["position"] == head for frame in frames)
            ),
            what=f"something of each of {sorted(held)}",
        )
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    for frame in frames:
        if frame["type"] in FIELD:
            kind, content = KINDS[frame["topic"].partition("/")[0]], frame[FIELD[frame["type"]]]
            assert frame["type"] == ("entry" if kind.kind == "log" else "row"), frame
            (described,) = kind.holds
            assert set(content) <= set(described.__struct_fields__), frame
            msgspec.convert(content, described)
