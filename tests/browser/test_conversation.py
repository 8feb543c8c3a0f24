"""A customer and an agent talk in two browsers: the case appears, is opened by keyboard, and nobody reloads a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.people.models import User
from app.queues.models import Queue
from tests.browser.people import screen
from tests.support.clock import RunningClock
from tests.support.desk import running_desk
from tests.support.people import CAST

if TYPE_CHECKING:
    from playwright.async_api import Browser


async def test_a_customer_and_an_agent_chat(database: str, browser: Browser, tmp_path: Path) -> None:
    from playwright.async_api import expect

    async with running_desk(database, tmp_path, clock=RunningClock()) as desk:
        await User.filter(email=CAST["pavel"].email).update(language="en")
        queue = await Queue.get(name="Support")
        async with screen(browser, desk.url) as maria, screen(browser, desk.url) as pavel:
            # Maria signs in and is led to her queue, where nothing is to be done.
            await maria.open("/console")
            await maria.sign_in(CAST["maria"].email)
            await maria.page.get_by_role("link", name="Support").first.click()
            await maria.page.wait_for_url(f"**/console/queue/{queue.id}")
            await expect(maria.page.get_by_text("All done here")).to_be_visible()

            # Pavel signs in at the portal and writes.
            await pavel.open("/sign-in")
            await pavel.sign_in(CAST["pavel"].email)
            await pavel.page.wait_for_url("**/cases")
            await pavel.page.get_by_role("link", name="New request").first.click()
            await pavel.page.get_by_label("What is it about?").fill("The oven stays cold")
            await pavel.page.get_by_label("What happened?").fill("It does not heat since Monday.")
            await pavel.page.keyboard.press("Control+Enter")
            await pavel.page.wait_for_url("**/cases/*")
            case_id = int(pavel.page.url.rpartition("/")[2])
            await expect(pavel.message("It does not heat since Monday.")).to_be_visible()

            # The row appears in the open queue; the keyboard opens it.
            row = maria.page.locator(f'[data-case="{case_id}"]')
            await expect(row).to_be_visible()
            await expect(row).to_contain_text("The oven stays cold")
            await maria.page.keyboard.press("j")
            await expect(row).to_be_focused()
            await maria.page.keyboard.press("Enter")
            await maria.page.wait_for_url(f"**/console/case/{case_id}")
            await expect(maria.message("It does not heat since Monday.")).to_be_visible()

            # r leads to the reply; the customer sees that somebody writes, and then what.
            await maria.choose("r")
            await maria.page.keyboard.type("Which oven is it?")
            await expect(pavel.page.get_by_text("Maria Keller is writing…")).to_be_visible()
            await maria.page.keyboard.press("Control+Enter")
            await expect(maria.message("Which oven is it?")).to_be_visible()
            await expect(pavel.message("Which oven is it?")).to_be_visible()
            await expect(pavel.page.get_by_text("Maria Keller is writing…")).to_have_count(0)

            # And the other way round.
            await pavel.reply_field().press_sequentially("The big one.")
            await expect(maria.page.get_by_text("Pavel Orlov is writing…")).to_be_visible()
            await pavel.page.keyboard.press("Control+Enter")
            await expect(maria.message("The big one.")).to_be_visible()
            await expect(maria.page.get_by_text("Pavel Orlov is writing…")).to_have_count(0)
            await expect(pavel.message("Which oven is it?")).to_have_count(1)
            await expect(pavel.message("The big one.")).to_contain_text("Seen")

            # A note stays between colleagues.
            await maria.page.keyboard.press("Escape")
            await maria.choose("n")
            await maria.page.keyboard.type("He is angry.")
            await maria.page.keyboard.press("Control+Enter")
            await expect(maria.message("He is angry.")).to_be_visible()
            await maria.page.keyboard.press("Escape")
            await maria.choose("r")
            await maria.page.keyboard.type("We send somebody.")
            await maria.page.keyboard.press("Control+Enter")
            await expect(pavel.message("We send somebody.")).to_be_visible()
            assert "He is angry." not in await pavel.page.content()

            for who in (maria, pavel):
                assert await who.never_reloaded()
                assert who.complaints == []
