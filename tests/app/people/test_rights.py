"""Who may do what, as a table."""

from __future__ import annotations

import pytest

from app.errors import Forbidden
from app.people.rights import (
    AREAS,
    LED_AREAS,
    ROLES,
    SYSTEM,
    Actor,
    CaseFacts,
    Person,
    Role,
    areas_of,
    may_administer,
    may_see_case,
    may_see_company,
    may_write_case,
    require,
    sees_internal,
)

NORTHWIND, TOURS = 1, 2
AINO, PAVEL, LIISA = 11, 12, 13
PAVELS_CASE = CaseFacts(case_id=42, contact_id=PAVEL, account_id=NORTHWIND, queue_id=1)
COPIED_TO_LIISA = CaseFacts(
    case_id=43, contact_id=PAVEL, account_id=NORTHWIND, queue_id=1, participants=frozenset({LIISA})
)
NOBODYS_COMPANY = CaseFacts(case_id=44, contact_id=99, account_id=None, queue_id=1)


def staff(role: Role) -> Person:
    return Person(
        user_id=1, session_id=1, contact_id=None, account_id=None, role=role, name="Maria Keller", language="en"
    )


def customer(contact_id: int, account_id: int | None, role: Role = "customer") -> Person:
    return Person(
        user_id=2, session_id=2, contact_id=contact_id, account_id=account_id, role=role, name="X", language="fi"
    )


@pytest.mark.parametrize(
    ("person", "sees"),
    [
        (staff("administrator"), {42, 43, 44}),
        (staff("team_lead"), {42, 43, 44}),
        (staff("agent"), {42, 43, 44}),
        (customer(PAVEL, NORTHWIND), {42, 43}),
        (customer(AINO, NORTHWIND), set()),
        (customer(AINO, NORTHWIND, "company_administrator"), {42, 43}),
        (customer(AINO, TOURS, "company_administrator"), set()),
        (customer(AINO, None, "company_administrator"), set()),
        (customer(LIISA, TOURS), {43}),
        (customer(99, None), {44}),
    ],
)
def test_who_sees_and_writes_which_case(person: Person, sees: set[int]) -> None:
    cases = (PAVELS_CASE, COPIED_TO_LIISA, NOBODYS_COMPANY)
    assert {facts.case_id for facts in cases if may_see_case(person, facts)} == sees
    assert {facts.case_id for facts in cases if may_write_case(person, facts)} == sees


def test_only_staff_see_what_is_internal() -> None:
    assert [role for role in ROLES if sees_internal(staff(role))] == ["administrator", "team_lead", "agent"]


def test_who_administers_what() -> None:
    assert set(areas_of(staff("administrator"))) == set(AREAS)
    assert set(areas_of(staff("team_lead"))) == set(LED_AREAS)
    for role in ("agent", "company_administrator", "customer"):
        assert [area for area in AREAS if may_administer(staff(role), area)] == []
    assert not may_administer(staff("team_lead"), "users")
    assert not may_administer(staff("team_lead"), "mailboxes")


def test_a_company_is_seen_by_its_administrator_only() -> None:
    assert may_see_company(customer(AINO, NORTHWIND, "company_administrator"))
    assert not may_see_company(customer(AINO, None, "company_administrator"))
    assert not may_see_company(customer(PAVEL, NORTHWIND))


def test_require_says_no_in_words() -> None:
    require(True)
    with pytest.raises(Forbidden, match="company"):
        require(False, "Only the administrator of your company may do this.")


def test_the_author_of_an_entry_follows_from_the_person() -> None:
    assert Actor.of(staff("agent")) == Actor(kind="staff", user_id=1, contact_id=None, name="Maria Keller")
    assert Actor.of(customer(PAVEL, NORTHWIND)) == Actor(kind="contact", user_id=2, contact_id=PAVEL, name="X")
    assert SYSTEM.kind == "system"
