"""The colleagues of a company administrator: who has access, inviting more, and taking access away."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody

from app.database import Work
from app.errors import Conflict, Invalid, NotFound
from app.people import queries
from app.people.actions import contacts, users
from app.people.authentication import ThePerson
from app.people.link_mail import mail_link
from app.people.models import User
from app.people.rights import Person, may_see_company, require
from app.people.schemas.directory import ChangeColleague, InviteColleague, PortalColleague
from app.web.handed_in import TheDesk
from app.web.idempotency import write


@get("/api/portal/colleagues", summary="Who of my company has access", tags=["Portal"])
async def list_portal_colleagues(customer: ThePerson) -> list[PortalColleague]:
    return [PortalColleague.of(user) for user in await queries.users_of_account(_company(customer))]


@post("/api/portal/colleagues", status_code=201, summary="Invite a colleague", tags=["Portal"])
async def invite_colleague(
    request: Request[Any, Any, Any], desk: TheDesk, customer: ThePerson, data: JSONBody[InviteColleague]
) -> Response[PortalColleague]:
    account_id = _company(customer)

    async def invite(work: Work) -> PortalColleague:
        contact = await contacts.contact_for_address(work, data.email, data.name, language=customer.language)
        if contact.account_id is None and contact.created_at == work.now:
            await contacts.move_contact(work, contact_id=contact.id, account_id=account_id)
        elif contact.account_id != account_id:
            raise Invalid("This address cannot be invited by you. Ask the support team.", field="email")
        user = await users.create_portal_user(work, contact=contact, email=data.email, language=customer.language)
        await mail_link(work, desk, purpose="invite", user=user)
        return PortalColleague.of(user)

    return await write(request, desk, invite, status=201)


@patch("/api/portal/colleagues/{user_id:int}", summary="Give or take access", tags=["Portal"])
async def change_colleague(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    customer: ThePerson,
    user_id: FromPath[int],
    data: JSONBody[ChangeColleague],
) -> Response[PortalColleague]:
    account_id = _company(customer)

    async def change(work: Work) -> PortalColleague:
        if not await User.exists(id=user_id, contact__account_id=account_id):
            raise NotFound("There is no such colleague.")
        if user_id == customer.user_id and not data.active:
            raise Conflict("You cannot take your own access away. Another company administrator can.")
        return PortalColleague.of(await users.change_user(work, user_id=user_id, active=data.active))

    return await write(request, desk, change)


def _company(person: Person) -> int:
    require(may_see_company(person), "Only the administrator of your company may do this.")
    return person.account_id or 0


ROUTES = (list_portal_colleagues, invite_colleague, change_colleague)
