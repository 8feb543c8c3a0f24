"""One line per request: at which level, by how it went."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from app.web import requests


@pytest.mark.parametrize(
    ("path", "status", "moments", "level"),
    [
        ("/api/cases", 200, [0.0, 0.2], "info"),
        ("/api/cases", 200, [0.0, 1.2], "warning"),
        ("/api/cases", 500, [0.0, 0.2], "warning"),
        ("/health", 200, [0.0, 0.2], "debug"),
        ("/live/events", 200, [0.0, 7200.0], "info"),
        ("/live/events", 500, [0.0, 0.2], "warning"),
    ],
)
async def test_slow_and_failed_requests_stand_out_and_open_streams_do_not(
    path: str, status: int, moments: list[float], level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})  # type: ignore[operator]

    async def send(message: object) -> None: ...

    monkeypatch.setattr("app.web.requests.time.perf_counter", iter([*moments, *moments]).__next__)
    with capture_logs() as lines:
        await requests.with_request_ids(app)(  # type: ignore[arg-type]
            {"type": "http", "path": path, "method": "GET", "headers": []},  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            send,  # type: ignore[arg-type]
        )
    assert [(line["log_level"], line["path"]) for line in lines] == [(level, path)]
