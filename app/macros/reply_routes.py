"""The HTTP door of canned replies."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from app.cases.queries import case_by_id, case_by_number
from app.database import Work
from app.errors import Invalid
from app.macros import actions, queries
from app.macros.rules import PLACEHOLDERS, chosen_language
from app.macros.running import values_for
from app.macros.schemas import (
    CannedReplyOut,
    ChangeCannedReply,
    NewCannedReply,
    OfferedReply,
    PreviewReply,
    ReplyPreview,
    given,
)
from app.mailboxes import templates
from app.people.authentication import ThePerson
from app.settings import LANGUAGES
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from app.web.paging import unless_unchanged

TAGS = ["Macros"]


@get("/api/canned-replies", summary="Canned replies that you may use or change", tags=TAGS)
async def list_replies(request: Request[Any, Any, Any], staff: ThePerson) -> Response[list[CannedReplyOut]]:
    return unless_unchanged(request, [CannedReplyOut.of(row, staff) for row in await queries.canned_replies(staff)])


@post("/api/canned-replies", status_code=201, summary="Keep a canned reply", tags=TAGS)
async def add_reply(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewCannedReply]
) -> Response[CannedReplyOut]:
    async def add(work: Work) -> CannedReplyOut:
        return CannedReplyOut.of(await actions.create_reply(work, staff, **given(data)), staff)

    return await write(request, desk, add, status=201)


@patch("/api/canned-replies/{reply_id:int}", summary="Change a canned reply", tags=TAGS)
async def change_reply(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    reply_id: FromPath[int],
    data: JSONBody[ChangeCannedReply],
) -> Response[CannedReplyOut]:
    async def change(work: Work) -> CannedReplyOut:
        return CannedReplyOut.of(await actions.change_reply(work, staff, reply_id, **given(data)), staff)

    return await write(request, desk, change)


@delete("/api/canned-replies/{reply_id:int}", status_code=204, summary="Delete a canned reply", tags=TAGS)
async def delete_reply(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, reply_id: FromPath[int]
) -> Response[None]:
    async def remove(work: Work) -> None:
        await actions.delete_reply(work, staff, reply_id)

    return await write(request, desk, remove, status=204)


@post("/api/canned-replies/preview", status_code=200, summary="How a canned reply reads", tags=TAGS)
async def preview_reply(desk: TheDesk, staff: ThePerson, data: JSONBody[PreviewReply]) -> ReplyPreview:
    actions.check_texts(data.texts, field="texts")
    if data.language and data.language not in LANGUAGES:
        raise Invalid(f"Languages are {', '.join(LANGUAGES)}.", field="language")
    values, spoken = PLACEHOLDERS, staff.language
    if data.case_number.strip():
        values, spoken = await values_for(desk, staff, await case_by_number(data.case_number))
    language = chosen_language(data.texts, data.language or spoken, otherwise=desk.settings.default_language)
    return ReplyPreview(language, templates.fill(data.texts[language], values).strip())


@get("/api/cases/{case_id:int}/canned-replies", summary="Canned replies for a case, filled in", tags=TAGS)
async def offer_replies(desk: TheDesk, staff: ThePerson, case_id: FromPath[int]) -> list[OfferedReply]:
    case = await case_by_id(case_id)
    values, spoken = await values_for(desk, staff, case)
    offered = []
    for row in await queries.replies_for(staff, case):
        language = chosen_language(row.texts, spoken, otherwise=desk.settings.default_language)
        text = templates.fill(row.texts[language], values).strip()
        offered.append(
            OfferedReply(
                id=row.id, name=row.name, shortcut=row.shortcut, shared=row.shared, language=language, text=text
            )
        )
    return offered


ROUTES = (list_replies, add_reply, change_reply, delete_reply, preview_reply, offer_replies)
