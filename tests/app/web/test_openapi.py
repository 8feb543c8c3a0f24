"""The OpenAPI document is true: bodies, error answers and headers are those of the running desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.web.problems import PROBLEM_TYPE
from tests.support.desk import running_desk


@pytest.fixture
async def document(sqlite_database: str, tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    async with running_desk(sqlite_database, tmp_path) as desk:
        browser = await desk.stranger()
        first = (await browser.get("/api/docs/openapi.json")).json()
        assert (await browser.get("/api/docs/openapi.json")).json() == first
        yield first


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        if path.startswith("/api/")
        for method, operation in item.items()
    ]


def headers_of(document: dict[str, Any], path: str, method: str) -> set[str]:
    said = document["paths"][path][method].get("parameters", [])
    names = {reference["$ref"].rsplit("/", 1)[1] for reference in said if "$ref" in reference}
    return {document["components"]["parameters"][name]["name"] for name in names}


async def test_every_error_is_problem_details(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert "default" in operation["responses"], (path, method)
        for status, answer in operation["responses"].items():
            if status >= "4":
                schema = {"$ref": "#/components/schemas/Problem"}
                assert answer["content"] == {PROBLEM_TYPE: {"schema": schema}}, (path, method, status)
    assert "code" in document["components"]["schemas"]["Problem"]["required"]


async def test_a_file_goes_in_as_a_form_and_comes_out_as_bytes(document: dict[str, Any]) -> None:
    body = document["paths"]["/api/files"]["post"]["requestBody"]
    form = body["content"]["multipart/form-data"]["schema"]
    assert body["required"] is True
    assert form["required"] == ["file"]
    assert form["properties"]["file"]["format"] == "binary"
    answer = document["paths"]["/api/files/{file_id}"]["get"]["responses"]["200"]
    assert list(answer["content"]) == ["application/octet-stream"]


async def test_writes_name_their_headers(document: dict[str, Any]) -> None:
    both = {"Idempotency-Key", "X-CSRF-Token"}
    assert headers_of(document, "/api/cases", "post") == both
    assert headers_of(document, "/api/cases/{case_id}", "patch") == both
    assert headers_of(document, "/api/files", "post") == both
    assert headers_of(document, "/api/session", "post") == set()  # begins a session, so has none yet
    for path, method, operation in operations(document):
        if method == "get":
            assert all("$ref" not in said for said in operation.get("parameters", [])), path
