"""Headers on every answer, and writes that only our own pages can send."""

from __future__ import annotations

import pytest

from app.people.models import User
from app.web.security import from_our_page
from tests.support.desk import TestDesk, running_desk

HEADERS = ("x-content-type-options", "referrer-policy", "x-frame-options", "content-security-policy", "x-request-id")
SIGN_IN = {"email": "maria@desk.example", "password": "three blue herons"}


@pytest.mark.parametrize(
    "path",
    ["/", "/console", "/static/dist/nothing.js", "/favicon.svg", "/api/me", "/api/nowhere", "/nowhere", "/api/docs"],
)
async def test_every_answer_carries_the_headers(desk: TestDesk, path: str) -> None:
    answer = await (await desk.stranger()).get(path)
    assert [name for name in HEADERS if name not in answer.headers] == []
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers
    assert answer.headers.get_list("content-security-policy", split_commas=False) == [
        answer.headers["content-security-policy"]
    ]


async def test_a_mistake_of_ours_carries_them_too(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("app.people.routes.directory.queries.colleagues", broken)
    answer = await (await desk.browser("maria")).get("/api/colleagues")
    assert answer.status_code == 500
    assert [name for name in HEADERS if name not in answer.headers] == []


async def test_behind_https_the_cookie_is_secure_and_the_browser_stays_there(sqlite_database: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    async with running_desk(sqlite_database, tmp_path, public_url="https://help.desk.example") as desk:
        answer = await (await desk.stranger()).sign_in("maria@desk.example")
        assert "secure" in answer.headers["set-cookie"].lower()
        assert answer.headers["strict-transport-security"].startswith("max-age=")


async def test_a_write_with_a_session_needs_its_token(desk: TestDesk) -> None:
    maria, tomas = await desk.browser("maria"), await desk.browser("tomas")
    right, others = maria.csrf_token, tomas.csrf_token
    for wrong in (None, "", "x", others):
        maria.csrf_token = wrong
        answer = await maria.patch("/api/me", json={"name": "Mallory"})
        assert (answer.status_code, answer.json()["code"]) == (403, "request_not_trusted")
    answer = await maria.patch("/api/me", json={"name": "Mallory"}, headers={"X-CSRF-Token": "ключ".encode()})
    assert answer.status_code == 403
    maria.csrf_token = right
    assert (await maria.patch("/api/me", json={"name": "Maria K"})).status_code == 200
    assert (await User.get(email="maria@desk.example")).name == "Maria K"


@pytest.mark.parametrize(
    ("headers", "trusted"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
async def test_signing_in_from_another_site_is_refused(desk: TestDesk, headers: dict[str, str], trusted: bool) -> None:
    answer = await (await desk.stranger()).post("/api/session", json=SIGN_IN, headers=headers)
    assert answer.status_code == (200 if trusted else 403)


async def test_our_own_origin_is_trusted(desk: TestDesk) -> None:
    answer = await (await desk.stranger()).post("/api/session", json=SIGN_IN, headers={"Origin": desk.url})
    assert answer.status_code == 200


def test_origin_and_host_decide_for_older_browsers() -> None:
    own = frozenset({"https://help.desk.example"})
    assert from_our_page({b"origin": "https://help.desk.example"}, own=own)
    assert from_our_page({b"origin": "http://192.0.2.7:8000", b"host": "192.0.2.7:8000"}, own=own)
    assert not from_our_page({b"origin": "http://192.0.2.7:9000", b"host": "192.0.2.7:8000"}, own=own)
    assert not from_our_page({b"origin": "null", b"host": ""}, own=own)


async def test_a_way_in_is_open_to_our_pages_whatever_session_there_was(desk: TestDesk) -> None:
    """The page that a mailed link opens may not know yet who was signed in before."""
    browser = await desk.browser("tomas")
    browser.csrf_token = None
    ours = await browser.post("/api/session", json=SIGN_IN, headers={"Sec-Fetch-Site": "same-origin"})
    assert ours.json()["user"]["email"] == "maria@desk.example"
    theirs = await browser.post("/api/session", json=SIGN_IN, headers={"Sec-Fetch-Site": "cross-site"})
    assert theirs.status_code == 403
