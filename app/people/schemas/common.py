"""What the schemas of people share."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from app.people.models import User
from app.people.rights import Role

Line = Annotated[str, Meta(max_length=400)]
Address = Annotated[str, Meta(max_length=400)]
Password = Annotated[str, Meta(max_length=1000)]
Language = Annotated[str, Meta(max_length=8)]


class Input(Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of what callers send: a misspelt field is told, not ignored."""


def role_of(user: User) -> Role:
    """The role of a row, checked."""
    role: Role = msgspec.convert(user.role, type=Role)
    return role
