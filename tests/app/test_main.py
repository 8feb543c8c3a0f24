"""The application as a whole: built in one call, described, and ready for the framework's next version."""

from __future__ import annotations

import warnings
from pathlib import Path

from litestar.exceptions import LitestarDeprecationWarning

from app.main import create_app
from tests.support.desk import TestDesk, settings_for


def test_building_opens_nothing_and_uses_nothing_that_goes_away(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with warnings.catch_warnings():
        warnings.simplefilter("error", LitestarDeprecationWarning)
        create_app(settings_for(f"sqlite://{folder}/desk.sqlite3", folder))
    assert not folder.exists()


async def test_the_interface_is_described(desk: TestDesk) -> None:
    browser = await desk.stranger()
    described = (await browser.get("/api/docs/openapi.json")).json()
    assert described["info"]["title"] == "Casefeed"
    assert described["openapi"].startswith("3.1")
    assert "post" in described["paths"]["/api/session"]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], f"{method} {path} has no summary"
            assert operation["tags"], f"{method} {path} belongs to no group"
    page = await browser.get("/api/docs")
    assert "Sign in by a mailed link" in page.text


async def test_every_operation_has_its_own_name(desk: TestDesk) -> None:
    described = (await (await desk.stranger()).get("/api/docs/openapi.json")).json()
    names = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
