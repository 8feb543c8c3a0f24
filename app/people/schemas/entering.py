"""Signing in, registering, oneself and one's sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from app.people.devices import device_of
from app.people.models import Session, User
from app.people.rights import Area, Person, Role, areas_of
from app.people.schemas.common import Address, Input, Language, Line, Password

MAX_PREFERENCES = 16_384  # bytes of JSON


class SignIn(Input):
    email: Address
    password: Password


class AskForLink(Input):
    email: Address


class NewPassword(Input):
    password: Password


class Registration(Input):
    name: Line
    email: Address
    language: Language = "en"


class ChangeMe(Input):
    name: Line | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    preferences: dict[str, Any] | UnsetType = UNSET
    current_password: Password = ""
    new_password: Password | UnsetType = UNSET


class UserOut(Struct, frozen=True, kw_only=True):
    id: int
    email: str
    name: str
    role: Role
    language: str
    contact_id: int | None
    account_id: int | None


class Me(Struct, frozen=True, kw_only=True):
    """Who is signed in and what they may do; `csrf_token` goes into X-CSRF-Token of every write."""

    user: UserOut
    csrf_token: str
    staff: bool
    rights: list[Area]
    preferences: dict[str, Any]
    teams: list[int]

    @classmethod
    def of(cls, person: Person, user: User, csrf_token: str) -> Me:
        return cls(
            user=UserOut(
                id=user.id,
                email=user.email,
                name=user.name,
                role=person.role,
                language=user.language,
                contact_id=person.contact_id,
                account_id=person.account_id,
            ),
            csrf_token=csrf_token,
            staff=person.staff,
            rights=areas_of(person),
            preferences=user.preferences,
            teams=sorted(person.teams),
        )


class SessionOut(Struct, frozen=True, kw_only=True):
    id: int
    device: str
    address: str
    created_at: datetime
    seen_at: datetime
    current: bool

    @classmethod
    def of(cls, session: Session, *, current: int | None) -> SessionOut:
        return cls(
            id=session.id,
            device=device_of(session.agent),
            address=session.address,
            created_at=session.created_at,
            seen_at=session.seen_at,
            current=session.id == current,
        )
