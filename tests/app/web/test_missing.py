"""A broken link shows people a page and tells programs a problem; both are told 404."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import pages
from app.web.problems import PROBLEM_TYPE
from tests.support.desk import running_desk

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dist").mkdir()
    manifest = {"src/portal.ts": {"file": "assets/portal-1a2b.js"}}
    (tmp_path / "dist" / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(pages, "DIST", tmp_path / "dist")


async def test_a_browser_is_shown_a_page_and_a_program_is_told_a_problem(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path) as desk:
        guest = await desk.stranger()
        for path in ("/nowhere", "/cases/oven", "/some/old/link?from=mail"):
            shown = await guest.get(path, headers=BROWSER)
            assert shown.status_code == 404, path
            assert shown.headers["content-type"].startswith("text/html")
            assert "portal-1a2b.js" in shown.text
            assert "script-src 'self'" in shown.headers["content-security-policy"]
            told = await guest.get(path, headers={"Accept": "application/json"})
            assert (told.status_code, told.json()["code"]) == (404, "not_found")
        assert (await guest.get("/", headers=BROWSER)).status_code == 200


async def test_the_api_and_assets_never_answer_with_a_page(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path) as desk:
        guest = await desk.stranger()
        for path in ("/api/nowhere", "/static/dist/assets/gone.js"):
            told = await guest.get(path, headers=BROWSER)
            assert (told.status_code, told.headers["content-type"]) == (404, PROBLEM_TYPE), path
        assert (await guest.post("/nowhere", headers=BROWSER)).headers["content-type"] == PROBLEM_TYPE
