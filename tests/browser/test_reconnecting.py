"""The line breaks while people write: screens say so, nothing is sent twice, nothing is missing afterwards."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.demo.people import PASSWORD
from tests.browser.people import Screen, screen
from tests.support.cutting_proxy import CuttingProxy
from tests.support.desk import Browser as Visitor
from tests.support.desk_process import DeskProcess
from tests.support.ports import free_ports
from tests.support.visiting import say, visitor
from tests.support.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Browser

MARIA, PAVEL = "maria@desk.example", "pavel@northwind.example"
WAITING = "Not sent yet: will go out as soon as there is a connection"
BACK = 60_000  # milliseconds; screens try again after half a minute at the latest


def demo_desk(folder: Path) -> DeskProcess:
    smtp, imap = map(str, free_ports(2))
    database_url = f"sqlite://{folder / 'desk.sqlite3'}"
    return DeskProcess(folder, database_url=database_url, demo_smtp_port=smtp, demo_imap_port=imap)


async def new_case(pavel: Visitor) -> int:
    answer = await pavel.post("/api/portal/cases", json={"subject": "The oven stays cold", "text": "Help!"})
    answer.raise_for_status()
    return int(answer.json()["id"])


async def write_in_portal(pavel: Screen, text: str) -> None:
    await pavel.reply_field().fill(text)
    await pavel.page.keyboard.press("Control+Enter")


async def write_in_console(maria: Screen, text: str) -> None:
    await maria.page.get_by_role("textbox", name="Reply", exact=True).fill(text)
    await maria.page.keyboard.press("Control+Enter")


async def messages(visitor: Visitor, case_id: int) -> list[dict[str, Any]]:
    items = (await visitor.get(f"/api/cases/{case_id}/entries")).json()["items"]
    assert [one["position"] for one in items] == list(range(1, len(items) + 1))
    return [one for one in items if one["kind"] == "message"]


async def is_stored(visitor: Visitor, case_id: int, text: str) -> bool:
    return any(one["text"] == text for one in await messages(visitor, case_id))


async def shown(who: Screen) -> list[str]:
    """The texts of the messages in the open feed, in order, without the first."""
    articles = who.page.get_by_role("log").get_by_role("article")
    texts = await articles.all_inner_texts()
    return [found[0] for text in texts if (found := re.search(r"(?:Pavel|Maria) \d(?: \w+)*", text))]


async def test_what_was_written_without_a_line_is_sent_once(browser: Browser, tmp_path: Path) -> None:
    """First the agent's network goes away, then the server is killed while both sides write."""
    from playwright.async_api import expect

    desk = demo_desk(tmp_path)
    await asyncio.to_thread(desk.start, "--demo")
    try:
        async with (
            visitor(desk.url, "maria", email=MARIA, password=PASSWORD) as agent,
            visitor(desk.url, "pavel", email=PAVEL, password=PASSWORD) as customer,
            CuttingProxy(desk.port) as line,
            screen(browser, f"http://127.0.0.1:{line.port}", agent) as maria,
            screen(browser, desk.url, customer) as pavel,
        ):
            await customer.patch("/api/me", json={"language": "en"})
            case_id = await new_case(customer)
            await maria.open(f"/console/case/{case_id}")
            await pavel.open(f"/cases/{case_id}")
            await write_in_console(maria, "Maria 1 before")
            await expect(pavel.message("Maria 1 before")).to_be_visible()

            # Both are needed for a tunnel: the browser's own switch leaves open sockets alone.
            line.block()
            await maria.context.set_offline(True)
            await write_in_console(maria, "Maria 2 in the tunnel")
            await expect(maria.page.get_by_text(WAITING)).to_be_visible()
            await expect(maria.page.get_by_text("No connection").first).to_be_visible()
            await say(customer, case_id, "Pavel 1 meanwhile", portal=True)
            await expect(pavel.message("Pavel 1 meanwhile")).to_be_visible()
            assert "Pavel 1 meanwhile" not in await shown(maria)
            line.unblock()
            await maria.context.set_offline(False)
            await expect(maria.message("Pavel 1 meanwhile")).to_be_visible()
            # What the customer wrote meanwhile is shown first, and the answer goes out when she has seen it.
            anyway = maria.page.get_by_role("button", name="Send anyway")
            await anyway.click()
            await expect(pavel.message("Maria 2 in the tunnel")).to_be_visible()
            await expect(maria.page.get_by_text("No connection")).to_have_count(0)

            await asyncio.to_thread(desk.kill)
            await write_in_portal(pavel, "Pavel 2 into the dark")
            await write_in_console(maria, "Maria 3 into the dark")
            for who in (maria, pavel):
                await expect(who.page.get_by_text("No connection").first).to_be_visible()
                await expect(who.page.get_by_text(WAITING)).to_be_visible()
            # Whoever finds the desk first is read first: here it is Pavel, so that it is Maria who is asked.
            line.block()
            await asyncio.to_thread(desk.start, "--demo")
            await until(lambda: is_stored(agent, case_id, "Pavel 2 into the dark"), seconds=BACK / 1000)
            line.unblock()
            await expect(maria.message("Pavel 2 into the dark")).to_be_visible(timeout=BACK)
            await anyway.click(timeout=BACK)
            await expect(pavel.message("Maria 3 into the dark")).to_be_visible(timeout=BACK)
            await expect(maria.message("Maria 3 into the dark")).to_be_visible()

            stored = await messages(agent, case_id)
            counted = Counter(one["text"] for one in stored)
            assert set(counted.values()) == {1}
            texts = [one["text"] for one in stored]
            assert len(texts) == 5
            assert await shown(maria) == await shown(pavel) == texts
            assert await maria.never_reloaded()
            assert await pavel.never_reloaded()
    finally:
        desk.stop()
