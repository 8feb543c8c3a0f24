"""Mail and a contact: notices on or off, an address that lives again, and the link by which contacts choose."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import MediaType, Request, Response, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.database import Work
from app.desk import Desk
from app.errors import NotFound
from app.mailboxes.notices_page import notices_page
from app.mailboxes.switches import contact_is_off, read_unsubscribe_token, switch
from app.people.actions.contacts import revive_address
from app.people.authentication import ThePerson
from app.people.models import Contact
from app.portal.branding import current_branding
from app.web.handed_in import TheDesk
from app.web.idempotency import write

FORM_LIMIT = 10_000  # bytes; the form has one field


class NoticesOn(Struct, forbid_unknown_fields=True):
    on: bool


class LivingAddress(Struct, forbid_unknown_fields=True):
    address: Annotated[str, Meta(min_length=3, max_length=320)]


@put("/api/contacts/{contact_id:int}/notices", summary="Switch a contact's notices on or off", tags=["People"])
async def set_notices(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    contact_id: FromPath[int],
    data: JSONBody[NoticesOn],
) -> Response[NoticesOn]:
    async def action(work: Work) -> NoticesOn:
        if not await Contact.exists(id=contact_id):
            raise NotFound("There is no such contact.")
        await switch(work, off=not data.on, contact_id=contact_id)
        return NoticesOn(data.on)

    return await write(request, desk, action)


@post(
    "/api/contacts/{contact_id:int}/addresses/alive",
    status_code=204,
    summary="An address works again, whatever came back",
    tags=["People"],
)
async def set_alive(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    contact_id: FromPath[int],
    data: JSONBody[LivingAddress],
) -> Response[None]:
    async def action(work: Work) -> None:
        await revive_address(work, contact_id=contact_id, address=data.address)

    return await write(request, desk, action, status=204)


@get("/notices/{token:str}", include_in_schema=False, media_type=MediaType.HTML)
async def show_choice(desk: TheDesk, token: FromPath[str]) -> Response[str]:
    """Only asks: programs that look at links in mails must not switch anything off."""
    contact = await _contact(desk, token)
    return await _page(contact, state="off" if await contact_is_off(contact.id) else "on")


@post("/notices/{token:str}", opt={"way_in": True}, include_in_schema=False, status_code=200)
async def choose(request: Request[Any, Any, Any], desk: TheDesk, token: FromPath[str]) -> Response[str]:
    """The form of the page, and the one click of a mail program (RFC 8058), which sends List-Unsubscribe=One-Click."""
    contact = await _contact(desk, token)
    said = (await request.body())[:FORM_LIMIT]
    state: Literal["on", "off"] = "on" if b"notices=on" in said else "off"
    async with desk.unit_of_work() as work:
        await switch(work, off=state == "off", contact_id=contact.id, by_contact=True)
    return await _page(contact, state=state, done=True)


async def _contact(desk: Desk, token: str) -> Contact:
    contact_id = read_unsubscribe_token(desk, token)
    contact = await Contact.get_or_none(id=contact_id) if contact_id is not None else None
    if contact is None:
        raise NotFound("This link is not complete. Copy it whole from the mail.")
    return contact


async def _page(contact: Contact, *, state: Literal["on", "off"], done: bool = False) -> Response[str]:
    branding = await current_branding()
    page = notices_page(desk=branding.name, language=contact.language or "en", state=state, done=done)
    headers = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
    }
    return Response(page, media_type=MediaType.HTML, headers=headers)


ROUTES = [set_notices, set_alive, show_choice, choose]
