"""Notices for staff: what limits hold back, which are switched off, how their words look with a real case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post, put
from litestar.params import FromPath, JSONBody

from app.bridges.events import OutboxGrew
from app.bridges.held import end_limit, release
from app.bridges.notice_text import NoticeText, notice_text
from app.cases.details import case_detail
from app.cases.queries import case_by_number
from app.cases.schemas import CaseDetail
from app.database import Work
from app.desk import Desk
from app.errors import Conflict, Invalid, NotFound
from app.mailboxes import templates
from app.mailboxes.limit_queries import limits_view
from app.mailboxes.limits import Sizes
from app.mailboxes.models import NoticeSwitch, OutboundEmail
from app.mailboxes.queries import mailbox_of
from app.mailboxes.rules import NOTICES
from app.mailboxes.schemas import (
    ChangeSwitch,
    EndLimit,
    LimitsView,
    PreviewTemplate,
    Released,
    SentTest,
    SwitchView,
    TemplatePreview,
)
from app.mailboxes.switches import switch
from app.mailboxes.wording import EVENTS, PLACEHOLDERS, Wording
from app.people.authentication import ThePerson
from app.people.models import Contact, User
from app.people.queries import language_of
from app.people.rights import Actor, may_administer, require
from app.queues.models import Queue
from app.settings import LANGUAGES
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from mail.compose import message_id


@get("/api/admin/limits", summary="Limits on notices, and what they hold back", tags=["Mail"])
async def show_limits(desk: TheDesk, staff: ThePerson) -> LimitsView:
    require(may_administer(staff, "mailboxes"))
    return await limits_view(Sizes.of(desk.settings), now=desk.now())


@post("/api/admin/limits/release", status_code=200, summary="Fill a limit up and send what it held", tags=["Mail"])
async def release_limit(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[EndLimit]
) -> Response[Released]:
    require(may_administer(staff, "mailboxes"))

    async def action(work: Work) -> Released:
        return Released(await end_limit(work, by=Actor.of(staff), kind=data.kind, key=data.key))

    return await write(request, desk, action)


@post(
    "/api/cases/{case_id:int}/held/release", status_code=200, summary="Send the notices held back here", tags=["Cases"]
)
async def release_case(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int]
) -> Response[CaseDetail]:
    async def action(work: Work) -> CaseDetail:
        held = await OutboundEmail.filter(case_id=case_id, state="held").order_by("id")
        await release(work, by=Actor.of(staff), rows=held)
        return await case_detail(case_id, reader_id=staff.user_id)

    return await write(request, desk, action)


@get("/api/admin/notices", summary="Notices that are switched off for everybody", tags=["Mail"])
async def list_switches(staff: ThePerson) -> list[SwitchView]:
    require(may_administer(staff, "templates"))
    rows = await NoticeSwitch.filter(contact_id=None).order_by("event", "queue_id")
    return [SwitchView(event=row.event, queue_id=row.queue_id) for row in rows]


@put("/api/admin/notices", summary="Switch notices off or on, per event and queue", tags=["Mail"])
async def set_switch(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[ChangeSwitch]
) -> Response[list[SwitchView]]:
    require(may_administer(staff, "templates"))
    if data.event and data.event not in NOTICES:
        raise Invalid(f"Notices are {', '.join(NOTICES)}.", field="event")
    if data.queue_id is not None and not await Queue.exists(id=data.queue_id):
        raise Invalid("There is no such queue.", field="queue_id")

    async def action(work: Work) -> list[SwitchView]:
        await switch(work, off=data.off, event=data.event, queue_id=data.queue_id)
        rows = await NoticeSwitch.filter(contact_id=None).order_by("event", "queue_id")
        return [SwitchView(event=row.event, queue_id=row.queue_id) for row in rows]

    return await write(request, desk, action)


@post("/api/admin/templates/preview", status_code=200, summary="What a notice would say", tags=["Mail"])
async def preview_template(desk: TheDesk, staff: ThePerson, data: JSONBody[PreviewTemplate]) -> TemplatePreview:
    require(may_administer(staff, "templates"))
    said = await _filled_in(desk, data)
    return TemplatePreview(said.subject, said.text, said.html)


@post("/api/admin/templates/test", status_code=200, summary="Send a notice to yourself", tags=["Mail"])
async def send_test(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[PreviewTemplate]
) -> Response[SentTest]:
    require(may_administer(staff, "templates"))
    mailbox = await mailbox_of(None)
    if mailbox is None:
        raise Conflict("The desk has no mailbox yet that could send it.")
    said = await _filled_in(desk, data)
    me = await User.get(id=staff.user_id)

    async def action(work: Work) -> SentTest:
        await OutboundEmail.create(
            mailbox_id=mailbox.id,
            kind="system",
            message_id=message_id(f"test.{desk.token()}", mailbox.address.rpartition("@")[2]),
            recipients=[me.email],
            subject=said.subject[:998],
            content={
                "text": said.text,
                "html": said.html,
                "to": [me.email],
                "cc": [],
                "files": [],
                "sender_name": mailbox.sender_name,
                "automatic": True,
                "references": [],
                "in_reply_to": "",
                "language": data.language,
            },
            created_at=work.now,
            due_at=work.now,
        )
        work.record(OutboxGrew())
        return SentTest(me.email)

    return await write(request, desk, action)


async def _filled_in(desk: Desk, data: PreviewTemplate) -> NoticeText:
    if data.event not in EVENTS or data.language not in LANGUAGES:
        raise NotFound(f"Notices are {', '.join(EVENTS)}; languages are {', '.join(LANGUAGES)}.")
    templates.check(data.subject, allowed=PLACEHOLDERS, field="subject")
    templates.check(data.body, allowed=PLACEHOLDERS, field="body")
    if not data.case_number.strip():
        text = templates.fill(data.body, PLACEHOLDERS)
        subject = templates.one_line(templates.fill(data.subject, PLACEHOLDERS))
        return NoticeText(subject, text, templates.as_html(text), "")
    case = await case_by_number(data.case_number)
    contact = await Contact.get(id=case.contact_id)
    mailbox = await mailbox_of(case.mailbox_id)
    wording = Wording(data.subject, data.body)
    language = data.language or await language_of(contact, otherwise=case.language)
    said = await notice_text(desk, wording, case=case, contact=contact, language=language, mailbox=mailbox)
    return replace(said, unsubscribe="")


ROUTES = [
    show_limits,
    release_limit,
    release_case,
    list_switches,
    set_switch,
    preview_template,
    send_test,
]
