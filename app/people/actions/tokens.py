"""Making and ending API tokens, by which programs act in the name of a user."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.database import Work
from app.errors import Invalid, NotFound
from app.people.events import TokensRevoked
from app.people.models import ApiToken
from app.people.rules import clean_line
from app.people.scopes import SCOPES
from app.people.tokens import token_hash

MAX_TOKENS = 50  # of one user; more is a program gone wrong
MAX_NAME = 120


async def make_token(
    work: Work, *, user_id: int, name: str, scopes: Iterable[str], token: str, expires_at: datetime | None
) -> ApiToken:
    """A new API token under `token`, which nobody is told again. Raises Invalid."""
    wanted = set(scopes)
    if not wanted or wanted - set(SCOPES):
        raise Invalid(f"Choose one or more of the scopes {', '.join(SCOPES)}.", field="scopes")
    if expires_at is not None and expires_at <= work.now:
        raise Invalid("This moment has passed.", field="expires_at")
    called = clean_line(name, field="name")
    if len(called) > MAX_NAME:
        raise Invalid(f"A name has at most {MAX_NAME} characters.", field="name")
    if await ApiToken.filter(user_id=user_id).count() >= MAX_TOKENS:
        raise Invalid(f"One user has at most {MAX_TOKENS} API tokens. Delete those that are not needed.")
    return await ApiToken.create(
        user_id=user_id,
        token_hash=token_hash(token),
        name=called,
        scopes=[scope for scope in SCOPES if scope in wanted],
        created_at=work.now,
        expires_at=expires_at,
    )


async def revoke_token(work: Work, *, token_id: int, user_id: int) -> None:
    """End one API token of this user. Raises NotFound when they have no such token."""
    if not await ApiToken.filter(id=token_id, user_id=user_id).delete():
        raise NotFound("There is no such API token.")
    work.record(TokensRevoked((token_id,)))


async def revoke_all_tokens(work: Work, *, user_id: int) -> None:
    """End all API tokens of a user."""
    ids = tuple([token.id for token in await ApiToken.filter(user_id=user_id).only("id")])
    if ids:
        await ApiToken.filter(id__in=ids).delete()
        work.record(TokensRevoked(ids))


async def note_use(*, token_id: int, now: datetime) -> None:
    """Note that the token is in use, so that its owner sees which ones nobody needs."""
    await ApiToken.filter(id=token_id).update(used_at=now)
