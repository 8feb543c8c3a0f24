"""What people do together: name a colleague, read on two devices, write without a line and reload."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.demo.people import PASSWORD
from tests.browser.people import screen
from tests.browser.test_reconnecting import MARIA, PAVEL, WAITING, messages, new_case
from tests.browser.test_reconnecting import demo_desk as demo_desk_of
from tests.support.cutting_proxy import CuttingProxy
from tests.support.desk_process import DeskProcess
from tests.support.visiting import say, visitor

if TYPE_CHECKING:
    from playwright.async_api import Browser

TOMAS = "tomas@desk.example"
BY_EVENTS = "Up to date (WebSockets are blocked here: others do not see you type)"


class Blocker:
    """A proxy on loopback that passes HTTP on and answers every WebSocket handshake with 403."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.refused = 0

    async def __aenter__(self) -> Blocker:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        answers = asyncio.create_task(self._pass(there, writer))
        try:
            while head := await reader.read(65536):
                if b"upgrade: websocket" in head.lower():
                    self.refused += 1
                    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    await writer.drain()
                    break
                back.write(head)
                await back.drain()
        except ConnectionError:
            pass
        finally:
            answers.cancel()
            back.close()
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()


async def test_a_colleague_is_named_by_keyboard_and_reading_it_once_reads_it_everywhere(
    browser: Browser, demo_desk: DeskProcess
) -> None:
    from playwright.async_api import expect

    desk = demo_desk
    async with (
        visitor(desk.url, "maria", email=MARIA, password=PASSWORD) as agent,
        visitor(desk.url, "tomas", email=TOMAS, password=PASSWORD) as colleague,
        visitor(desk.url, "tomas", email=TOMAS, password=PASSWORD) as elsewhere,
        visitor(desk.url, "pavel", email=PAVEL, password=PASSWORD) as customer,
        screen(browser, desk.url, agent) as maria,
        screen(browser, desk.url, colleague) as tomas,
        screen(browser, desk.url, elsewhere) as phone,
    ):
        case_id = await new_case(customer)
        for one in (colleague, elsewhere):
            await one.patch("/api/me", json={"language": "en"})
            head = (await one.get("/api/notifications")).json()["head"]
            await one.put("/api/notifications/read", json={"position": head})
        await tomas.open("/console/search")
        await phone.open("/console/mine")
        await expect(phone.page.get_by_text("Up to date").first).to_be_attached()
        await maria.open(f"/console/case/{case_id}")
        await expect(maria.message("Help!")).to_be_visible()
        await maria.choose("n")
        await maria.page.keyboard.type("Ask @tom")
        await expect(maria.page.get_by_role("option")).to_have_count(1)
        await maria.page.keyboard.press("Enter")
        await maria.page.keyboard.type("about the fuse.")
        await maria.page.keyboard.press("Control+Enter")
        await expect(maria.message(re.compile(r"Ask @Tomas \S+ about the fuse\."))).to_be_visible()

        for one in (tomas, phone):
            await expect(one.page.get_by_role("button", name="1 unread notification").first).to_be_visible()
            await expect(one.page).to_have_title(re.compile(r"^\(1\) "))
        await tomas.page.get_by_role("button", name="1 unread notification").first.click()
        await tomas.page.get_by_role("link", name=re.compile("mentioned you in")).first.click()
        await expect(tomas.page).to_have_url(re.compile(rf"/console/case/{case_id}\?entry=2$"))
        await expect(tomas.message("about the fuse.")).to_be_in_viewport()
        await expect(tomas.message("about the fuse.").locator("mark")).to_have_text(
            re.compile(r"^@Tomas \S+\s\(you\)$")
        )
        await expect(maria.message("about the fuse.").locator("mark")).to_have_count(0)
        for one in (tomas, phone):
            await expect(one.page.get_by_role("button", name="Notifications", exact=True).first).to_be_visible()
            await expect(one.page).not_to_have_title(re.compile(r"^\("))
        assert [*maria.complaints, *tomas.complaints, *phone.complaints] == []


