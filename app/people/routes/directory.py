"""Contacts, accounts and colleagues, for staff."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Meta, UnsetType

from app.database import Work
from app.errors import NotFound
from app.people import queries
from app.people.actions import contacts
from app.people.authentication import ThePerson
from app.people.rights import may_administer, require
from app.people.schemas.common import role_of
from app.people.schemas.directory import (
    AccountOut,
    ChangeAccount,
    ChangeContact,
    ColleagueOut,
    ContactOut,
    NewAccount,
    NewContact,
)
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from app.web.paging import PAGE_SIZE, Page, decode_cursor, encode_cursor, page_of

Words = Annotated[str, Meta(max_length=400)]


@get("/api/contacts", summary="Find contacts", tags=["People"])
async def list_contacts(
    staff: ThePerson,
    q: FromQuery[Words] = "",
    account_id: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[ContactOut]:
    rows = await queries.find_contacts(q, account_id=account_id, after=_after(cursor), limit=PAGE_SIZE + 1)
    shown, following = page_of(rows, size=PAGE_SIZE, cursor_of=lambda row: encode_cursor(row.name, row.id))
    return Page(items=[ContactOut.of(row) for row in shown], next_cursor=following)


@get("/api/contacts/{contact_id:int}", summary="One contact", tags=["People"])
async def show_contact(staff: ThePerson, contact_id: FromPath[int]) -> ContactOut:
    return await _contact_out(contact_id)


@post("/api/contacts", status_code=201, summary="Enter a contact", tags=["People"])
async def enter_contact(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewContact]
) -> Response[ContactOut]:
    async def create(work: Work) -> ContactOut:
        contact = await contacts.create_contact(
            work,
            name=data.name,
            addresses=data.addresses,
            account_id=data.account_id,
            language=data.language,
            phone=data.phone,
        )
        return await _contact_out(contact.id)

    return await write(request, desk, create, status=201)


@patch("/api/contacts/{contact_id:int}", summary="Correct a contact", tags=["People"])
async def correct_contact(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    contact_id: FromPath[int],
    data: JSONBody[ChangeContact],
) -> Response[ContactOut]:
    async def change(work: Work) -> ContactOut:
        await contacts.change_contact(
            work,
            contact_id=contact_id,
            name=_given(data.name),
            phone=_given(data.phone),
            language=_cleared(data.language),
            addresses=_given(data.addresses),
            custom=_given(data.custom),
        )
        if data.account_id is not UNSET:
            await contacts.move_contact(work, contact_id=contact_id, account_id=data.account_id)
        return await _contact_out(contact_id)

    return await write(request, desk, change)


@get("/api/accounts", summary="Find accounts", tags=["People"])
async def list_accounts(
    staff: ThePerson, q: FromQuery[Words] = "", cursor: FromQuery[str | None] = None
) -> Page[AccountOut]:
    rows = await queries.find_accounts(q, after=_after(cursor), limit=PAGE_SIZE + 1)
    shown, following = page_of(rows, size=PAGE_SIZE, cursor_of=lambda row: encode_cursor(row.name, row.id))
    return Page(items=[AccountOut.of(row) for row in shown], next_cursor=following)


@post("/api/accounts", status_code=201, summary="Enter an account", tags=["People"])
async def enter_account(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewAccount]
) -> Response[AccountOut]:
    async def create(work: Work) -> AccountOut:
        return AccountOut.of(
            await contacts.create_account(work, name=data.name, domains=data.domains, language=data.language)
        )

    return await write(request, desk, create, status=201)


@patch("/api/accounts/{account_id:int}", summary="Correct an account", tags=["People"])
async def correct_account(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    account_id: FromPath[int],
    data: JSONBody[ChangeAccount],
) -> Response[AccountOut]:
    if data.service_class is not UNSET:
        require(may_administer(staff, "queues"))

    async def change(work: Work) -> AccountOut:
        account = await contacts.change_account(
            work,
            account_id=account_id,
            name=_given(data.name),
            domains=_given(data.domains),
            language=_cleared(data.language),
            custom=_given(data.custom),
            service_class=_given(data.service_class),
        )
        return AccountOut.of(account)

    return await write(request, desk, change)


@get("/api/colleagues", summary="Staff who can own a case", tags=["People"])
async def list_colleagues(staff: ThePerson) -> list[ColleagueOut]:
    users = await queries.colleagues()
    teams = await queries.teams_of_users([user.id for user in users])
    return [ColleagueOut(id=user.id, name=user.name, role=role_of(user), teams=teams[user.id]) for user in users]


async def _contact_out(contact_id: int) -> ContactOut:
    contact = await queries.contact_with_addresses(contact_id)
    if contact is None:
        raise NotFound("There is no such contact.")
    return ContactOut.of(contact)


def _after(cursor: str | None) -> tuple[str, int] | None:
    if cursor is None:
        return None
    name, row_id = decode_cursor(cursor, str, int)
    return name, row_id


def _given(value: Any) -> Any:
    """None where the caller did not send the field."""
    return None if isinstance(value, UnsetType) else value


def _cleared(language: str | UnsetType | None) -> str | None:
    """Actions take None as "unchanged" and the empty text as "none"."""
    return None if isinstance(language, UnsetType) else language or ""


ROUTES = (
    list_contacts,
    show_contact,
    enter_contact,
    correct_contact,
    list_accounts,
    enter_account,
    correct_account,
    list_colleagues,
)
