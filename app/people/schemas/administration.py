"""Users and teams, as administrators see and change them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from app.people.models import Team, User
from app.people.rights import Area, Role
from app.people.schemas.common import Address, Input, Language, Line, role_of


class AdminUser(Struct, frozen=True, kw_only=True):
    """A user as administrators see them; `invited` until a first password or link was used."""

    id: int
    email: str
    name: str
    role: Role
    language: str
    active: bool
    invited: bool
    teams: list[int]
    granted: list[str]
    contact_id: int | None
    last_seen_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, user: User, teams: list[int]) -> AdminUser:
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            role=role_of(user),
            language=user.language,
            active=user.active,
            invited=user.last_seen_at is None and user.password_hash is None,
            teams=teams,
            granted=[area for area in user.granted.split(",") if area],
            contact_id=user.contact_id,
            last_seen_at=user.last_seen_at,
            created_at=user.created_at,
        )


class NewUser(Input):
    email: Address
    name: Line
    role: Role
    teams: Annotated[list[int], Meta(max_length=200)] = field(default_factory=list)
    language: Language | None = None


class ChangeUser(Input):
    name: Line | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    teams: Annotated[list[int], Meta(max_length=200)] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    granted: Annotated[list[Area], Meta(max_length=20)] | UnsetType = UNSET
    """Areas beyond the role; see app.people.rights.GRANTABLE."""
    language: Language | UnsetType = UNSET


class TeamOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    members: list[int]

    @classmethod
    def of(cls, team: Team, members: list[int]) -> TeamOut:
        return cls(id=team.id, name=team.name, members=members)


class NewTeam(Input):
    name: Line
    members: Annotated[list[int], Meta(max_length=1000)] = field(default_factory=list)


class ChangeTeam(Input):
    name: Line | UnsetType = UNSET
    members: Annotated[list[int], Meta(max_length=1000)] | UnsetType = UNSET
