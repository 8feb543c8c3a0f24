"""What protects the browser: headers on every answer, and the proof that a write comes from our own pages."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import RequestNotTrusted
from app.keys import Keys
from app.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # links with tokens must not travel to other sites
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": API_POLICY,
}
"""Set wherever an answer does not say otherwise; files bring their own Content-Security-Policy."""
PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""For answers that are HTML. Inline styles are needed by the component library, inline scripts by nobody."""
ONE_YEAR = "max-age=31536000"
WAY_IN: dict[str, Any] = {"way_in": True}
"""`opt` of routes that begin a session; see OnlyOurPages."""


def with_security_headers(app: ASGIApp, *, https: bool) -> ASGIApp:
    """Wrap the whole application, so that errors of every kind carry the headers too."""
    defaults = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    if https:
        defaults.append((b"strict-transport-security", ONE_YEAR.encode()))

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name.lower() for name, _ in headers}
                if b"content-security-policy" not in said and _is_page(headers):
                    headers.append((b"content-security-policy", PAGE_POLICY.encode()))
                    said.add(b"content-security-policy")
                headers += [(name, value) for name, value in defaults if name not in said]
                if b"cache-control" not in said and str(scope.get("path", "")).startswith("/api/"):
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
            await send(message)

        await app(scope, receive, send_with_headers)

    return guarded


def _is_page(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)


class OnlyOurPages(ASGIMiddleware):
    """Refuses writes that another site made the browser send.

    With a session cookie the page must send X-CSRF-Token (an HMAC of the session's token, told by /api/me). Without a
    session, and on the ways in (`opt={"way_in": True}`), which use no session that is there already, a browser must
    show by Sec-Fetch-Site or Origin that the page is ours; programs send neither.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, keys: Keys, origins: frozenset[str]) -> None:
        self._keys = keys
        self._origins = origins

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope.get("method") not in SAFE_METHODS:
            headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
            token = getattr(scope.get("auth"), "cookie_token", None)
            if getattr(scope.get("auth"), "kind", None) == "bearer":
                pass  # a program's own header, which another site cannot make a browser send
            elif token is not None and not scope["route_handler"].opt.get("way_in"):
                self._require_token(headers.get(b"x-csrf-token", ""), token)
            elif not from_our_page(headers, own=self._origins):
                raise RequestNotTrusted("The request came from another site. Open the desk's own page and try again.")
        await next_app(scope, receive, send)

    def _require_token(self, sent: str, session_token: str) -> None:
        if not hmac.compare_digest(sent.encode(), self._keys.csrf_token(session_token).encode()):
            raise RequestNotTrusted("Send X-CSRF-Token as /api/me tells it; reload the page if you are in a browser.")


def own_origins(settings: Settings) -> frozenset[str]:
    """Origins of our own pages: where the desk is published, and the front end's development server."""
    urls = [settings.public_url, settings.front_dev_url or ""]
    return frozenset(f"{parts.scheme}://{parts.netloc}" for url in urls if (parts := urlsplit(url)).netloc)


def from_our_page(headers: Mapping[bytes, str], *, own: frozenset[str]) -> bool:
    """Whether a browser could have sent this only from our own pages (Fetch Metadata; Origin for older browsers)."""
    origin = headers.get(b"origin")
    if origin is not None and origin in own:
        return True
    if site := headers.get(b"sec-fetch-site"):
        return site in {"same-origin", "none"}
    place = urlsplit(origin or "").netloc
    return origin is None or (bool(place) and place == headers.get(b"host"))


def attach(scope: Any, *, person: Any, credentials: Any) -> None:
    """Where the middleware leaves who is calling: the places Litestar itself reads as request.user and request.auth."""
    scope["user"] = person
    scope["auth"] = credentials
