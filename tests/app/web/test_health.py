"""What load balancers hear while all is well, while the database is away, and before a migration."""

from __future__ import annotations

import pytest

from app.database import connection
from tests.support.desk import TestDesk


async def test_a_running_desk_is_alive_and_ready(desk: TestDesk) -> None:
    program = await desk.stranger()
    for path in ("/health", "/ready"):
        answer = await program.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["cache-control"] == "no-store"


async def test_without_its_database_a_desk_is_alive_but_not_ready(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise OSError("postgresql://desk:secret@db is away")

    monkeypatch.setattr("app.web.health.fetch_rows", away)
    program = await desk.stranger()
    answer = await program.get("/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "secret" not in answer.text
    assert (await program.get("/health")).status_code == 200


async def test_a_desk_whose_schema_is_old_is_not_ready(desk: TestDesk) -> None:
    await connection().execute_query("DELETE FROM tortoise_migrations")
    answer = await (await desk.stranger()).get("/ready")
    assert answer.status_code == 503
    assert "casefeed migrate" in answer.json()["detail"]
