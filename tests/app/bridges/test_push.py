"""Web Push, against a service that opens what it gets: sealed, signed, retried, and forgotten where nobody listens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from app.bridges.push import PushRunning
from app.notifications.models import PushMessage, PushSubscription
from tests.support.casework import change, open_case, reply
from tests.support.desk import Browser, TestDesk, running_desk
from tests.support.push_service import PushService, push_service
from tests.support.waiting import until


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as running:
        yield running


@pytest.fixture
async def desk(database: str, tmp_path: Path, service: PushService) -> AsyncIterator[TestDesk]:
    async with running_desk(database, tmp_path, push_services=f"push.example,{service.url}") as running:
        yield running


async def subscribed(desk: TestDesk, service: PushService, who: str = "maria", name: str = "one") -> Browser:
    browser = await desk.browser(who)
    assert (await browser.post("/api/push/subscriptions", json=service.subscription(name))).status_code == 204
    return browser


async def test_what_a_person_is_told_reaches_the_browser_sealed_and_in_their_language(
    desk: TestDesk, service: PushService
) -> None:
    maria = await subscribed(desk, service)
    await maria.patch("/api/me", json={"language": "fi"})
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    await reply(desk, case, "pavel", "It still does not heat.")
    await until(lambda: len(service.opened) == 2)
    by_position = sorted(service.opened, key=lambda message: message["position"])
    assert by_position[1] == {
        "title": f"{desk.people['pavel'].name} vastasi tapauksessa #{case.number}",
        "body": "It still does not heat.",
        "path": f"/console/case/{case.id}?entry=3",
        "tag": "casefeed-2",
        "position": 2,
    }
    assert (service.headers["TTL"], service.headers["Content-Encoding"]) == ("86400", "aes128gcm")
    assert (await maria.get("/api/push")).json() == {"key": desk.desk.keys.push_public_key}
    await until_gone()


async def until_gone() -> None:
    async def gone() -> bool:
        return not await PushMessage.exists()

    await until(gone, what="an empty queue")


async def due(desk: TestDesk) -> None:
    """One look into the queue, beside the worker that runs; a claim makes sure that only one sends."""
    async with ClientSession() as http:
        await PushRunning(desk.desk).send_due(http)


@pytest.mark.parametrize("status", [500, 429])
async def test_what_the_service_cannot_take_now_is_tried_again_later(
    desk: TestDesk, service: PushService, status: int
) -> None:
    await subscribed(desk, service)
    service.answers = [(status, {"Retry-After": "100"}), (503, {})]
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    await until(lambda: service.requests == 1)
    await due(desk)
    assert service.requests == 1  # not before its time
    desk.clock.advance(seconds=101)
    await due(desk)
    await until(lambda: service.requests == 2)
    desk.clock.advance(seconds=41)
    await due(desk)
    await until(lambda: len(service.opened) == 1)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_takes_no_pushes_any_more_is_forgotten(
    desk: TestDesk, service: PushService, status: int
) -> None:
    await subscribed(desk, service)
    service.answers = [(status, {})]
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    await until(lambda: service.requests == 1)
    await until_gone()
    assert not await PushSubscription.exists()


async def test_signing_out_ends_the_pushes_of_that_browser_only(desk: TestDesk, service: PushService) -> None:
    first = await subscribed(desk, service, name="one")
    await subscribed(desk, service, name="two")
    await first.delete("/api/session")
    left = await PushSubscription.all().values_list("endpoint", flat=True)
    assert left == [f"{service.url}/two"]  # type: ignore[comparison-overlap]


async def test_what_was_not_chosen_is_not_pushed_and_nothing_leads_elsewhere(
    desk: TestDesk, service: PushService
) -> None:
    maria = await subscribed(desk, service)
    await maria.put("/api/notifications/choices", json={"channels": {"assigned": ["list"]}})
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    assert not await PushMessage.exists()
    for endpoint in ("http://127.0.0.1:1/x", "https://elsewhere.example/x", "https://push.example.evil/x"):
        asked = {**service.subscription(), "endpoint": endpoint}
        refused = await maria.post("/api/push/subscriptions", json=asked)
        assert (refused.status_code, refused.json()["field"]) == (422, "endpoint")
    broken = {**service.subscription(), "keys": {"p256dh": "A" * 87, "auth": "A" * 22}}
    assert (await maria.post("/api/push/subscriptions", json=broken)).json()["field"] == "keys"


async def test_a_service_that_does_not_answer_holds_up_nothing(desk: TestDesk, service: PushService) -> None:
    browser = await desk.browser("maria")
    dead = {**service.subscription(), "endpoint": "https://push.example/nobody"}
    assert (await browser.post("/api/push/subscriptions", json=dead)).status_code == 204
    case = await open_case(desk)
    await change(desk, case, "olga", owner_id=desk.people["maria"].id)
    shown = (await browser.get("/api/notifications")).json()
    assert [one["kind"] for one in shown["items"]] == ["assigned"]
    assert await PushMessage.all().count() == 1