async def test_what_was_written_offline_survives_a_reload_and_is_sent_once_from_any_page(
    browser: Browser, tmp_path: Path
) -> None:
    from playwright.async_api import Error, expect

    desk = demo_desk_of(tmp_path)
    await asyncio.to_thread(desk.start, "--demo")
    try:
        async with (
            visitor(desk.url, "maria", email=MARIA, password=PASSWORD) as agent,
            visitor(desk.url, "pavel", email=PAVEL, password=PASSWORD) as customer,
            CuttingProxy(desk.port) as line,
            screen(browser, f"http://127.0.0.1:{line.port}", agent) as maria,
        ):
            case_id = await new_case(customer)
            await maria.open(f"/console/case/{case_id}")
            await expect(maria.message("Help!")).to_be_visible()
            await maria.page.wait_for_timeout(800)  # the message counts as read once it was in sight

            line.block()
            await maria.context.set_offline(True)
            await maria.page.get_by_role("textbox", name="Reply", exact=True).fill("Maria in the tunnel")
            await maria.page.keyboard.press("Control+Enter")
            await expect(maria.page.get_by_text(WAITING)).to_be_visible()
            with suppress(Error):  # there is no page to be had
                await maria.page.reload(timeout=3000)
            assert await messages(agent, case_id) == []

            line.unblock()
            await maria.context.set_offline(False)
            await maria.open("/console/mine")

            async def sent() -> int:
                return len(await messages(agent, case_id))

            for _ in range(100):
                if await sent():
                    break
                await asyncio.sleep(0.1)
            await maria.open(f"/console/case/{case_id}")
            await expect(maria.message("Maria in the tunnel")).to_have_count(1)
            await expect(maria.page.get_by_text(WAITING)).to_have_count(0)
            assert [one["text"] for one in await messages(agent, case_id)] == ["Maria in the tunnel"]
    finally:
        desk.stop()


async def test_a_customer_sees_what_crossed_with_their_answer(browser: Browser, demo_desk: DeskProcess) -> None:
    from playwright.async_api import expect

    async with (
        visitor(demo_desk.url, "maria", email=MARIA, password=PASSWORD) as agent,
        visitor(demo_desk.url, "pavel", email=PAVEL, password=PASSWORD) as customer,
        CuttingProxy(demo_desk.port) as line,
        screen(browser, f"http://127.0.0.1:{line.port}", customer) as pavel,
    ):
        await customer.patch("/api/me", json={"language": "en"})
        case_id = await new_case(customer)
        await pavel.open(f"/cases/{case_id}")
        await expect(pavel.message("Help!")).to_be_visible()
        line.block()
        await pavel.context.set_offline(True)
        await pavel.reply_field().fill("It is broken.")
        await pavel.page.keyboard.press("Control+Enter")
        await expect(pavel.page.get_by_text(WAITING)).to_be_visible()
        await say(agent, case_id, "Is the fuse in order?")
        line.unblock()
        await pavel.context.set_offline(False)
        anyway = pavel.page.get_by_role("button", name="Send anyway")
        await expect(anyway).to_be_visible()
        await expect(pavel.message("Is the fuse in order?").first).to_be_visible()
        assert [one["text"] for one in await messages(agent, case_id)] == ["Is the fuse in order?"]
        await anyway.click()
        await expect(pavel.message("It is broken.")).to_be_visible()
        await expect(anyway).to_have_count(0)
        assert [one["text"] for one in await messages(agent, case_id)] == ["Is the fuse in order?", "It is broken."]


async def test_where_websockets_are_refused_the_feed_goes_on_by_events(
    browser: Browser, demo_desk: DeskProcess
) -> None:
    from playwright.async_api import expect

    async with (
        visitor(demo_desk.url, "maria", email=MARIA, password=PASSWORD) as agent,
        visitor(demo_desk.url, "pavel", email=PAVEL, password=PASSWORD) as customer,
        Blocker(demo_desk.port) as line,
        screen(browser, f"http://127.0.0.1:{line.port}", agent) as maria,
    ):
        case_id = await new_case(customer)
        await maria.open(f"/console/case/{case_id}")
        await expect(maria.page.get_by_text(BY_EVENTS).first).to_be_visible(timeout=30_000)
        for number in range(3):
            await say(customer, case_id, f"Pavel {number} by events", portal=True)
        await expect(maria.message("Pavel 2 by events")).to_be_visible()
        await maria.page.get_by_role("textbox", name="Reply", exact=True).fill("Maria over HTTP")
        await maria.page.wait_for_timeout(800)
        await maria.page.keyboard.press("Control+Enter")
        await expect(maria.message("Maria over HTTP")).to_have_count(1)
        for number in range(3):
            await expect(maria.message(f"Pavel {number} by events")).to_have_count(1)
        assert line.refused >= 2
        assert await maria.never_reloaded()
