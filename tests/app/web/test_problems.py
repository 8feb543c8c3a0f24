"""Errors say what is wrong, where, and what to do; in one shape."""

from __future__ import annotations

import pytest

from app.web.problems import field_problem
from tests.support.desk import TestDesk


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/api/nowhere", None, 404, "not_found"),
        ("GET", "/api/contacts/abc", None, 404, "not_found"),
        ("PUT", "/api/session", None, 405, "method_not_allowed"),
        ("POST", "/api/session", b"{", 400, "malformed"),
        ("POST", "/api/session", b"", 422, "invalid"),
        ("POST", "/api/session", b"[]", 422, "invalid"),
        ("POST", "/api/session", b'"text"', 422, "invalid"),
        ("POST", "/api/session", b'{"email": "\xff\xfe", "password": "x"}', 400, "malformed"),
        ("POST", "/api/session", b'{"email": "\\ud800", "password": "x"}', 400, "malformed"),
        ("POST", "/api/session", b"[" * 100_000, 400, "malformed"),
        ("POST", "/api/session", b'{"email": "' + b"x" * 3_000_000 + b'"}', 413, "too_large"),
        ("GET", "/api/me", None, 401, "not_signed_in"),
        ("POST", "/api/password-resets/" + "x" * 3000, b'{"password": "three blue herons"}', 410, "link_expired"),
    ],
)
async def test_every_error_is_a_problem(
    desk: TestDesk, method: str, path: str, content: bytes | None, status: int, code: str
) -> None:
    browser = await desk.stranger()
    answer = await browser.request(method, path, content=content, headers={"Content-Type": "application/json"})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"urn:casefeed:problem:{code}"
    assert problem["title"]
    assert problem["detail"]


async def test_a_mistake_of_ours_tells_the_request_id_only(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("app.people.routes.directory.queries.colleagues", broken)
    answer = await (await desk.browser("maria")).get("/api/colleagues")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert answer.json()["data"]["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text


async def test_a_collision_in_the_database_is_a_conflict(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def blind(*_: object) -> None:
        return None

    monkeypatch.setattr("app.people.actions.teams._refuse_taken", blind)
    answer = await (await desk.browser("olga")).post("/api/admin/teams", json={"name": "Support"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("key", "message", "field", "words"),
    [
        ("data", "Object missing required field `email`", "email", "This is needed."),
        ("data.contact", "Object missing required field `name`", "contact.name", "This is needed."),
        ("data", "Object contains unknown field `admin`", "admin", "There is no such field."),
        ("data.name", "Expected `str` of length <= 400", "name", "At most 400 characters or items, please."),
        ("", "Expected `str`, got `int` - at `$.email`", "email", "Expected 'str', got 'int'"),
        ("limit", "Expected `int` >= 1", "limit", "Expected 'int' >= 1"),
    ],
)
def test_messages_of_the_decoder_become_fields_and_words(key: str, message: str, field: str, words: str) -> None:
    problem = field_problem(key, message)
    assert (problem.field, problem.message) == (field, words)
