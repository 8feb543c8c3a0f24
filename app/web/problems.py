"""Every error as problem details (RFC 9457) with a stable code, the field at fault and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from tortoise.exceptions import IntegrityError

from app.errors import Conflict, DeskError
from app.web.encoding import encode_json

log = structlog.get_logger(__name__)

PROBLEM_TYPE = "application/problem+json"
CODES: Mapping[int, tuple[str, str, str]] = {
    400: ("malformed", "The request could not be read", "Send well-formed JSON as described in /api/docs."),
    401: ("not_signed_in", "Sign in first", "Sign in and try again."),
    403: ("forbidden", "You may not do this", "Ask an administrator of the desk."),
    404: ("not_found", "Not found", "There is nothing at this address."),
    405: ("method_not_allowed", "Not possible here", "See /api/docs for the methods of this address."),
    406: ("not_acceptable", "No such format", "Ask for application/json."),
    413: ("too_large", "Too large", "Send less at once."),
    415: ("unsupported_media_type", "Unknown format", "Send application/json."),
    429: ("too_many_attempts", "Too many attempts", "Wait a little and try again."),
    500: ("internal", "Something broke on our side", "Try again; if it stays, tell the operator the request id."),
    503: ("unavailable", "Not available right now", "Try again in a moment."),
}
CUT_OFF = "client disconnected prematurely"
"""What Litestar's own error says when a body ends early: a tunnel, a closed tab. It has no other mark."""
MISSING = re.compile(r"missing required field `([^`]+)`")
PLACE = re.compile(r"\s*-\s*at `\$\.?([^`]*)`")
UNKNOWN = re.compile(r"contains unknown field `([^`]+)`")


class FieldProblem(msgspec.Struct, frozen=True):
    """One input that is not right."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Problem details; `code` is stable and meant for programs, the texts are for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    errors: list[FieldProblem] | None = None
    data: dict[str, Any] | None = None


def problem_response(problem: Problem, *, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    return Response(
        content=encode_json(problem), status_code=problem.status, media_type=PROBLEM_TYPE, headers=dict(headers or {})
    )


def problem_of(error: DeskError) -> Problem:
    errors = [FieldProblem(error.field, error.message)] if error.field else None
    return Problem(
        type=f"urn:casefeed:problem:{error.code}",
        title=error.title,
        status=error.status,
        code=error.code,
        detail=error.message,
        field=error.field,
        errors=errors,
        data=error.data or None,
    )


def problem_of_status(status: int, *, detail: str | None = None, data: dict[str, Any] | None = None) -> Problem:
    code, title, advice = CODES.get(status) or CODES[500 if status >= 500 else 400]
    return Problem(
        type=f"urn:casefeed:problem:{code}", title=title, status=status, code=code, detail=detail or advice, data=data
    )


def field_problem(key: str, message: str) -> FieldProblem:
    """The field and the words of one of msgspec's messages."""
    key = "" if key in {"data", "body"} else key.removeprefix("data.")
    if place := PLACE.search(message):
        key, message = key or place.group(1), PLACE.sub("", message)
    if missing := MISSING.search(message) or UNKNOWN.search(message):
        key = f"{key}.{missing.group(1)}" if key else missing.group(1)
    return FieldProblem(key, _plain_words(message))


def _plain_words(message: str) -> str:
    if MISSING.search(message):
        return "This is needed."
    if UNKNOWN.search(message):
        return "There is no such field."
    if bound := re.search(r"Expected `\w+` of length (>=|<=) (\d+)", message):
        return f"{'At least' if bound.group(1) == '>=' else 'At most'} {bound.group(2)} characters or items, please."
    return message.replace("`", "'")


def on_desk_error(_: Request[Any, Any, Any], error: DeskError) -> Response[bytes]:
    retry_after = error.data.get("retry_after")
    headers = {"Retry-After": str(retry_after)} if isinstance(retry_after, int) else None
    return problem_response(problem_of(error), headers=headers)


def on_invalid(_: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    """Input of the wrong shape, found by msgspec before the handler ran."""
    raw = error.extra if isinstance(error.extra, list) else []
    errors = [field_problem(str(item.get("key", "")), str(item.get("message", ""))) for item in raw]
    first = errors[0] if errors else FieldProblem("", "Something in the input is not right.")
    return problem_response(
        Problem(
            type="urn:casefeed:problem:invalid",
            title="Something in the input is not right",
            status=422,
            code="invalid",
            detail=f"{first.field}: {first.message}" if first.field else first.message,
            field=first.field or None,
            errors=errors or None,
        )
    )


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if isinstance(error.__cause__, SerializationException) or error.status_code == 400:
        return problem_response(problem_of_status(400))
    if error.detail == CUT_OFF:
        log.info("request_cut_off", method=request.method)  # nobody is there any more to read the answer
        return problem_response(problem_of_status(400))
    if error.status_code >= 500:
        return on_unexpected(request, error)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() in {"allow", "retry-after"}}
    return problem_response(problem_of_status(error.status_code), headers=headers)


def on_integrity_error(request: Request[Any, Any, Any], error: IntegrityError) -> Response[bytes]:
    """Two writes wanted the same unique thing, and the database let only the first one have it."""
    log.warning("write_collided", method=request.method, reason=type(error).__name__)
    return problem_response(problem_of(Conflict("Somebody changed the same thing a moment before. Look again.")))


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake of ours: the trace goes to the log, the caller gets the request id and nothing else."""
    log.error("unexpected_error", exc_info=error, method=request.method)
    request_id = str(request.scope.get("request_id", ""))
    return problem_response(problem_of_status(500, data={"request_id": request_id} if request_id else None))


EXCEPTION_HANDLERS: dict[Any, Any] = {
    DeskError: on_desk_error,
    ValidationException: on_invalid,
    HTTPException: on_http_error,
    IntegrityError: on_integrity_error,
    Exception: on_unexpected,
}
