"""Who may do what: the one permission module. Routes, topics and files all ask these pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from app.errors import Forbidden
from app.people.scopes import EVERY_SCOPE

Role = Literal["administrator", "team_lead", "agent", "company_administrator", "customer"]
ROLES: tuple[Role, ...] = get_args(Role)
STAFF_ROLES: tuple[Role, ...] = ("administrator", "team_lead", "agent")
PORTAL_ROLES: tuple[Role, ...] = ("company_administrator", "customer")

Area = Literal[
    "mailboxes",
    "users",
    "branding",
    "queues",
    "teams",
    "service_levels",
    "templates",
    "fields",
    "reports",
    "quarantine",
]
AREAS: tuple[Area, ...] = get_args(Area)
LED_AREAS: frozenset[Area] = frozenset(
    {"queues", "teams", "service_levels", "templates", "fields", "reports", "quarantine"}
)
"""What a team lead may administer; an administrator may administer everything."""
GRANTABLE: tuple[Area, ...] = ("quarantine",)
"""What may be given to a single agent beyond the role."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, with the rights of this very moment.

    `session_id` or `token_id` says by what; a token narrows what may be done to its `scopes`.
    """

    user_id: int | None
    session_id: int | None
    contact_id: int | None
    account_id: int | None
    role: Role
    name: str
    language: str
    teams: frozenset[int] = frozenset()
    token_id: int | None = None
    scopes: frozenset[str] = EVERY_SCOPE
    granted: frozenset[str] = frozenset()
    """Areas of GRANTABLE that this person has beyond the role."""

    @property
    def staff(self) -> bool:
        return self.role in STAFF_ROLES


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to a case: the author of the entries that follow from it."""

    kind: Literal["staff", "contact", "system"]
    user_id: int | None
    contact_id: int | None
    name: str

    @classmethod
    def of(cls, person: Person) -> Actor:
        if person.staff:
            return cls(kind="staff", user_id=person.user_id, contact_id=None, name=person.name)
        return cls(kind="contact", user_id=person.user_id, contact_id=person.contact_id, name=person.name)


SYSTEM = Actor(kind="system", user_id=None, contact_id=None, name="")


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What decides who may see a case. `participants` are contacts that were copied in."""

    case_id: int
    contact_id: int
    account_id: int | None
    queue_id: int
    participants: frozenset[int] = frozenset()


def may_see_case(person: Person, facts: CaseFacts) -> bool:
    """Staff see every case; customers their own and those they take part in; company administrators their company's."""
    if person.staff:
        return True
    if person.contact_id is not None and (
        person.contact_id == facts.contact_id or person.contact_id in facts.participants
    ):
        return True
    return may_see_company(person) and person.account_id == facts.account_id


def may_write_case(person: Person, facts: CaseFacts) -> bool:
    """Who may see a case may answer in it; what kind of entry that becomes depends on `person.staff`."""
    return may_see_case(person, facts)


def sees_internal(person: Person) -> bool:
    """Notes, escalations, owners and everything else that never leaves the desk."""
    return person.staff


def may_administer(person: Person, area: Area) -> bool:
    if person.role == "administrator":
        return True
    if person.role == "team_lead" and area in LED_AREAS:
        return True
    return person.staff and area in GRANTABLE and area in person.granted


def areas_of(person: Person) -> list[Area]:
    """The areas that `person` may administer, in the order of AREAS."""
    return [area for area in AREAS if may_administer(person, area)]


def may_see_company(person: Person) -> bool:
    """Whether all cases and colleagues of the own company are visible; needs a company."""
    return person.role == "company_administrator" and person.account_id is not None


def require(condition: bool, message: str = "Your role does not allow this. Ask an administrator of the desk.") -> None:
    """Raise Forbidden unless `condition` holds."""
    if not condition:
        raise Forbidden(message)
