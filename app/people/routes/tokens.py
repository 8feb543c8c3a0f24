"""One's own API tokens: by what programs act in one's name."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec.json import decode

from app.database import Work
from app.people.actions import tokens
from app.people.authentication import ThePerson
from app.people.queries import api_tokens_of
from app.people.schemas.tokens import MakeToken, TokenMade, TokenOut
from app.people.tokens import PROGRAM_PREFIX
from app.web.handed_in import TheDesk
from app.web.idempotency import write


@get("/api/tokens", summary="One's API tokens", tags=["API tokens"])
async def list_tokens(person: ThePerson) -> list[TokenOut]:
    return [TokenOut.of(row) for row in await api_tokens_of(person.user_id or 0)]


@post("/api/tokens", status_code=201, summary="Make an API token", tags=["API tokens"])
async def make_token(
    request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson, data: JSONBody[MakeToken]
) -> Response[TokenMade]:
    """The token is in no remembered answer: a repetition derives the same one from its Idempotency-Key again."""
    key = request.headers.get("idempotency-key")
    token = PROGRAM_PREFIX + (desk.token() if key is None else desk.keys.token_for(f"{person.user_id}:{key}"))

    async def make(work: Work) -> TokenOut:
        row = await tokens.make_token(
            work,
            user_id=person.user_id or 0,
            name=data.name,
            scopes=data.scopes,
            token=token,
            expires_at=data.expires_at,
        )
        return TokenOut.of(row)

    answer = await write(request, desk, make, status=201)
    made = TokenMade(token=token, api_token=decode(answer.content, type=TokenOut))
    return Response(made, status_code=201, headers=answer.headers)


@delete("/api/tokens/{token_id:int}", status_code=204, summary="Delete an API token", tags=["API tokens"])
async def revoke_token(
    request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson, token_id: FromPath[int]
) -> Response[None]:
    async def revoke(work: Work) -> None:
        await tokens.revoke_token(work, token_id=token_id, user_id=person.user_id or 0)

    return await write(request, desk, revoke, status=204)


ROUTES = (list_tokens, make_token, revoke_token)
