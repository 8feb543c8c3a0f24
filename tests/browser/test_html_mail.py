"""HTML mail on the screen: nothing in it runs or sends, and its sender is asked for nothing until a reader wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.browser.people import Screen, screen
from tests.support.clock import RunningClock
from tests.support.desk import running_desk
from tests.support.mailwork import HELP, PAVEL, a_post_box
from tests.support.waiting import until
from tests.support.web_server import WebServer, web_server

if TYPE_CHECKING:
    from playwright.async_api import Browser, FrameLocator

DOT = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
REFUSALS = ("sandboxed", "Content Security Policy")
"""How Chromium says in its console that a frame was kept from something."""

PUT_INTO_FRAME = """(element, there) => {
  const inside = element.ownerDocument
  const script = inside.createElement('script')
  script.textContent = "document.body.dataset.ran = 'yes'"
  inside.body.append(script)
  inside.body.insertAdjacentHTML('beforeend', `
    <img src="${there}/image.gif" alt="">
    <p style="background: url(${there}/background.gif)">x</p>
    <form action="/posted" method="get"><button id="sends">Send</button></form>
    <a id="takes-over" href="/taken-over" target="_top">Leave</a>`)
}"""
"""What would stand in the frame if both purifiers had let it through; only the frame itself is left to refuse."""


def mail_from(there: str) -> bytes:
    """A newsletter with two pictures, a picture that only counts readers, and things that must never happen."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = PAVEL, HELP, "Our new ovens"
    mail["Message-ID"] = "<ovens@northwind.example>"
    mail.set_content("Two ovens.\n\nThey are *warm*.")
    mail.add_alternative(
        f"""<script>fetch("{there}/script")</script><link rel="stylesheet" href="{there}/style.css">
        <meta http-equiv="refresh" content="0; url={there}/refresh">
        <p style="background-image: url({there}/back.gif)" onclick="fetch('{there}/click')">They are <b>warm</b>.</p>
        <img src="{there}/large.gif" alt="Large oven" onerror="fetch('{there}/error')">
        <img src="{there}/small.gif" alt="Small oven" srcset="{there}/small-2x.gif 2x">
        <img src="{there}/count.gif" width="1" height="1"><iframe src="{there}/frame"></iframe>
        <video poster="{there}/poster.gif"></video><form action="{there}/form"><button>Send</button></form>""",
        subtype="html",
    )
    return mail.as_bytes()


@asynccontextmanager
async def shown_mail(
    database: str, folder: Path, browser: Browser
) -> AsyncIterator[tuple[Screen, WebServer, list[str]]]:
    """Maria's screen with the mail, the sender's web server, and the addresses that her browser asked for."""
    async with (
        web_server() as server,
        running_desk(database, folder, clock=RunningClock(), private_hosts=server.host) as desk,
        screen(browser, desk.url, await desk.browser("maria")) as maria,
    ):
        server.answer = lambda _: (200, {"Content-Type": "image/gif"}, DOT)
        asked: list[str] = []
        maria.page.on("request", lambda request: asked.append(request.url))
        row = await (await a_post_box(desk)).receive(mail_from(server.url))
        await maria.open(f"/console/case/{row.case_id}")
        yield maria, server, asked


def frame_of(maria: Screen) -> FrameLocator:
    return maria.page.frame_locator('iframe[title="Message from Pavel Orlov"]')


async def test_remote_pictures_wait_until_asked_and_come_through_the_desk(
    database: str, browser: Browser, tmp_path: Path
) -> None:
    from playwright.async_api import expect

    async with shown_mail(database, tmp_path, browser) as (maria, server, asked):
        inside = frame_of(maria)
        await expect(inside.get_by_text("They are warm.")).to_be_visible()
        await expect(inside.get_by_text("[Large oven]")).to_be_visible()
        await maria.page.wait_for_load_state("networkidle")
        assert server.asked == []
        assert not [one for one in asked if "/pictures/" in one or one.startswith(server.url)]

        await maria.page.get_by_role("button", name="Load pictures").click()
        for name in ("Large oven", "Small oven"):
            await expect(inside.get_by_role("img", name=name)).to_have_js_property("naturalWidth", 1)
        # The desk went there once for each picture; the browser went nowhere but to the desk.
        assert sorted(one.path for one in server.asked) == ["/large.gif", "/small.gif"]
        assert {urlsplit(one).netloc for one in asked} == {urlsplit(maria.url).netloc}
        assert maria.complaints == []


async def test_nothing_in_the_frame_runs_sends_or_leads_away(database: str, browser: Browser, tmp_path: Path) -> None:
    from playwright.async_api import expect

    async with shown_mail(database, tmp_path, browser) as (maria, server, asked):
        body = frame_of(maria).locator("body")
        await expect(body).to_contain_text("They are warm.")
        await expect(body.locator("script, form, iframe, link, meta, video")).to_have_count(0)

        await body.evaluate(PUT_INTO_FRAME, server.url)
        await body.locator("#sends").click()
        await body.locator("#takes-over").click()
        # Each is refused aloud: two ways out of the frame, a script, and two pictures.
        await until(lambda: len(maria.complaints) >= 5, seconds=10, what="the browser's refusals")
        assert [one for one in maria.complaints if not any(word in one for word in REFUSALS)] == []
        assert await body.get_attribute("data-ran") is None
        assert server.asked == []
        assert not [one for one in asked if "/posted" in one or "/taken-over" in one]
        assert await maria.never_reloaded()


async def test_a_reader_may_see_the_words_alone(database: str, browser: Browser, tmp_path: Path) -> None:
    from playwright.async_api import expect

    async with shown_mail(database, tmp_path, browser) as (maria, server, _):
        article = maria.page.get_by_role("log").get_by_role("article")
        await expect(article.locator("iframe")).to_be_visible()
        menu = article.get_by_role("button", name="More about this message")
        await menu.focus()
        await maria.page.keyboard.press("Enter")
        await maria.page.get_by_role("menuitem", name="Show as plain text").press("Enter")
        await expect(article.locator("iframe")).to_have_count(0)
        await expect(article.get_by_role("paragraph")).to_contain_text("They are warm.")
        await menu.press("Enter")
        await maria.page.get_by_role("menuitem", name="Show as designed").press("Enter")
        await expect(frame_of(maria).locator("b")).to_have_text("warm")
        assert server.asked == []
        assert maria.complaints == []
