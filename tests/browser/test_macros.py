"""Canned replies and macros by keyboard alone: / in the reply box, m on a case and for chosen rows, and writing one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.cases.models import Case, Entry
from app.queues.models import Queue
from tests.browser.people import screen
from tests.support.casework import open_case
from tests.support.clock import RunningClock
from tests.support.desk import running_desk

if TYPE_CHECKING:
    from playwright.async_api import Browser

PART = {"en": "Dear {{contact.name}}, a part is on its way."}
ORDER = [{"do": "reply", "texts": PART}, {"do": "add_tags", "tags": ["part"]}, {"do": "status", "status": "on_hold"}]


async def test_replies_and_macros_are_used_by_keyboard(database: str, browser: Browser, tmp_path: Path) -> None:
    from playwright.async_api import expect

    async with running_desk(database, tmp_path, clock=RunningClock()) as desk:
        first, second = await open_case(desk), await open_case(desk, subject="A crack in the door")
        olga = await desk.browser("olga")
        kept = [
            await olga.post(
                "/api/canned-replies",
                json={"name": "Log wanted", "shortcut": "log", "texts": {"en": "{{contact.name}}, the log please."},
                      "shared": True},
            ),
            await olga.post(
                "/api/canned-replies", json={"name": "Good bye", "texts": {"en": "Good bye."}, "shared": True}
            ),
            await olga.post("/api/macros", json={"name": "Order a part", "actions": ORDER, "shared": True}),
        ]  # fmt: skip
        assert [answer.status_code for answer in kept] == [201, 201, 201]
        async with screen(browser, desk.url, await desk.browser("maria")) as maria:
            page = maria.page

            # / lists the replies; letters narrow them, Enter puts the chosen one into the text, filled in.
            await maria.open(f"/console/case/{first.id}")
            await expect(maria.message("It does not heat.")).to_be_visible()
            await maria.choose("r")
            await page.keyboard.type("Hello! /")
            await expect(page.get_by_role("option")).to_have_count(2)
            await page.keyboard.type("log")
            await expect(page.get_by_role("option")).to_have_count(1)
            await expect(page.get_by_text("Pavel Orlov, the log please.")).to_be_visible()
            await page.keyboard.press("Enter")
            await expect(maria.reply_field()).to_have_value("Hello! Pavel Orlov, the log please.")
            await page.keyboard.press("Control+Enter")
            await expect(maria.message("Hello! Pavel Orlov, the log please.")).to_be_visible()

            # m shows the macros with what they would say here; Enter does all of it.
            await page.keyboard.press("Escape")
            await page.keyboard.press("m")
            await expect(page.get_by_text("Dear Pavel Orlov, a part is on its way.")).to_be_visible()
            await page.keyboard.type("part")
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("Done: Order a part", exact=True)).to_be_visible()
            await expect(maria.message("Dear Pavel Orlov, a part is on its way.")).to_be_visible()
            row = await Case.get(id=first.id).select_related("status")
            assert (row.status.key, row.tags) == ("on_hold", ["part"])

            # In a queue it is for the chosen row, after a look at what would happen.
            queue = await Queue.get(name="Support")
            await maria.open(f"/console/queue/{queue.id}")
            line = page.locator(f'[data-case="{second.id}"]')
            await expect(line).to_be_visible()
            await line.focus()
            await page.keyboard.press("x")
            await page.keyboard.press("m")
            await expect(page.get_by_role("option", name="Order a part")).to_be_visible()
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("button", name="Change 1 case")).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("listitem").filter(has=line)).to_contain_text("On hold")
            assert (
                await Entry.get(case_id=second.id, kind="message")
            ).text == "Dear Pavel Orlov, a part is on its way."

            # Maria writes down one of her own.
            await maria.open("/console/replies")
            await page.get_by_role("button", name="New canned reply").press("Enter")
            await page.get_by_label("Name", exact=True).press_sequentially("Greeting")
            await page.get_by_label("Text, English").press_sequentially("Hello {{contact.name}}")
            await expect(page.get_by_text("Hello Aino Virtanen")).to_be_visible()
            await page.get_by_role("button", name="Save").press("Enter")
            await expect(page.get_by_role("button", name="Greeting")).to_be_visible()
            assert maria.complaints == []
