"""Links by mail: asking for one, and coming in through it. Asking is always answered alike."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from app.people.actions.links import look_at_link
from app.people.authentication import visitor_of
from app.people.entering import enter_by_claim, enter_by_password_reset, enter_by_sign_in_link
from app.people.link_mail import ask_for_password_reset, ask_for_sign_in_link
from app.people.routes.answers import welcome
from app.people.schemas.entering import AskForLink, Me, NewPassword
from app.web.client import client_address
from app.web.handed_in import TheDesk
from app.web.security import WAY_IN


def address_of(request: Request[Any, Any, Any], desk: TheDesk) -> str:
    return client_address(request.scope, desk.settings.trusted_proxies)


@get("/api/links/{token:str}", status_code=204, summary="Whether a mailed link still works", tags=["Signing in"])
async def check_link(desk: TheDesk, token: FromPath[str]) -> None:
    """Uses nothing up. 410 alike for unknown, used and expired links, so nobody learns which ones existed."""
    await look_at_link(token, purposes=("sign_in", "password_reset", "claim", "invite"), now=desk.now())


@post("/api/password-resets", status_code=202, summary="Ask for a new password", tags=["Signing in"], opt=WAY_IN)
async def ask_password_reset(request: Request[Any, Any, Any], desk: TheDesk, data: JSONBody[AskForLink]) -> None:
    await ask_for_password_reset(desk, email=data.email, address=address_of(request, desk))


@post(
    "/api/password-resets/{token:str}", status_code=200, summary="Set a new password", tags=["Signing in"], opt=WAY_IN
)
async def reset_password(
    request: Request[Any, Any, Any], desk: TheDesk, token: FromPath[str], data: JSONBody[NewPassword]
) -> Response[Me]:
    visitor = visitor_of(request, desk)
    entry = await enter_by_password_reset(desk, visitor, token=token, password=data.password)
    return await welcome(desk, entry.token)


@post("/api/sign-in-links", status_code=202, summary="Ask for a link that signs in", tags=["Signing in"], opt=WAY_IN)
async def ask_sign_in_link(request: Request[Any, Any, Any], desk: TheDesk, data: JSONBody[AskForLink]) -> None:
    await ask_for_sign_in_link(desk, email=data.email, address=address_of(request, desk))


@post(
    "/api/sign-in-links/{token:str}",
    status_code=200,
    summary="Sign in by a mailed link",
    tags=["Signing in"],
    opt=WAY_IN,
)
async def sign_in_by_link(request: Request[Any, Any, Any], desk: TheDesk, token: FromPath[str]) -> Response[Me]:
    entry = await enter_by_sign_in_link(desk, visitor_of(request, desk), token=token)
    return await welcome(desk, entry.token)


@post(
    "/api/registrations/{token:str}", status_code=200, summary="Finish a registration", tags=["Signing in"], opt=WAY_IN
)
async def claim(
    request: Request[Any, Any, Any], desk: TheDesk, token: FromPath[str], data: JSONBody[NewPassword]
) -> Response[Me]:
    """The last step of a registration, of a claim by a contact who wrote a mail, and of an invitation."""
    entry = await enter_by_claim(desk, visitor_of(request, desk), token=token, password=data.password)
    return await welcome(desk, entry.token)


ROUTES = (check_link, ask_password_reset, reset_password, ask_sign_in_link, sign_in_by_link, claim)
