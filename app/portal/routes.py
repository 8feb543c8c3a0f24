"""The HTTP door of customers: their cases, the feed of one, and writing in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from app.cases import actions, queries
from app.cases.columns import default_status, first_queue
from app.cases.entries import PublicEntry
from app.cases.files import waiting_uploads
from app.cases.schemas import EntryPage, EntryView, ReadUpTo, customer_entry
from app.cases.sending import was_sent
from app.cases.visibility import Sight
from app.database import Work
from app.errors import Forbidden, NotFound, StaleReply
from app.people.authentication import ThePerson
from app.people.rights import Actor, Person, may_see_case, may_write_case
from app.portal.queries import portal_case, portal_page, position_of_public
from app.portal.schemas import NewPortalCase, NewPortalReply, PortalCase, PortalPage
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from app.web.paging import MAX_PAGE_SIZE, PAGE_SIZE, decode_cursor, encode_cursor, unless_unchanged


async def seen_case(person: Person, case_id: int) -> int:
    """`case_id`, if this customer may see it. Raises NotFound otherwise, whether it exists or not."""
    if not may_see_case(person, await queries.facts(case_id)):
        raise NotFound("There is no such case.")
    return case_id


@get("/api/portal/cases", summary="My cases, or my company's", tags=["Portal"])
async def list_cases(
    request: Request[Any, Any, Any],
    customer: ThePerson,
    whose: Annotated[Literal["mine", "company"], QueryParameter(name="scope")] = "mine",
    shown: Annotated[Literal["open", "done", "all"], QueryParameter(name="state")] = "all",
    q: FromQuery[Annotated[str, Meta(max_length=400)]] = "",
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)] = PAGE_SIZE,
) -> Response[PortalPage]:
    rows, following = await portal_page(
        customer,
        company=whose == "company",
        state=shown,
        words=q,
        before=decode_cursor(cursor, int)[0] if cursor else None,
        limit=limit,
    )
    return unless_unchanged(request, PortalPage(rows, encode_cursor(following) if following else None))


@post("/api/portal/cases", summary="Ask for something: opens a case", tags=["Portal"])
async def open_case(
    request: Request[Any, Any, Any], desk: TheDesk, customer: ThePerson, data: JSONBody[NewPortalCase]
) -> Response[PortalCase]:
    async def action(work: Work) -> PortalCase:
        if customer.contact_id is None:
            raise Forbidden("Your sign-in is not connected with a contact; ask the desk to connect it.")
        case = await actions.open_case(
            work,
            by=Actor.of(customer),
            contact_id=customer.contact_id,
            queue_id=await first_queue(),
            subject=data.subject,
            text=data.text,
            channel="portal",
            files=await waiting_uploads(data.files, customer),
            priority=data.priority,
            language=customer.language,
            client_id=data.client_id,
        )
        return await portal_case(case.row.id, reader_id=customer.user_id)

    return await write(request, desk, action, status=201)


@get("/api/portal/cases/{case_id:int}", summary="One of my cases", tags=["Portal"])
async def show_case(
    request: Request[Any, Any, Any], customer: ThePerson, case_id: FromPath[int]
) -> Response[PortalCase]:
    await seen_case(customer, case_id)
    return unless_unchanged(request, await portal_case(case_id, reader_id=customer.user_id))


@get("/api/portal/cases/{case_id:int}/entries", summary="The feed of one of my cases", tags=["Portal"])
async def list_entries(
    customer: ThePerson,
    case_id: FromPath[int],
    after: Annotated[int, QueryParameter(ge=0)] = 0,
    before: FromQuery[int | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)] = MAX_PAGE_SIZE,
) -> EntryPage:
    await seen_case(customer, case_id)
    _, head = await queries.heads(case_id)
    found = await queries.entries(case_id, seen_by=Sight.CUSTOMER, after=after, before=before, limit=limit)
    return EntryPage([customer_entry(entry) for entry in found if isinstance(entry, PublicEntry)], head)


@post("/api/portal/cases/{case_id:int}/replies", summary="Write in one of my cases", tags=["Portal"])
async def reply(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    customer: ThePerson,
    case_id: FromPath[int],
    data: JSONBody[NewPortalReply],
) -> Response[EntryView]:
    async def action(work: Work) -> EntryView:
        if not may_write_case(customer, await queries.facts(case_id)):
            raise NotFound("There is no such case.")
        sent = data.client_id is not None and await was_sent(case_id, data.client_id)
        entry = await actions.reply(
            work,
            by=Actor.of(customer),
            case_id=case_id,
            text=data.text,
            files=[] if sent else await waiting_uploads(data.files, customer),
            client_id=data.client_id,
            seen=await position_of_public(case_id, data.seen) if data.seen else 0,
        )
        if not isinstance(entry, PublicEntry):
            raise NotFound("There is no such message.")
        return customer_entry(entry)

    try:
        return await write(request, desk, action, status=201)
    except StaleReply as stale:
        newer = await queries.entries(case_id, seen_by=Sight.CUSTOMER, after=data.seen)
        shown = [one for one in newer if isinstance(one, PublicEntry) and one.position in stale.data["positions"]]
        # Named in the positions that customers count: the others would tell of internal entries.
        stale.data = {
            "positions": [one.public_position for one in shown],
            "entries": [customer_entry(one) for one in shown],
        }
        raise


@post("/api/portal/cases/{case_id:int}/resolution", summary="Say that this is solved", tags=["Portal"])
async def resolve(
    request: Request[Any, Any, Any], desk: TheDesk, customer: ThePerson, case_id: FromPath[int]
) -> Response[PortalCase]:
    async def action(work: Work) -> PortalCase:
        if not may_write_case(customer, await queries.facts(case_id)):
            raise NotFound("There is no such case.")
        await actions.change(
            work, by=Actor.of(customer), case_id=case_id, status=(await default_status("resolved")).key
        )
        return await portal_case(case_id, reader_id=customer.user_id)

    return await write(request, desk, action)


@put("/api/portal/cases/{case_id:int}/read", summary="Say how far I have read", tags=["Portal"], status_code=204)
async def mark_read(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    customer: ThePerson,
    case_id: FromPath[int],
    data: JSONBody[ReadUpTo],
) -> Response[None]:
    async def action(work: Work) -> None:
        await seen_case(customer, case_id)
        await actions.mark_read(
            work,
            case_id=case_id,
            user_id=customer.user_id or 0,
            name=customer.name,
            position=data.position,
            seen_by=Sight.CUSTOMER,
        )

    return await write(request, desk, action, status=204)


ROUTES = [list_cases, open_case, show_case, list_entries, reply, resolve, mark_read]
