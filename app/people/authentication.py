"""From what a request carries to a Person: the one place where credentials of any kind are looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import Dependency, Provide
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.params import SkipValidationMarker
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.desk import Desk
from app.errors import DeskError, NotSignedIn
from app.people.actions.sessions import SEEN_EVERY, renew_session
from app.people.actions.tokens import note_use
from app.people.entering import Visitor
from app.people.queries import live_api_token, session_of_token
from app.people.rights import Person, require
from app.people.scopes import require_scopes
from app.web.client import client_address
from app.web.security import attach

COOKIE = "casefeed_session"
TELLS_TROUBLE = "tells_trouble"
"""A route with this option finds under the same key of its scope why nobody can say who calls, and answers itself."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody showed. `cookie_token` is set for a browser's session, whose writes need the CSRF token.

    A bearer token is sent by programs only: no other site can make a browser send it, so no proof is needed.
    """

    kind: Literal["session", "bearer"]
    token: str = field(repr=False)

    @property
    def cookie_token(self) -> str | None:
        return self.token if self.kind == "session" else None


class Authentication(ASGIMiddleware):
    """Finds out who is calling, on HTTP and at the handshake of a WebSocket; routes with `public_asset` are spared."""

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET)
    exclude_opt_key = "public_asset"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        attach(scope, person=None, credentials=None)
        credentials = credentials_of(scope)
        try:
            if credentials is not None and credentials.kind == "bearer":
                await self._accept_token(scope, credentials)
            elif credentials is not None and await self._accept(scope, credentials):
                send = _renewing(send, session_cookie(self._desk, credentials.token))
        except DeskError:
            raise
        except Exception as error:
            if not scope["route_handler"].opt.get(TELLS_TROUBLE):
                raise
            scope[TELLS_TROUBLE] = error  # type: ignore[literal-required]  # a key of our own
        await next_app(scope, receive, send)

    async def _accept(self, scope: Scope, credentials: Credentials) -> bool:
        """Attach the person; answers whether the session was renewed, and the cookie must be too."""
        desk, now = self._desk, self._desk.now()
        live = await session_of_token(credentials.token, now=now)
        if live is None:
            return False
        attach(scope, person=live.person, credentials=credentials)
        if now - live.seen_at < SEEN_EVERY:
            return False
        lifetime = timedelta(days=desk.settings.session_days)
        await renew_session(session_id=live.session_id, user_id=live.user_id, now=now, lifetime=lifetime)
        return True

    async def _accept_token(self, scope: Scope, credentials: Credentials) -> None:
        """Attach the person in whose name a program calls. Raises Forbidden where the token's scopes end."""
        now = self._desk.now()
        live = await live_api_token(credentials.token, now=now)
        if live is None:
            return
        require_scopes(live.person.scopes, method=str(scope.get("method") or "GET"), path=scope["path"])
        attach(scope, person=live.person, credentials=credentials)
        if live.used_at is None or now - live.used_at >= SEEN_EVERY:
            await note_use(token_id=live.token_id, now=now)


def credentials_of(scope: Any) -> Credentials | None:
    """The token of a program (`Authorization: Bearer`), which wins, or a browser's session cookie."""
    for name, value in scope["headers"]:
        if name.lower() == b"authorization":
            scheme, _, token = value.decode("latin-1").strip().partition(" ")
            if scheme.lower() == "bearer" and token.strip():
                return Credentials(kind="bearer", token=token.strip())
    for name, value in scope["headers"]:
        if name.lower() == b"cookie" and (token := _cookie(value.decode("latin-1"), COOKIE)):
            return Credentials(kind="session", token=token)
    return None


def person_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Person | None:
    """Who is calling, or None when nobody has signed in."""
    person = connection.scope.get("user")
    return person if isinstance(person, Person) else None


def visitor_of(request: Request[Any, Any, Any], desk: Desk) -> Visitor:
    person = person_of(request)
    return Visitor(
        address=client_address(request.scope, desk.settings.trusted_proxies),
        agent=request.headers.get("user-agent", ""),
        session_id=person.session_id if person else None,
    )


def session_cookie(desk: Desk, token: str) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=token,
        path="/",
        httponly=True,
        samesite="lax",
        secure=desk.settings.secure_cookies,
        max_age=desk.settings.session_days * 86400,
    )


def ended_cookie(desk: Desk) -> Cookie:
    cookie = session_cookie(desk, "")
    cookie.max_age = 0
    return cookie


def signed_in(request: Request[Any, Any, Any]) -> Person:
    """Dependency `person`: whoever is signed in. Raises NotSignedIn."""
    person = person_of(request)
    if person is None:
        raise NotSignedIn("Sign in first.")
    return person


def signed_in_staff(request: Request[Any, Any, Any]) -> Person:
    """Dependency `staff`: an agent, team lead or administrator. Raises NotSignedIn or Forbidden."""
    person = signed_in(request)
    require(person.staff, "This part of the desk is for its staff.")
    return person


def signed_in_customer(request: Request[Any, Any, Any]) -> Person:
    """Dependency `customer`: somebody of the portal, with a contact. Raises NotSignedIn or Forbidden."""
    person = signed_in(request)
    require(not person.staff and person.contact_id is not None, "This part of the desk is for its customers.")
    return person


ThePerson: TypeAlias = Annotated[Person, Dependency(kind="named"), SkipValidationMarker()]
"""For the parameters `person`, `staff` and `customer` of handlers."""
DEPENDENCIES = {
    "person": Provide(signed_in, sync_to_thread=False),
    "staff": Provide(signed_in_staff, sync_to_thread=False),
    "customer": Provide(signed_in_customer, sync_to_thread=False),
}


def _renewing(send: Send, cookie: Cookie) -> Send:
    """Send the cookie again with a full life, unless the answer sets one itself."""

    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if all(name.lower() != b"set-cookie" for name, _ in headers):
                message["headers"] = [*headers, (b"set-cookie", cookie.to_header(header="").strip().encode())]
        await send(message)

    return send_with_cookie


def _cookie(header: str, name: str) -> str | None:
    """The first cookie of this name; split by hand, because the stdlib's parser gives up at others' odd cookies."""
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name and value:
            return value.strip('"')
    return None
