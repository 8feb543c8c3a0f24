"""A person at a screen: one browser context, one page, and a record of everything the page complained about."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.people.authentication import COOKIE
from tests.support.desk import Browser as Visitor
from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response

PATIENCE = 15_000  # milliseconds; two cores build, serve and draw everything at once
MARK = "window.openedOnce"
# A text key that has no text is shown as the key itself.
BARE_KEY = re.compile(r"\b(?:console|portal|shared|demo|admin|reports)\.[a-z_]+(?:\.[a-z0-9_]+)+\b")

VISIBLE_WORDS = """() => {
  const named = [...document.querySelectorAll('[aria-label],[title],[placeholder]')]
  const names = named.flatMap((one) => ['aria-label', 'title', 'placeholder'].map((name) => one.getAttribute(name)))
  return [document.title, document.body.innerText, ...names.filter(Boolean)].join(' ')
}"""


class Screen:
    """One page, with what a developer would see in its console."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("response", self._answered)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def _said(self, message: ConsoleMessage) -> None:
        # Refused answers are judged by their status below; the console only repeats them without it.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"{message.type}: {message.text}")

    def _answered(self, response: Response) -> None:
        # How a page learns that nobody signed in, and that a link is spent.
        asks_who = response.status == 401 and response.url.endswith("/api/me")
        asks_link = response.status == 410 and response.url.endswith("/api/links/none")
        if response.status >= 400 and not (asks_who or asks_link):
            self.complaints.append(f"{response.status}: {response.request.method} {response.url}")

    async def open(self, path: str) -> None:
        await self.page.goto(self.url + path)
        await self.page.evaluate(f"() => {{ {MARK} = true }}")

    async def look_at(self, path: str) -> None:
        """Open a path and wait until it shows what it has."""
        await self.page.goto(self.url + path)
        await self.page.locator("h1, h2, form").first.wait_for(state="attached")
        await self.page.wait_for_load_state("networkidle")

    async def never_reloaded(self) -> bool:
        """Whether this is still the document that `open` has loaded."""
        return bool(await self.page.evaluate(f"() => {MARK} === true"))

    async def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """By keyboard alone, on a sign-in page that is open."""
        await self.page.get_by_label("E-mail address").focus()
        await self.page.keyboard.type(email)
        await self.page.get_by_role("textbox", name="Password").focus()
        await self.page.keyboard.type(password)
        await self.page.keyboard.press("Enter")

    def message(self, text: str) -> Locator:
        """A stored message of the feed with this text (one that is still on its way is no article of the console)."""
        return self.page.get_by_role("log").get_by_role("article").filter(has_text=text)

    async def choose(self, key: str) -> None:
        """Lead the console's keyboard to the reply ("r") or the note ("n")."""
        from playwright.async_api import expect

        await self.page.keyboard.press(key)
        field = self.page.get_by_role("textbox", name={"r": "Reply", "n": "Note"}[key], exact=True)
        await expect(field).to_be_focused()

    def reply_field(self) -> Locator:
        return self.page.get_by_role("textbox", name=re.compile("^(Reply|Your message|Your reply|Write)"))

    async def bare_keys(self) -> list[str]:
        """Text keys that are shown instead of their texts."""
        words: str = await self.page.evaluate(VISIBLE_WORDS)
        return BARE_KEY.findall(words)

    async def overflow(self) -> int:
        """By how many pixels the document is wider than the window."""
        return int(await self.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth"))


@asynccontextmanager
async def screen(
    browser: Browser, url: str, visitor: Visitor | None = None, *, language: str = "en-GB", **options: Any
) -> AsyncIterator[Screen]:
    """A new context of its own with one page; `visitor` lends it a session that was opened elsewhere."""
    options = {"viewport": {"width": 1280, "height": 800}, **options}
    context = await browser.new_context(locale=language, timezone_id="Europe/Helsinki", **options)
    if visitor is not None:
        host = urlsplit(url).hostname or ""
        await context.add_cookies([{"name": COOKIE, "value": visitor.cookies[COOKIE], "domain": host, "path": "/"}])
    try:
        yield Screen(await context.new_page(), url)
    finally:
        await context.close()
