"""Answers people who follow a broken link with the portal's page for it; programs keep their problem details."""

from __future__ import annotations

from typing import cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

NOT_FOR_PEOPLE = ("/api", "/static")
FRONT_PAGE = "/"


def with_missing_page(app: ASGIApp) -> ASGIApp:
    """Wrap the router: a navigation of a browser that finds nothing gets the portal's page, with status 404.

    The portal itself sees in the address that there is no such page, and says so in the reader's language.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_navigation(scope):
            await app(scope, receive, send)
            return
        untouched = {**scope, "state": dict(scope.get("state") or {})}  # routing writes into the scope
        missing = False

        async def send_unless_missing(message: Message) -> None:
            nonlocal missing
            missing = missing or (message["type"] == "http.response.start" and message["status"] == 404)
            if not missing:
                await send(message)

        async def send_as_missing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["status"] = 404
            await send(message)

        await app(scope, receive, send_unless_missing)
        if missing:
            front = cast(Scope, {**untouched, "path": FRONT_PAGE, "raw_path": FRONT_PAGE.encode()})
            await app(front, receive, send_as_missing)

    return guarded


def _is_navigation(scope: Scope) -> bool:
    if scope["type"] != ScopeType.HTTP or scope.get("method") != "GET":
        return False
    if any(scope["path"] == prefix or scope["path"].startswith(f"{prefix}/") for prefix in NOT_FOR_PEOPLE):
        return False
    return any(name.lower() == b"accept" and b"text/html" in value for name, value in scope["headers"])
