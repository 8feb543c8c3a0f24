"""Who am I, and what I may change about myself."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, patch
from litestar.params import JSONBody
from msgspec import UNSET

from app.errors import Invalid
from app.people.actions.users import change_user, find_user, set_preferences
from app.people.authentication import Credentials, ThePerson
from app.people.entering import change_own_password
from app.people.routes.answers import me_of_token, welcome
from app.people.schemas.entering import MAX_PREFERENCES, ChangeMe, Me
from app.web.encoding import encode_json
from app.web.handed_in import TheDesk


def token_of(request: Request[Any, Any, Any]) -> str:
    credentials = request.scope.get("auth")
    return credentials.token if isinstance(credentials, Credentials) else ""


@get("/api/me", summary="Who is signed in", tags=["Signing in"])
async def me(request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson) -> Me:
    if person.token_id is not None:
        return Me.of(person, await find_user(person.user_id or 0), "")
    return await me_of_token(desk, token_of(request))


@patch("/api/me", summary="Change oneself", tags=["Signing in"])
async def change_me(
    request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson, data: JSONBody[ChangeMe]
) -> Response[Me]:
    """With `new_password` all other sessions end, and this one goes on under a new token."""
    token, user_id = token_of(request), person.user_id or 0
    if data.preferences is not UNSET and len(encode_json(data.preferences)) > MAX_PREFERENCES:
        raise Invalid("These preferences are too large.", field="preferences")
    if data.new_password is not UNSET:
        token = await change_own_password(
            desk,
            user=await find_user(user_id),
            session_id=person.session_id,
            current=data.current_password,
            new=data.new_password,
        )
    async with desk.unit_of_work() as work:
        await change_user(
            work,
            user_id=user_id,
            name=data.name if data.name is not UNSET else None,
            language=data.language if data.language is not UNSET else None,
        )
        if data.preferences is not UNSET:
            await set_preferences(work, user_id=user_id, preferences=data.preferences)
    return await welcome(desk, token)


ROUTES = (me, change_me)
