"""The log never has a secret in it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog

from app.logging import HIDDEN, configure_logging
from app.people.authentication import COOKIE
from app.web.requests import printable_path
from tests.support.desk import PASSWORD, running_desk, settings_for
from tests.support.waiting import until


@pytest.fixture
def log(tmp_path: Path) -> Iterator[io.StringIO]:
    """Everything that is logged, as JSON lines; the log of the other tests is put back afterwards."""
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, io.StringIO()
    configure_logging(settings_for("sqlite://:memory:", tmp_path, log_format="json", log_level="debug"), stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_neither_password_nor_cookie_nor_link_reach_the_log(
    log: io.StringIO, sqlite_database: str, tmp_path: Path
) -> None:
    async with running_desk(sqlite_database, tmp_path) as desk:
        browser = await desk.stranger()
        assert (await browser.sign_in("maria@desk.example")).status_code == 200
        token = browser.cookies[COOKIE]
        await browser.sign_in("maria@desk.example", "a wrong password")
        await browser.get(f"/api/me?token={token}")
        stranger = await desk.stranger()
        await stranger.post("/api/password-resets", json={"email": "pavel@northwind.example"})
        await stranger.post(f"/api/password-resets/{desk.last_link()}", json={"password": "nine orange lighthouses"})
        await stranger.get(f"/reset/{desk.last_link()}")
        secrets = [PASSWORD, "a wrong password", "nine orange lighthouses", token, desk.last_link()]
        secrets.append(str(browser.csrf_token))
    written = log.getvalue()
    assert [line["path"] for line in lines(log) if line["event"] == "request"][:2] == ["/api/session", "/api/session"]
    assert [secret for secret in secrets if secret in written] == []


async def test_an_unexpected_error_is_logged_with_its_trace_and_id(
    log: io.StringIO, sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("casefeed_session=abc123; something else")

    monkeypatch.setattr("app.people.routes.directory.queries.colleagues", broken)
    async with running_desk(sqlite_database, tmp_path) as desk:
        answer = await (await desk.browser("maria")).get("/api/colleagues")
    [line] = [line for line in lines(log) if line["event"] == "unexpected_error"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "RuntimeError" in str(line["exception"])
    assert "abc123" not in log.getvalue()


async def test_a_request_that_is_cut_off_in_its_body_is_no_mistake_of_ours(
    log: io.StringIO, sqlite_database: str, tmp_path: Path
) -> None:
    async with running_desk(sqlite_database, tmp_path) as desk:
        address = httpx.URL(desk.url)
        _, line = await asyncio.open_connection(address.host, address.port)
        head = "POST /api/session HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
        line.write(head.encode() + b'{"email"')
        await line.drain()
        line.close()
        await until(lambda: any(one["event"] == "request" for one in lines(log)), what="the end of the request")
    told = {line["event"]: line for line in lines(log)}
    assert "unexpected_error" not in told
    assert (told["request_cut_off"]["level"], told["request"]["level"]) == ("info", "info")


def test_secrets_are_hidden_by_name_and_by_look(log: io.StringIO) -> None:
    structlog.get_logger("test").info(
        "told",
        password="p1",
        imap_password="p2",
        headers={"cookie": "c1"},
        body=b"b1",
        request={"Authorization": "Bearer t1", "fine": "kept", "list": [{"X-CSRF-Token": "x1"}]},
        pairs=[("set-cookie", "c2"), ("accept", "kept too")],
        text=f"{COOKIE}=c3; theme=dark Authorization: Bearer t2 postgresql://desk:s1@db/desk",
        link="https://desk.example/reset/abcdefghijklmnopqrstuvwxyz",
    )
    [line] = lines(log)
    written = json.dumps(line)
    for secret in ("p1", "p2", "c1", "c2", "c3", "b1", "t1", "t2", "x1", "s1", "abcdefghijklm"):
        assert f'"{secret}' not in written
        assert secret not in str(line.get("text")) + str(line.get("link"))
    assert line["password"] == HIDDEN
    assert "kept" in written
    assert "kept too" in written


def test_libraries_log_through_the_same_door(log: io.StringIO) -> None:
    logging.getLogger("some.library").warning("connecting to %s", "postgresql://desk:s1@db/desk")
    [line] = lines(log)
    assert (line["level"], line["logger"]) == ("warning", "some.library")
    assert "s1@" not in str(line["event"])


def test_the_token_in_a_path_is_not_printed() -> None:
    token = "x" * 43
    assert printable_path(f"/reset/{token}") == "/reset/…"
    assert printable_path(f"/api/sign-in-links/{token}/more") == "/api/sign-in-links/…/more"
    assert printable_path("/api/cases/42/entries") == "/api/cases/42/entries"


def test_a_trace_on_the_console_shows_no_variables(tmp_path: Path) -> None:
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    try:
        configure_logging(settings_for("sqlite://:memory:", tmp_path), stream=stream)
        imap_password = "-".join(["open", "sesame"])  # put together, so that the source in the trace is not it
        try:
            raise RuntimeError(f"no answer to {len(imap_password)} characters")
        except RuntimeError:
            structlog.get_logger("test").exception("failed")
            logging.getLogger("some.library").exception("failed")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    assert stream.getvalue().count("RuntimeError: no answer to 11 characters") == 2
    assert "open-sesame" not in stream.getvalue()


def test_commands_speak_on_standard_output_alone(tmp_path: Path) -> None:
    """What is no warning stays unsaid, and the rest goes to standard error."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    try:
        configure_logging(settings_for("sqlite://:memory:", tmp_path, log_level="debug"), stream=stream, quiet=True)
        structlog.get_logger("test").info("chatter")
        structlog.get_logger("test").warning("worth_knowing")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    assert "worth_knowing" in stream.getvalue()
    assert "chatter" not in stream.getvalue()
