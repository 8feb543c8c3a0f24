"""The ledger and the outbox, for administrators: what came, what went, what is set aside, and trying again."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Meta
from tortoise.expressions import Q

from app.bridges.events import OutboxGrew
from app.bridges.held import release
from app.bridges.intake import Intake
from app.cases import actions
from app.database import Work
from app.errors import Conflict, NotFound
from app.mailboxes import queries
from app.mailboxes.ledger import raw_bytes
from app.mailboxes.models import InboundEmail, OutboundEmail, RawMail
from app.mailboxes.replaying import replay_rows
from app.mailboxes.schemas import InboundDetail, InboundPage, InboundView, OutboundPage, OutboundView
from app.people.authentication import ThePerson
from app.people.rights import Actor, Person, may_administer, require
from app.web.handed_in import TheDesk
from app.web.idempotency import write, write_in_steps
from app.web.paging import PAGE_SIZE, decode_cursor, encode_cursor
from mail.workers import ParserPool

SHOWN = 64 * 1024  # bytes of a source that a person looks at; the rest comes with the download
Word = Annotated[str, Meta(max_length=20)]


@get("/api/admin/inbound", summary="The ledger of inbound e-mail", tags=["Mail"])
async def list_inbound(
    staff: ThePerson, outcome: FromQuery[Word | None] = None, cursor: FromQuery[str | None] = None
) -> InboundPage:
    require(may_administer(staff, "quarantine" if outcome == "quarantined" else "mailboxes"))
    before = decode_cursor(cursor, int)[0] if cursor else None
    rows = await queries.inbound_page(outcome=outcome, before=before, limit=PAGE_SIZE + 1)
    following = encode_cursor(rows[PAGE_SIZE - 1].id) if len(rows) > PAGE_SIZE else None
    return InboundPage([InboundView.of(row) for row in rows[:PAGE_SIZE]], following)


@get("/api/admin/inbound/{row_id:int}", summary="One inbound e-mail with its source", tags=["Mail"])
async def show_inbound(staff: ThePerson, row_id: FromPath[int]) -> InboundDetail:
    return await _detail(await inbound_for(staff, row_id))


@get("/api/admin/inbound/{row_id:int}/raw", summary="The message as it came", tags=["Mail"])
async def download_inbound(staff: ThePerson, row_id: FromPath[int]) -> Response[bytes]:
    row = await inbound_for(staff, row_id)
    return Response(
        await raw_bytes(row.raw_mail_id),
        media_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="inbound-{row.id}.eml"'},
    )


@post("/api/admin/inbound/{row_id:int}/replay", status_code=200, summary="Try a quarantined mail again", tags=["Mail"])
async def replay_inbound(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, row_id: FromPath[int]
) -> Response[InboundView]:
    require(may_look(staff))

    async def replay() -> InboundView:
        row = await inbound_for(staff, row_id)
        if row.outcome != "quarantined":
            raise Conflict("Only a mail in quarantine can be tried again.")
        async with ParserPool(workers=1) as pool:
            await replay_rows(desk, Intake(desk, pool.parse).understand, [row.id])
        return InboundView.of(await _inbound(row_id))

    return await write_in_steps(request, desk, replay)


@get("/api/admin/outbound", summary="The outbox", tags=["Mail"])
async def list_outbound(
    staff: ThePerson,
    shown: Annotated[Word | None, QueryParameter(name="state")] = None,
    mailbox_id: FromQuery[int | None] = None,
    kind: FromQuery[Word | None] = None,
    case_id: FromQuery[int | None] = None,
    q: FromQuery[Annotated[str, Meta(max_length=200)]] = "",
    cursor: FromQuery[str | None] = None,
) -> OutboundPage:
    require(may_administer(staff, "mailboxes"))
    before = decode_cursor(cursor, int)[0] if cursor else None
    chosen = queries.OutboxFilter(state=shown, mailbox_id=mailbox_id, kind=kind, case_id=case_id, words=q)
    rows = await queries.outbound_page(chosen, before=before, limit=PAGE_SIZE + 1)
    following = encode_cursor(rows[PAGE_SIZE - 1].id) if len(rows) > PAGE_SIZE else None
    return OutboundPage([OutboundView.of(row) for row in rows[:PAGE_SIZE]], following)


@post("/api/admin/outbound/{row_id:int}/retry", status_code=200, summary="Send again now", tags=["Mail"])
async def retry_outbound(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, row_id: FromPath[int]
) -> Response[OutboundView]:
    require(may_administer(staff, "mailboxes"))

    async def retry(work: Work) -> OutboundView:
        row = await _outbound(row_id)
        if row.state == "held":
            await release(work, by=Actor.of(staff), rows=[row])
            return OutboundView.of(await _outbound(row_id))
        if row.state in ("accepted", "delivered"):
            raise Conflict("This mail was accepted already; sending it again would make two of it.")
        # Whom the server accepted already is left out: a second copy is worse than none.
        content = {**row.content, "open": row.content.get("lost") or row.content.get("open") or [], "lost": []}
        state = "partial" if row.accepted_at is not None and row.state == "partial" else "stored"
        await OutboundEmail.filter(id=row.id).update(
            state=state, due_at=work.now, created_at=work.now, finished_at=None, content=content
        )
        work.record(OutboxGrew())
        return OutboundView.of(await _outbound(row_id))

    return await write(request, desk, retry)


@post("/api/admin/outbound/{row_id:int}/cancel", status_code=200, summary="Do not send it", tags=["Mail"])
async def cancel_outbound(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, row_id: FromPath[int]
) -> Response[OutboundView]:
    require(may_administer(staff, "mailboxes"))

    async def cancel(work: Work) -> OutboundView:
        row = await _outbound(row_id)
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=work.now)
        waiting = OutboundEmail.filter(Q(state="held") | (Q(due_at__isnull=False) & free), id=row_id)
        if not await waiting.update(state="cancelled", held_by=None, due_at=None, finished_at=work.now):
            raise Conflict("This mail no longer waits: it is being sent, was sent, or has failed.")
        if row.case_id is not None:
            data = {"position": row.position, "mail": row.kind, "state": "cancelled", "recipients": row.recipients}
            said = {**data, "outbound": row.id, "response": "", "final": True}
            await actions.record(work, by=Actor.of(staff), case_id=row.case_id, kind="mail_state", data=said)
        return OutboundView.of(await _outbound(row_id))

    return await write(request, desk, cancel)


def may_look(staff: Person) -> bool:
    """Whether this person may see received mails at all, or those in quarantine."""
    return may_administer(staff, "mailboxes") or may_administer(staff, "quarantine")


async def inbound_for(staff: Person, row_id: int) -> InboundEmail:
    """The row, if this person may see it: who works the quarantine sees what is in it. Raises Forbidden, NotFound."""
    require(may_look(staff))
    row = await _inbound(row_id)
    require(may_administer(staff, "mailboxes") or row.outcome == "quarantined")
    return row


async def _inbound(row_id: int) -> InboundEmail:
    row = await InboundEmail.get_or_none(id=row_id)
    if row is None:
        raise NotFound("There is no such mail.")
    return row


async def _outbound(row_id: int) -> OutboundEmail:
    row = await OutboundEmail.get_or_none(id=row_id)
    if row is None:
        raise NotFound("There is no such mail.")
    return row


async def _detail(row: InboundEmail) -> InboundDetail:
    raw = await raw_bytes(row.raw_mail_id)
    stored = await RawMail.get(id=row.raw_mail_id).only("id", "size")
    view = InboundView.of(row)
    return InboundDetail(
        **{name: getattr(view, name) for name in view.__struct_fields__},
        raw=raw[:SHOWN].decode("utf-8", "replace"),
        truncated=len(raw) > SHOWN or stored.size > len(raw),
        size=stored.size,
    )


ROUTES = [
    list_inbound,
    show_inbound,
    download_inbound,
    replay_inbound,
    list_outbound,
    retry_outbound,
    cancel_outbound,
]
