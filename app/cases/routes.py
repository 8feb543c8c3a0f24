"""The HTTP door of cases for staff. Every write is one action in one transaction; see app.cases.actions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, Response, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET

from app.cases import actions, moving, queries
from app.cases.columns import first_queue
from app.cases.counters import counters
from app.cases.details import case_detail, name_newer
from app.cases.files import waiting_uploads
from app.cases.mentions import mentions_of
from app.cases.models import Status
from app.cases.rules import display_number
from app.cases.schemas import (
    CaseDetail,
    CasePage,
    CasePatch,
    EntryPage,
    EntryView,
    Escalation,
    MovedMessage,
    MoveMessage,
    NewCase,
    NewNote,
    NewReply,
    QueueCounters,
    QueueView,
    ReadUpTo,
    StatusView,
    staff_entry,
)
from app.cases.search_routes import ROUTES as SEARCH
from app.cases.sending import was_sent
from app.cases.visibility import Sight
from app.database import Work
from app.errors import Invalid, StaleReply
from app.people.actions.contacts import contact_for_address
from app.people.authentication import ThePerson
from app.people.models import Contact
from app.people.rights import Actor, Person
from app.queues.models import Queue
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from app.web.paging import MAX_PAGE_SIZE, PAGE_SIZE, decode_cursor, encode_cursor, unless_unchanged

State = Literal["active", "waiting", "snoozed", "done", "all"]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]


@get("/api/queues", summary="Queues with their counters", tags=["Cases"])
async def list_queues(request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson) -> Response[list[QueueView]]:
    counted = await counters(desk.now())
    views = [
        QueueView(
            id=queue.id,
            name=queue.name,
            purpose=queue.purpose,
            team_id=queue.team_id,
            sort=queue.sort,
            counters=counted.get(queue.id, QueueCounters()),
        )
        # An archived queue stays in sight for as long as work is left in it.
        for queue in await Queue.all().order_by("archived", "sort", "id")
        if not queue.archived or queue.id in counted
    ]
    return unless_unchanged(request, views)


@get("/api/queues/{queue_id:int}/cases", summary="Cases of a queue in the order of work", tags=["Cases"])
async def list_queue_cases(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    queue_id: FromPath[int],
    shown: Annotated[State, QueryParameter(name="state")] = "active",
    cursor: FromQuery[str | None] = None,
    limit: Limit = PAGE_SIZE,
) -> Response[CasePage]:
    after = decode_cursor(cursor, int, int) if cursor else None
    rows, following = await queries.queue_page(
        queue_id, state=shown, reader_id=staff.user_id or 0, after=after, limit=limit
    )
    counted = await counters(desk.now(), queue_id=queue_id)
    page = CasePage(rows, encode_cursor(*following) if following else None, counted.get(queue_id, QueueCounters()))
    return unless_unchanged(request, page)


@get("/api/statuses", summary="Statuses a case may have", tags=["Cases"])
async def list_statuses(request: Request[Any, Any, Any], staff: ThePerson) -> Response[list[StatusView]]:
    statuses = await Status.all().order_by("sort", "id")
    return unless_unchanged(request, [StatusView(one.key, one.category, one.names) for one in statuses])  # type: ignore[arg-type]


@post("/api/cases", summary="Open a case for a contact", tags=["Cases"])
async def open_case(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewCase]
) -> Response[CaseDetail]:
    async def action(work: Work) -> CaseDetail:
        if data.contact is not None:
            contact = await contact_for_address(work, data.contact.address, data.contact.name)
        elif data.contact_id is not None and (found := await Contact.get_or_none(id=data.contact_id)):
            contact = found
        else:
            raise Invalid("Name the contact: contact_id, or contact with name and address.", field="contact_id")
        case = await actions.open_case(
            work,
            by=Actor.of(staff),
            contact_id=contact.id,
            queue_id=data.queue_id or await first_queue(),
            by_rules=data.queue_id is None,
            subject=data.subject,
            text=data.text,
            channel="agent",
            files=await waiting_uploads(data.files, staff),
            priority=data.priority,
            language=contact.language or desk.settings.default_language,
            custom=data.custom,
            data={} if data.notify else {"notify": False},
            client_id=data.client_id,
        )
        return await case_detail(case.row.id, reader_id=staff.user_id)

    return await write(request, desk, action, status=201)


@get("/api/cases/{case_id:int}", summary="One case with its surroundings", tags=["Cases"])
async def show_case(request: Request[Any, Any, Any], staff: ThePerson, case_id: FromPath[int]) -> Response[CaseDetail]:
    return unless_unchanged(request, await case_detail(case_id, reader_id=staff.user_id))


@get("/api/cases/{case_id:int}/entries", summary="The feed of a case, notes included", tags=["Cases"])
async def list_entries(
    staff: ThePerson,
    case_id: FromPath[int],
    after: Annotated[int, QueryParameter(ge=0)] = 0,
    before: FromQuery[int | None] = None,
    limit: Limit = MAX_PAGE_SIZE,
) -> EntryPage:
    head, _ = await queries.heads(case_id)
    found = await queries.entries(case_id, seen_by=Sight.STAFF, after=after, before=before, limit=limit)
    return EntryPage([staff_entry(entry) for entry in found], head)


@post("/api/cases/{case_id:int}/replies", summary="Answer the customer", tags=["Cases"])
async def reply(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[NewReply]
) -> Response[EntryView]:
    async def action(work: Work) -> EntryView:
        entry = await actions.reply(
            work,
            by=Actor.of(staff),
            case_id=case_id,
            text=data.text,
            files=await _files(data.files, staff, case_id, data.client_id),
            status=data.status,
            client_id=data.client_id,
            seen=data.seen,
        )
        return staff_entry(entry)

    try:
        return await write(request, desk, action, status=201)
    except StaleReply as stale:
        await name_newer(stale, case_id, seen=data.seen)
        raise


@post("/api/cases/{case_id:int}/notes", summary="Write a note that customers never see", tags=["Cases"])
async def add_note(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[NewNote]
) -> Response[EntryView]:
    async def action(work: Work) -> EntryView:
        entry = await actions.add_note(
            work,
            by=Actor.of(staff),
            case_id=case_id,
            text=data.text,
            files=await _files(data.files, staff, case_id, data.client_id),
            client_id=data.client_id,
            data=await mentions_of(data.mentions),
        )
        return staff_entry(entry)

    return await write(request, desk, action, status=201)


@patch(
    "/api/cases/{case_id:int}", summary="Change status, priority, queue, owner, subject, tags or fields", tags=["Cases"]
)
async def change_case(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[CasePatch]
) -> Response[CaseDetail]:
    async def action(work: Work) -> CaseDetail:
        await actions.change(
            work,
            by=Actor.of(staff),
            case_id=case_id,
            status=None if data.status is UNSET else data.status,
            priority=None if data.priority is UNSET else data.priority,
            queue_id=None if data.queue_id is UNSET else data.queue_id,
            owner_id=actions.KEEP if data.owner_id is UNSET else data.owner_id,
            subject=None if data.subject is UNSET else data.subject,
            tags=None if data.tags is UNSET else data.tags,
            custom=None if data.custom is UNSET else data.custom,
        )
        return await case_detail(case_id, reader_id=staff.user_id)

    return await write(request, desk, action)


@post("/api/cases/{case_id:int}/escalations", summary="Escalate by hand", tags=["Cases"])
async def escalate(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[Escalation]
) -> Response[CaseDetail]:
    async def action(work: Work) -> CaseDetail:
        await actions.escalate(work, by=Actor.of(staff), case_id=case_id, reason=data.reason)
        return await case_detail(case_id, reader_id=staff.user_id)

    return await write(request, desk, action, status=201)


@post(
    "/api/cases/{case_id:int}/entries/{position:int}/move",
    summary="Take a message to another case, or to a case of its own",
    tags=["Cases"],
)
async def move_message(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    case_id: FromPath[int],
    position: FromPath[int],
    data: JSONBody[MoveMessage],
) -> Response[MovedMessage]:
    async def action(work: Work) -> MovedMessage:
        by = Actor.of(staff)
        if data.to_case_id is None:
            there = await moving.split_off(work, by=by, case_id=case_id, position=position, subject=data.subject)
        else:
            there = await moving.move_to(work, by=by, case_id=case_id, position=position, to_case_id=data.to_case_id)
        return MovedMessage(there.case_id, display_number(there.number), there.position)

    return await write(request, desk, action, status=201)


@put("/api/cases/{case_id:int}/read", summary="Say how far you have read", tags=["Cases"], status_code=204)
async def mark_read(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], data: JSONBody[ReadUpTo]
) -> Response[None]:
    async def action(work: Work) -> None:
        await queries.heads(case_id)
        await actions.mark_read(
            work,
            case_id=case_id,
            user_id=staff.user_id or 0,
            name=staff.name,
            position=data.position,
            seen_by=Sight.STAFF,
        )

    return await write(request, desk, action, status=204)


async def _files(ids: list[int], person: Person, case_id: int, client_id: str | None) -> list[Any]:
    """The uploads to attach; none when the message was sent before, since they hang on it already."""
    if not ids or (client_id is not None and await was_sent(case_id, client_id)):
        return []
    return await waiting_uploads(ids, person)


ROUTES = [
    list_queues,
    list_queue_cases,
    *SEARCH,
    list_statuses,
    open_case,
    show_case,
    list_entries,
    reply,
    add_note,
    change_case,
    escalate,
    move_message,
    mark_read,
]
