"""One id per request, in the answer, in the problem and on every line of the log; and one line when it is done."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from app.web.client import from_trusted_proxy

log = structlog.get_logger("app.requests")
SECRET_SEGMENT = re.compile(r"(?<=/)[A-Za-z0-9_-]{32,}(?=/|$)")
GIVEN_ID = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
POLLED = frozenset({"/health", "/ready", "/metrics"})
"""Asked every few seconds by programs; said only at level debug while all is well."""
SLOW = 1.0  # seconds; slower requests are worth a warning
LASTING = frozenset({"/live/events"})
"""Open for as long as somebody reads, so their length says nothing."""


def new_request_id() -> str:
    return uuid.uuid4().hex


def with_request_ids(app: ASGIApp, *, trusted_proxies: str = "", new_id: Callable[[], str] = new_request_id) -> ASGIApp:
    """Wrap the whole application; an id that a trusted proxy gave is kept."""

    async def numbered(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = _given_id(scope, trusted_proxies) or new_id()
        details: Any = scope
        details["request_id"] = request_id
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        status, began = 0, time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await app(scope, receive, send_with_id)
        finally:
            if scope["type"] == ScopeType.HTTP:
                _tell(scope, status, time.perf_counter() - began)
            clear_contextvars()

    return numbered


def printable_path(path: str) -> str:
    """The path without what may be the token of a link."""
    return SECRET_SEGMENT.sub("…", path)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    usual = log.debug if scope["path"] in POLLED else log.info
    slow = seconds > SLOW and scope["path"] not in LASTING
    level = log.warning if status >= 500 or slow else usual
    level(
        "request",
        method=scope.get("method"),
        path=printable_path(scope["path"]),
        status=status,
        milliseconds=round(seconds * 1000, 1),
        user_id=getattr(scope.get("user"), "user_id", None),
    )


def _given_id(scope: Scope, trusted_proxies: str) -> str | None:
    if not from_trusted_proxy(scope, trusted_proxies):
        return None
    for name, value in scope.get("headers", ()):
        if name.lower() == b"x-request-id" and GIVEN_ID.fullmatch(value.decode("latin-1")):
            return value.decode("latin-1")
    return None
