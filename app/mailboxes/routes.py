"""Mailboxes, for administrators: set up, tried out, watched."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Redirect

from app.database import Work
from app.errors import Invalid
from app.mailboxes import actions, oauth
from app.mailboxes.models import Mailbox
from app.mailboxes.queries import ledger_counts, outbox_counts
from app.mailboxes.schemas import ChangeMailbox, CheckResult, Consent, MailboxStatus, MailboxView
from app.people.authentication import ThePerson
from app.people.rights import may_administer, require
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from mail.errors import TransportError


@get("/api/admin/mailboxes", summary="All mailboxes", tags=["Mail"])
async def list_mailboxes(staff: ThePerson) -> list[MailboxView]:
    require(may_administer(staff, "mailboxes"))
    return [MailboxView.of(row) for row in await Mailbox.all().order_by("id")]


@post("/api/admin/mailboxes", status_code=201, summary="Add a mailbox", tags=["Mail"])
async def add_mailbox(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[ChangeMailbox]
) -> Response[MailboxView]:
    require(may_administer(staff, "mailboxes"))
    row = actions.with_changes(desk, actions.empty_mailbox(desk), data)
    if row.active and not data.skip_test:
        actions.require_working(await actions.check_mailbox(desk, row))

    async def add(work: Work) -> MailboxView:
        return MailboxView.of(await actions.save_mailbox(desk, work, row))

    return await write(request, desk, add, status=201)


@patch("/api/admin/mailboxes/{mailbox_id:int}", summary="Change a mailbox", tags=["Mail"])
async def change_mailbox(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    mailbox_id: FromPath[int],
    data: JSONBody[ChangeMailbox],
) -> Response[MailboxView]:
    require(may_administer(staff, "mailboxes"))
    row = actions.with_changes(desk, await actions.find_mailbox(mailbox_id), data)
    if row.active and not data.skip_test:
        actions.require_working(await actions.check_mailbox(desk, row))

    async def change(work: Work) -> MailboxView:
        return MailboxView.of(await actions.save_mailbox(desk, work, row))

    return await write(request, desk, change)


@post("/api/admin/mailboxes/test", status_code=200, summary="Try settings without saving them", tags=["Mail"])
async def test_mailbox(desk: TheDesk, staff: ThePerson, data: JSONBody[ChangeMailbox]) -> CheckResult:
    require(may_administer(staff, "mailboxes"))
    stored = await Mailbox.get_or_none(id=data.id) if data.id is not None else None
    before = actions.sending_columns(stored) if stored is not None else None
    row = actions.with_changes(desk, stored or actions.empty_mailbox(desk), data)
    result = await actions.check_mailbox(desk, row)
    if result.smtp is not None and result.smtp.ok and before == actions.sending_columns(row):
        # What made it pause is over: the waiting mails need not wait for the next attempt.
        async with desk.unit_of_work() as work:
            await actions.resume_sending(work, row.id)
    return result


@get("/api/admin/mailboxes/{mailbox_id:int}/status", summary="Ledger and server compared", tags=["Mail"])
async def mailbox_status(staff: ThePerson, mailbox_id: FromPath[int]) -> MailboxStatus:
    require(may_administer(staff, "mailboxes"))
    row = await actions.find_mailbox(mailbox_id)
    view, counted, outbox = MailboxView.of(row), await ledger_counts(row), await outbox_counts(row.id)
    return MailboxStatus(
        **{name: getattr(view, name) for name in view.__struct_fields__},
        ledger_count=counted["on_server"],
        quarantined=counted["quarantined"],
        unhandled=counted["unhandled"],
        waiting=outbox["waiting"],
        failed=outbox["failed"],
    )


@post("/api/admin/mailboxes/{mailbox_id:int}/look", status_code=202, summary="Connect anew now", tags=["Mail"])
async def look_now(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, mailbox_id: FromPath[int]
) -> Response[None]:
    require(may_administer(staff, "mailboxes"))
    row = await actions.find_mailbox(mailbox_id)

    async def look(work: Work) -> None:
        await actions.resume_sending(work, row.id)

    return await write(request, desk, look, status=202)


@post("/api/admin/mailboxes/{mailbox_id:int}/connect", status_code=200, summary="Begin OAuth consent", tags=["Mail"])
async def connect_mailbox(desk: TheDesk, staff: ThePerson, mailbox_id: FromPath[int]) -> Consent:
    require(may_administer(staff, "mailboxes"))
    row = await actions.find_mailbox(mailbox_id)
    return Consent(oauth.begin(desk, row, user_id=staff.user_id), oauth.redirect_uri(desk))


@get(oauth.CALLBACK, summary="The provider's answer to OAuth consent", tags=["Mail"])
async def connected_mailbox(
    desk: TheDesk,
    staff: ThePerson,
    given: Annotated[str, QueryParameter(name="state", max_length=2000)] = "",
    code: Annotated[str, QueryParameter(max_length=4000)] = "",
    error: Annotated[str, QueryParameter(max_length=200)] = "",
    error_description: Annotated[str, QueryParameter(max_length=2000)] = "",
) -> Redirect:
    require(may_administer(staff, "mailboxes"))
    mailbox_id, verifier = oauth.read_state(desk, given, user_id=staff.user_id)
    row = await actions.find_mailbox(mailbox_id)
    page = f"/console/admin/mailboxes/{row.id}"
    if not code:
        return Redirect(f"{page}?{urlencode({'refused': (error_description or error or 'refused')[:300]})}")
    try:
        tokens = await oauth.finish(desk, row, code=code, verifier=verifier)
    except (Invalid, TransportError) as failure:
        text = failure.message if isinstance(failure, Invalid) else failure.text
        return Redirect(f"{page}?{urlencode({'refused': text[:300]})}")
    async with desk.unit_of_work() as work:
        await oauth.connect(desk, work, row, tokens)
    return Redirect(f"{page}?connected=1")


ROUTES = [
    list_mailboxes,
    add_mailbox,
    change_mailbox,
    test_mailbox,
    mailbox_status,
    look_now,
    connect_mailbox,
    connected_mailbox,
]
