"""Every screen in every language, wide and on a phone: no complaint, nothing cut off, no text key without its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.demo.people import PASSWORD
from tests.browser.people import Screen, screen
from tests.browser.routes import ADMINISTRATION, CONSOLE, PORTAL, STRANGERS
from tests.support.desk import Browser as Visitor
from tests.support.desk_process import DeskProcess
from tests.support.visiting import visitor

if TYPE_CHECKING:
    from playwright.async_api import Browser

HELMI, AINO = "helmi@desk.example", "aino@northwind.example"
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
FIRST_SEEN = {"en": ("wide", "phone"), "ru": ("phone", "wide"), "fi": ("wide", "phone")}
LOCALES = {"en": "en-GB", "ru": "ru-RU", "fi": "fi-FI"}


async def places(helmi: Visitor, aino: Visitor) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands in the paths: for staff a queue and a case in it, a view and a simulation, for Aino a case."""
    queue = next(one for one in (await helmi.get("/api/queues")).json() if one["name"] == "Support")
    cases = (await helmi.get(f"/api/queues/{queue['id']}/cases?state=all")).json()["items"]
    own = (await aino.get("/api/portal/cases?scope=company&state=all")).json()["items"]
    waiting = {"name": "Waiting", "condition": {"fact": "category", "operator": "is", "value": "open"}}
    view = (await helmi.post("/api/views", json=waiting)).raise_for_status().json()
    policy = (await helmi.get("/api/admin/policies")).json()[0]
    draft = {"policy_id": policy["id"], "policy": policy["definition"], "calendar_id": policy["calendar_id"], "days": 7}
    simulation = (await helmi.post("/api/admin/simulations", json=draft)).raise_for_status().json()
    of_staff = {"queue": queue["id"], "case": cases[0]["id"], "view": view["id"], "simulation": simulation["id"]}
    return of_staff, {"case": own[0]["id"]}


async def faults(who: Screen, path: str, sizes: tuple[str, ...]) -> list[str]:
    """What is wrong with one screen once it is quiet, in windows of these sizes."""
    before = len(who.complaints)
    await who.page.set_viewport_size(SIZES[sizes[0]])
    await who.look_at(path)
    found = []
    for size in sizes:
        await who.page.set_viewport_size(SIZES[size])
        await who.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if (overflow := await who.overflow()) > 0:
            found.append(f"{path}: {overflow} pixels wider than the window ({size})")
        found += [f"{path}: {key} is shown without a text ({size})" for key in await who.bare_keys()]
    return found + [f"{path}: {complaint}" for complaint in who.complaints[before:]]


@pytest.mark.parametrize("language", LOCALES)
async def test_no_screen_has_a_fault(demo_desk: DeskProcess, browser: Browser, language: str) -> None:
    first, second = FIRST_SEEN[language]
    url, look = demo_desk.url, {"language": LOCALES[language], "viewport": SIZES[first]}
    found: list[str] = []
    async with (
        visitor(url, "helmi", email=HELMI, password=PASSWORD) as helmi,
        visitor(url, "aino", email=AINO, password=PASSWORD) as aino,
    ):
        for one in (helmi, aino):
            (await one.patch("/api/me", json={"language": language})).raise_for_status()
        of_staff, of_aino = await places(helmi, aino)
        for who, paths, values in (
            (helmi, (*CONSOLE, *ADMINISTRATION), of_staff),
            (aino, PORTAL, of_aino),
            (None, STRANGERS, {}),
        ):
            async with screen(browser, url, who, **look) as page:
                for path in paths:
                    found += await faults(page, path.format(**values), (first, second))
    assert found == []
