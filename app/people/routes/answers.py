"""The answer that everybody gets who has just come in: Me, and the cookie of the new session."""

from __future__ import annotations

from litestar import Response
from litestar.enums import MediaType

from app.desk import Desk
from app.errors import NotSignedIn
from app.people.actions.users import find_user
from app.people.authentication import session_cookie
from app.people.queries import session_of_token
from app.people.schemas.entering import Me
from app.web.encoding import encode_json


async def me_of_token(desk: Desk, token: str) -> Me:
    live = await session_of_token(token, now=desk.now())
    if live is None:
        raise NotSignedIn("Sign in first.")
    return Me.of(live.person, await find_user(live.user_id), desk.keys.csrf_token(token))


async def welcome(desk: Desk, token: str) -> Response[Me]:
    content: object = encode_json(await me_of_token(desk, token))
    return Response(
        content=content,  # type: ignore[arg-type]  # encoded already, the type is for OpenAPI
        status_code=200,
        media_type=MediaType.JSON,
        cookies=[session_cookie(desk, token)],
    )
