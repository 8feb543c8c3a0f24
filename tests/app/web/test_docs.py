"""The interfaces are described where they are: OpenAPI for HTTP, AsyncAPI for the live feed."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from channels import frames
from tests.support.desk import running_desk


async def test_both_documents_are_served_beside_each_other(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path) as desk:
        browser = await desk.stranger()
        page = await browser.get("/api/docs")
        http = await browser.get("/api/docs/openapi.json")
        live = await browser.get("/api/docs/asyncapi.json")
    assert [answer.status_code for answer in (page, http, live)] == [200, 200, 200]
    assert "/api/docs/asyncapi.json" in page.text
    assert "/api/tokens" in http.json()["paths"]
    document = live.json()
    assert live.headers["content-type"].startswith("application/json")
    assert document["info"]["version"] == http.json()["info"]["version"]
    said = {frame.__name__ for union in (frames.ClientFrame, frames.ServerFrame) for frame in get_args(union)}
    assert set(document["components"]["messages"]) == said
    assert {channel["address"] for channel in document["channels"].values()} == {
        "/live",
        "/live/events?topic={topic}",
    }
