"""Signing in and out, and the list of one's own sessions."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from app.database import Work
from app.people.actions import sessions
from app.people.authentication import ThePerson, ended_cookie, person_of, visitor_of
from app.people.entering import enter_by_password
from app.people.queries import sessions_of
from app.people.routes.answers import welcome
from app.people.schemas.entering import Me, SessionOut, SignIn
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from app.web.security import WAY_IN


@post("/api/session", status_code=200, summary="Sign in", tags=["Signing in"], opt=WAY_IN)
async def sign_in(request: Request[Any, Any, Any], desk: TheDesk, data: JSONBody[SignIn]) -> Response[Me]:
    entry = await enter_by_password(desk, visitor_of(request, desk), email=data.email, password=data.password)
    return await welcome(desk, entry.token)


@delete("/api/session", status_code=204, summary="Sign out", tags=["Signing in"])
async def sign_out(request: Request[Any, Any, Any], desk: TheDesk) -> Response[None]:
    person = person_of(request)
    if person is not None and person.session_id is not None:
        async with desk.unit_of_work() as work:
            await sessions.close_one(work, session_id=person.session_id)
    return Response(content=None, status_code=204, cookies=[ended_cookie(desk)])


@get("/api/sessions", summary="Where one is signed in", tags=["Signing in"])
async def list_sessions(desk: TheDesk, person: ThePerson) -> list[SessionOut]:
    rows = await sessions_of(person.user_id or 0, now=desk.now())
    return [SessionOut.of(row, current=person.session_id) for row in rows]


@delete("/api/sessions/{session_id:int}", status_code=204, summary="Sign out one place", tags=["Signing in"])
async def end_session(
    request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson, session_id: FromPath[int]
) -> Response[None]:
    async def end(work: Work) -> None:
        await sessions.close_session(work, session_id=session_id, user_id=person.user_id or 0)

    return await write(request, desk, end, status=204)


@delete("/api/sessions", status_code=204, summary="Sign out everywhere else", tags=["Signing in"])
async def end_other_sessions(request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson) -> Response[None]:
    async def end(work: Work) -> None:
        await sessions.close_sessions(work, user_id=person.user_id or 0, except_session=person.session_id)

    return await write(request, desk, end, status=204)


ROUTES = (sign_in, sign_out, list_sessions, end_session, end_other_sessions)
