"""The people of the demo desk. All names and addresses are invented; the domains are reserved for examples."""

from __future__ import annotations

from dataclasses import dataclass

from app.people.rights import Role

PASSWORD = "casefeed-demo"  # noqa: S105 – printed at every demo start, and good for nothing else
DESK_NAME = "Harbour Support"
MAILBOX = "support@desk.example"
COMPANY = "Northwind Bakery"


@dataclass(frozen=True, slots=True)
class Colleague:
    name: str
    email: str
    role: Role
    language: str
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Customer:
    name: str
    email: str
    language: str
    company: str | None
    role: Role | None = None
    """With a role the customer can sign in at the portal."""
    phone: str = ""


STAFF = (
    Colleague("Helmi Saarinen", "helmi@desk.example", "administrator", "en", ("Support",)),
    Colleague("Olga Petrova", "olga@desk.example", "team_lead", "en", ("Support", "Billing")),
    Colleague("Maria Keller", "maria@desk.example", "agent", "en", ("Support",)),
    Colleague("Tomas Lind", "tomas@desk.example", "agent", "en", ("Support", "Billing")),
)
COMPANIES = {
    COMPANY: ("northwind.example", "fi"),
    "Lakeside Clinic": ("lakeside.example", "fi"),
    "Orion Freight": ("orion.example", "ru"),
}
CUSTOMERS = (
    Customer("Aino Virtanen", "aino@northwind.example", "fi", COMPANY, "company_administrator", "+358 40 555 0101"),
    Customer("Pavel Orlov", "pavel@northwind.example", "ru", COMPANY, "customer"),
    Customer("Elina Koski", "elina@lakeside.example", "fi", "Lakeside Clinic"),
    Customer("Dmitri Volkov", "dmitri@orion.example", "ru", "Orion Freight"),
    Customer("Grace Okafor", "grace@mailing.example", "en", None),
    Customer("Henrik Dahl", "henrik@mailing.example", "en", None),
)
