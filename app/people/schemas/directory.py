"""Contacts, accounts and colleagues."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from app.people.models import Account, Contact, User
from app.people.rights import Role
from app.people.schemas.common import Address, Input, Language, Line, role_of


class ColleagueOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    role: Role
    teams: list[int]


class Named(Struct, frozen=True, kw_only=True):
    id: int
    name: str


class AddressOut(Struct, frozen=True, kw_only=True):
    address: str
    primary: bool
    verified: bool
    dead: bool


class AccessOut(Struct, frozen=True, kw_only=True):
    """A contact's access to the portal."""

    id: int
    role: Role
    active: bool


class ContactOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    phone: str
    language: str | None
    account: Named | None
    addresses: list[AddressOut]
    custom: dict[str, Any]
    user: AccessOut | None
    created_at: datetime

    @classmethod
    def of(cls, contact: Contact) -> ContactOut:
        """Needs `addresses`, `account` and `users` fetched."""
        rows = sorted(contact.addresses, key=lambda row: (not row.primary, row.address))
        users: list[User] = list(getattr(contact, "users", ()))
        return cls(
            id=contact.id,
            name=contact.name,
            phone=contact.phone,
            language=contact.language,
            account=Named(id=contact.account.id, name=contact.account.name) if contact.account else None,
            addresses=[
                AddressOut(
                    address=row.address,
                    primary=row.primary,
                    verified=row.verified_at is not None,
                    dead=row.dead_since is not None,
                )
                for row in rows
            ],
            custom=contact.custom,
            user=AccessOut(id=users[0].id, role=role_of(users[0]), active=users[0].active) if users else None,
            created_at=contact.created_at,
        )


class NewContact(Input):
    name: Line
    addresses: Annotated[list[Address], Meta(max_length=20)] = field(default_factory=list)
    account_id: int | None = None
    language: Language | None = None
    phone: Line = ""


class ChangeContact(Input):
    name: Line | UnsetType = UNSET
    addresses: Annotated[list[Address], Meta(max_length=20)] | UnsetType = UNSET
    account_id: int | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    phone: Line | UnsetType = UNSET
    custom: dict[str, Any] | UnsetType = UNSET


class AccountOut(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    domains: list[str]
    language: str | None
    custom: dict[str, Any]
    service_class: int
    """0 usual, 1 important, 2 key customer."""
    created_at: datetime

    @classmethod
    def of(cls, account: Account) -> AccountOut:
        return cls(
            id=account.id,
            name=account.name,
            domains=account.domains,
            language=account.language,
            custom=account.custom,
            service_class=account.service_class,
            created_at=account.created_at,
        )


class NewAccount(Input):
    name: Line
    domains: Annotated[list[Line], Meta(max_length=100)] = field(default_factory=list)
    language: Language | None = None


class ChangeAccount(Input):
    name: Line | UnsetType = UNSET
    domains: Annotated[list[Line], Meta(max_length=100)] | UnsetType = UNSET
    language: Language | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET
    service_class: Literal[0, 1, 2] | UnsetType = UNSET
    """Only who may arrange queues may change it, since queues weigh it."""


class PortalColleague(Struct, frozen=True, kw_only=True):
    """Somebody of the own company who has access, as their company administrator sees them."""

    id: int
    name: str
    email: str
    role: Role
    active: bool
    invited: bool
    last_seen_at: datetime | None

    @classmethod
    def of(cls, user: User) -> PortalColleague:
        return cls(
            id=user.id,
            name=user.name,
            email=user.email,
            role=role_of(user),
            active=user.active,
            invited=user.last_seen_at is None and user.password_hash is None,
            last_seen_at=user.last_seen_at,
        )


class InviteColleague(Input):
    name: Line
    email: Address


class ChangeColleague(Input):
    active: bool
