"""API tokens on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

from msgspec import Meta, Struct

from app.people.models import ApiToken
from app.people.schemas.common import Input, Line
from app.people.scopes import Scope


class MakeToken(Input):
    name: Line
    scopes: list[Scope]
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class TokenOut(Struct, frozen=True, kw_only=True):
    """`used_at` is exact to some minutes; without `expires_at` the token lasts until it is deleted."""

    id: int
    name: str
    scopes: list[Scope]
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, row: ApiToken) -> TokenOut:
        return cls(
            id=row.id,
            name=row.name,
            scopes=cast("list[Scope]", list(row.scopes)),
            created_at=row.created_at,
            used_at=row.used_at,
            expires_at=row.expires_at,
        )


class TokenMade(Struct, frozen=True, kw_only=True):
    """A new token; `token` is shown this once and goes into `Authorization: Bearer`."""

    token: str
    api_token: TokenOut
