"""Pages: the right assets with the right headers, and one clear sentence before the first build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import pages
from tests.support.desk import TestDesk


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "assets" / "console-1a2b.js").write_text("console.log('hello')")
    manifest = {
        "src/console.ts": {"file": "assets/console-1a2b.js", "imports": ["_shared.js"], "css": ["assets/c.css"]},
        "_shared.js": {"file": "assets/shared-3c4d.js", "css": ["assets/shared.css"]},
    }
    (dist / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(pages, "DIST", dist)
    return dist


async def test_a_page_names_its_assets_once_and_may_run_only_our_scripts(desk: TestDesk, built: Path) -> None:
    guest = await desk.stranger()
    page = await guest.get("/console/queue/2")
    assert page.status_code == 200
    assert page.text.count("assets/shared-3c4d.js") == 1
    assert page.text.index("shared-3c4d.js") < page.text.index("console-1a2b.js")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-cache"


async def test_assets_are_compressed_and_kept_by_browsers(desk: TestDesk, built: Path) -> None:
    guest = await desk.stranger()
    asset = await guest.get("/static/dist/assets/console-1a2b.js")
    assert asset.text == "console.log('hello')"
    assert asset.headers["content-type"].startswith("text/javascript")
    assert "immutable" in asset.headers["cache-control"]


@pytest.mark.parametrize("path", ["../settings.py", "%2e%2e/settings.py", "..%2fsettings.py", "assets", "nothing.js"])
async def test_nothing_outside_of_the_build_is_served(desk: TestDesk, built: Path, path: str) -> None:
    (built.parent / "settings.py").write_text("secret")
    guest = await desk.stranger()
    answer = await guest.get(f"/static/dist/{path}")
    assert answer.status_code in (400, 404)
    assert "secret" not in answer.text


async def test_before_the_first_build_the_page_says_what_to_do(
    desk: TestDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "DIST", tmp_path / "nothing")
    answer = await (await desk.stranger()).get("/")
    assert (answer.status_code, "make prepare" in answer.text) == (404, True)
