"""The people of the tests: one desk, two companies, one person of each role, all with one password."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from app.database import Work
from app.people.actions import contacts, users
from app.people.actions.teams import create_team
from app.people.models import User
from app.people.rights import Role

PASSWORD = "three blue herons"


@dataclass(frozen=True, slots=True)
class Member:
    email: str
    name: str
    role: Role
    language: str = "en"
    company: str | None = None


CAST: dict[str, Member] = {
    "helmi": Member("helmi@desk.example", "Helmi Saarinen", "administrator"),
    "olga": Member("olga@desk.example", "Olga Petrova", "team_lead", "ru"),
    "maria": Member("maria@desk.example", "Maria Keller", "agent"),
    "tomas": Member("tomas@desk.example", "Tomas Lind", "agent"),
    "aino": Member("aino@northwind.example", "Aino Virtanen", "company_administrator", "fi", "Northwind Bakery"),
    "pavel": Member("pavel@northwind.example", "Pavel Orlov", "customer", "ru", "Northwind Bakery"),
    "liisa": Member("liisa@tours.example", "Liisa Koski", "customer", "fi", "Harbour Tours"),
}
ONE_OF_EACH: dict[Role, str] = {
    "administrator": "helmi",
    "team_lead": "olga",
    "agent": "maria",
    "company_administrator": "aino",
    "customer": "pavel",
}


@cache
def _hash_of(password: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


async def seed_people(work: Work) -> dict[str, User]:
    """Everybody of CAST, by first name; the agents and the team lead form the team Support."""
    cast: dict[str, User] = {}
    companies: dict[str, int] = {}
    for key, member in CAST.items():
        if member.company is None:
            cast[key] = await users.create_staff_user(
                work,
                email=member.email,
                name=member.name,
                role=member.role,
                language=member.language,
                password_hash=_hash_of(PASSWORD),
            )
            continue
        if member.company not in companies:
            domain = member.email.partition("@")[2]
            companies[member.company] = (await contacts.create_account(work, name=member.company, domains=[domain])).id
        contact = await contacts.contact_for_address(work, member.email, member.name, language=member.language)
        cast[key] = await users.create_portal_user(
            work,
            contact=contact,
            email=member.email,
            language=member.language,
            role=member.role,
            password_hash=_hash_of(PASSWORD),
        )
    await create_team(work, name="Support", members=[cast[key].id for key in ("olga", "maria", "tomas")])
    return cast
