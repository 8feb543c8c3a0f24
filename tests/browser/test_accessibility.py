"""axe finds nothing against WCAG 2.2 A and AA on the main screens, light and dark, wide and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.demo.people import PASSWORD
from tests.browser.people import Screen, screen
from tests.browser.test_every_screen import AINO, HELMI, SIZES, places
from tests.support.desk_process import DeskProcess
from tests.support.sources import ROOT
from tests.support.visiting import visitor

if TYPE_CHECKING:
    from playwright.async_api import Browser

AXE = ROOT / "static" / "node_modules" / "axe-core" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
STAFF = (
    "/console/queue/{queue}",
    "/console/case/{case}",
    "/console/search?q=uuni",
    "/console/new",
    "/console/admin",
    "/console/admin/users",
    "/console/notifications",
    "/console/profile",
    "/console/profile/tokens",
    "/console/admin/policies/1",
    "/console/admin/mailboxes/1",
    "/console/admin/outbound",
    "/console/admin/senders",
    "/console/admin/notices",
    "/console/admin/templates",
)
CUSTOMER = ("/", "/cases", "/cases/{case}", "/new")
STRANGER = ("/", "/sign-in", "/console/sign-in")


async def violations(who: Screen, path: str) -> list[str]:
    await who.look_at(path)
    # Text that is still fading in has less contrast than it will have.
    await who.page.evaluate("() => Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    await who.page.evaluate(AXE.read_text())
    run = "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } })"
    result: dict[str, Any] = await who.page.evaluate(run, STANDARDS)
    return [
        f"{path}: {one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in result["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_violation(demo_desk: DeskProcess, browser: Browser, scheme: str, size: str) -> None:
    look: dict[str, Any] = {"color_scheme": scheme, "viewport": SIZES[size], "bypass_csp": True}
    url, found = demo_desk.url, list[str]()
    async with (
        visitor(url, "helmi", email=HELMI, password=PASSWORD) as helmi,
        visitor(url, "aino", email=AINO, password=PASSWORD) as aino,
    ):
        of_staff, of_aino = await places(helmi, aino)
        for who, paths, values in ((helmi, STAFF, of_staff), (aino, CUSTOMER, of_aino), (None, STRANGER, {})):
            async with screen(browser, url, who, **look) as page:
                for path in paths:
                    found += await violations(page, path.format(**values))
    assert found == []
