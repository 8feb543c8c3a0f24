"""Makes the OpenAPI document say what the desk does: errors as problem details, and the headers that writes take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from litestar.handlers import HTTPRouteHandler

from app.web import idempotency
from app.web.problems import PROBLEM_TYPE
from app.web.security import SAFE_METHODS

PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details (RFC 9457); code is stable and meant for programs, the texts are for people.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:casefeed:problem:not_found"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "examples": ["not_found"]},
        "detail": {"type": "string"},
        "field": {"type": "string", "description": "The first input that is not right."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "data": {"type": "object", "additionalProperties": True},
    },
}
IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repetition with the same key is answered from memory (Idempotency-Replayed) and not done again.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 80, "pattern": f"^{idempotency.KEY.pattern}$"},
}
CSRF_TOKEN: Mapping[str, Any] = {
    "name": "X-CSRF-Token",
    "in": "header",
    "required": False,
    "description": "Needed with a session cookie, as /api/me tells it; not with Authorization: Bearer.",
    "schema": {"type": "string"},
}
PARAMETERS: Mapping[str, Mapping[str, Any]] = {"IdempotencyKey": IDEMPOTENCY_KEY, "CsrfToken": CSRF_TOKEN}
MALFORMED, INVALID = "The request could not be read", "Something in the input is not right"

_TYPE_IN_PATH = re.compile(r":\w+\}")


def truthful(document: Mapping[str, Any], handlers: Iterable[tuple[str, HTTPRouteHandler]]) -> dict[str, Any]:
    """Return the document with what the framework cannot know, given each handler with its path template."""
    told: dict[str, Any] = deepcopy(dict(document))
    components = told.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["parameters"] = {**components.get("parameters", {}), **PARAMETERS}
    known = {
        (_TYPE_IN_PATH.sub("}", path), method): handler for path, handler in handlers for method in _methods(handler)
    }
    for path, item in (told.get("paths") or {}).items():
        for method, operation in item.items():
            if not path.startswith("/api/") or not isinstance(operation, dict) or "responses" not in operation:
                continue
            operation["responses"] = _responses(operation["responses"])
            if headers := list(_headers(known.get((path, method.upper())), method.upper())):
                operation["parameters"] = [*operation.get("parameters", ()), *headers]
    return told


def remembers(handler: HTTPRouteHandler) -> bool:
    """Whether the handler writes by a function of `app.web.idempotency`, which obeys Idempotency-Key."""
    function = handler.fn
    called = [function.__globals__.get(name) for name in function.__code__.co_names]
    return idempotency.write in called or idempotency.write_in_steps in called


def _methods(handler: HTTPRouteHandler) -> Iterator[str]:
    yield from (str(getattr(method, "value", method)) for method in handler.http_methods)


def _headers(handler: HTTPRouteHandler | None, method: str) -> Iterator[dict[str, str]]:
    if handler is None or method in SAFE_METHODS:
        return
    if remembers(handler):
        yield {"$ref": "#/components/parameters/IdempotencyKey"}
    if not handler.opt.get("way_in"):
        yield {"$ref": "#/components/parameters/CsrfToken"}


def _responses(said: Mapping[str, Any]) -> dict[str, Any]:
    """Every error is a problem; the framework's own guess of 400 stands for input that it checks."""
    kept = {status: answer for status, answer in said.items() if status < "4"}
    checked = {"400": _problem(MALFORMED), "422": _problem(INVALID)} if "400" in said else {}
    return {**kept, **checked, "default": _problem("What went wrong, and what to do about it")}


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {PROBLEM_TYPE: {"schema": schema}}}
