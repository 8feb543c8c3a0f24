"""An open console hears that views, macros and canned replies changed, and what it then asks for is what is there."""

from __future__ import annotations

from typing import Any

import pytest

from app.bridges.live_saved import LiveSaved
from app.people.authentication import COOKIE
from app.views.models import SavedView
from tests.app.bridges.test_live_feed import socket_of
from tests.support.casework import open_case
from tests.support.desk import TestDesk
from tests.support.waiting import until
from tests.support.watching import watching

HIGH = {"all": [{"fact": "priority", "operator": "is", "value": "high"}]}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "view": ("/api/views", {"condition": HIGH}),
    "macro": ("/api/macros", {"actions": [{"do": "priority", "priority": "high"}]}),
    "canned_reply": ("/api/canned-replies", {"texts": {"en": "Hello."}}),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_change_is_told_to_consoles_that_are_open(desk: TestDesk, kind: str) -> None:
    path, body = KINDS[kind]
    tomas, olga = await desk.browser("tomas"), await desk.browser("olga")
    async with socket_of(desk, tomas) as socket:
        await socket.join("saved/all")

        async def names() -> list[str]:
            """As the list is when the frame came; nothing of what was saved is in the frame itself."""
            frames = await socket.until(lambda frame: frame["type"] == "gone")
            assert frames[-1] == {"type": "gone", "topic": "saved/all", "key": kind, "version": 0}
            return [one["name"] for one in (await tomas.get(path)).json()]

        saved = (await olga.post(path, json={"name": "New", "shared": True, **body})).json()
        assert await names() == ["New"]
        await olga.patch(f"{path}/{saved['id']}", json={"name": "Newer"})
        assert await names() == ["Newer"]
        await olga.delete(f"{path}/{saved['id']}")
        assert await names() == []


async def test_what_another_process_saved_is_found_in_the_database(desk: TestDesk) -> None:
    saved, maria = LiveSaved(), await desk.browser("maria")
    assert await saved.unheard() == []
    for kind, (path, body) in KINDS.items():
        row = (await maria.post(path, json={"name": "Mine", **body})).json()
        assert [frame.key for _, frame in await saved.unheard()] == [kind]  # type: ignore[union-attr]
        desk.clock.advance(seconds=1)
        await maria.patch(f"{path}/{row['id']}", json={"name": "Still mine"})
        assert [frame.key for _, frame in await saved.unheard()] == [kind]  # type: ignore[union-attr]
        await maria.delete(f"{path}/{row['id']}")
        assert [frame.key for _, frame in await saved.unheard()] == [kind]  # type: ignore[union-attr]
    assert await saved.unheard() == []


async def test_whoever_looks_through_a_view_that_changes_asks_again(desk: TestDesk) -> None:
    await open_case(desk)
    olga, tomas = await desk.browser("olga"), await desk.browser("tomas")
    view = (await olga.post("/api/views", json={"name": "High", "shared": True, "condition": HIGH})).json()
    topic, path = f"view/{view['id']}", f"/api/views/{view['id']}"
    async with watching(desk.url, f"{COOKIE}={tomas.cookies[COOKIE]}") as watcher:
        await watcher.join(topic)
        await until(lambda: bool(watcher.resyncs), what="the first load")
        await olga.patch(path, json={"condition": {"not": HIGH}})
        await until(lambda: len(watcher.resyncs) > 1, what="a load after the condition changed")
        await olga.patch(path, json={"shared": False})
        await until(lambda: watcher.left == [topic], what="the end of a view that is no longer shared")
    assert await SavedView.filter(shared=True).count() == 0
