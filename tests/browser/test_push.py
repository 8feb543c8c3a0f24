"""What the desk pushes is shown by the browser's service worker in the person's language, and a click opens the case.

The push service is ours; what it was sent is handed to Chromium as its own service would. No protocol of the browser
can click a notification, so the click is an event made inside the worker.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.people import Screen, screen
from tests.support.casework import change, open_case, reply
from tests.support.desk import TestDesk, running_desk
from tests.support.push_service import PushService, push_service
from tests.support.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Browser

SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration('/push-worker.js')
  return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }))
}"""
CLICK = """async () => {
  const [notification] = await self.registration.getNotifications()
  self.dispatchEvent(new NotificationEvent('notificationclick', { notification }))
}"""


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as running:
        yield running


@pytest.fixture
async def desk(sqlite_database: str, tmp_path: Path, service: PushService) -> AsyncIterator[TestDesk]:
    async with running_desk(sqlite_database, tmp_path, push_services=service.url) as running:
        yield running


async def shown(maria: Screen) -> list[dict[str, str]]:
    notifications: list[dict[str, str]] = await maria.page.evaluate(SHOWN)
    return notifications


async def deliver(maria: Screen, payload: dict[str, Any]) -> None:
    """As the browser's own push service would: again, while the worker has shown nothing.

    DevTools does not say when a push was lost on a worker that just starts.
    """
    session = await maria.context.new_cdp_session(maria.page)
    activated: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def updated(event: dict[str, Any]) -> None:
        for version in event["versions"]:
            if not activated.done() and version["status"] == "activated":
                activated.set_result(version["registrationId"])

    faults: list[str] = []

    def failed(event: dict[str, Any]) -> None:
        faults.append(event["errorMessage"]["errorMessage"])

    session.on("ServiceWorker.workerVersionUpdated", updated)
    session.on("ServiceWorker.workerErrorReported", failed)
    await session.send("ServiceWorker.enable")
    async with asyncio.timeout(15):
        registration = await activated
    pushed = {"origin": maria.url, "registrationId": registration, "data": json.dumps(payload)}

    async def taken() -> bool:
        await session.send("ServiceWorker.deliverPushMessage", pushed)
        try:
            await until(lambda: shown(maria), seconds=3)
        except TimeoutError:
            return False
        return True

    await until(taken, seconds=15, what="a notification")
    assert faults == []


@pytest.mark.parametrize(
    ("language", "title"), [("en", "{by} answered in {number}"), ("fi", "{by} vastasi tapauksessa {number}")]
)
async def test_a_push_is_shown_in_ones_language_and_leads_to_its_case(
    desk: TestDesk, service: PushService, browser: Browser, language: str, title: str
) -> None:
    agent = await desk.browser("maria")
    assert (await agent.post("/api/push/subscriptions", json=service.subscription())).status_code == 204
    await agent.patch("/api/me", json={"language": language})
    case = await open_case(desk)
    await change(desk, case, "maria", owner_id=desk.people["maria"].id)
    await reply(desk, case, "pavel", "It still does not heat.")
    await until(lambda: len(service.opened) == 1)

    async with screen(browser, desk.url, agent) as maria:
        await maria.context.grant_permissions(["notifications"], origin=desk.url)
        await maria.open("/console/search")
        await maria.page.wait_for_load_state("networkidle")  # the page listens to its worker once it stands
        await maria.page.evaluate("() => navigator.serviceWorker.register('/push-worker.js')")
        await maria.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        await deliver(maria, service.opened[0])

        number = f"#{case.number}"
        assert await shown(maria) == [
            {
                "title": title.format(by=desk.people["pavel"].name, number=number),
                "body": "It still does not heat.",
                "tag": "casefeed-1",
            }
        ]
        (worker,) = maria.context.service_workers
        await worker.evaluate(CLICK)
        await maria.page.wait_for_url(f"**/console/case/{case.id}?entry=*")
        assert await maria.never_reloaded()

        async def gone() -> bool:
            return await shown(maria) == []

        await until(gone, what="the end of the notification")
        assert maria.complaints == []
