"""The HTTP door of canned replies."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from app.cases.feed import file_record
from app.cases.file_routes import DownloadOperation
from app.cases.files import download_headers
from app.cases.queries import case_by_id, case_by_number
from app.cases.schemas import FileView, file_view
from app.database import Work
from app.errors import Invalid
from app.macros import actions, queries
from app.macros.files import copies_for, files_of, find_file
from app.macros.models import CannedReply
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
    hanging_file,
)
from app.mailboxes import templates
from app.people.authentication import ThePerson
from app.people.rights import require
from app.settings import LANGUAGES
from app.web.handed_in import TheDesk
from app.web.idempotency import write
from app.web.paging import unless_unchanged

TAGS = ["Macros"]


@get("/api/canned-replies", summary="Canned replies that you may use or change", tags=TAGS)
async def list_replies(request: Request[Any, Any, Any], staff: ThePerson) -> Response[list[CannedReplyOut]]:
    rows = await queries.canned_replies(staff)
    files = await files_of(row.id for row in rows)
    return unless_unchanged(request, [CannedReplyOut.of(row, staff, files.get(row.id, [])) for row in rows])


@post("/api/canned-replies", status_code=201, summary="Keep a canned reply", tags=TAGS)
async def add_reply(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewCannedReply]
) -> Response[CannedReplyOut]:
    async def add(work: Work) -> CannedReplyOut:
        return await _out(await actions.create_reply(work, staff, **given(data)), staff)

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
        return await _out(await actions.change_reply(work, staff, reply_id, **given(data)), staff)

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
    rows = await queries.replies_for(staff, case)
    files = await files_of(row.id for row in rows)
    for row in rows:
        language = chosen_language(row.texts, spoken, otherwise=desk.settings.default_language)
        text = templates.fill(row.texts[language], values).strip()
        offered.append(
            OfferedReply(
                id=row.id,
                name=row.name,
                shortcut=row.shortcut,
                shared=row.shared,
                language=language,
                text=text,
                files=[hanging_file(row.id, file) for file in files.get(row.id, [])],
            )
        )
    return offered


@post("/api/cases/{case_id:int}/canned-replies/{reply_id:int}/files", summary="Copies of its files", tags=TAGS)
async def copy_files(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int], reply_id: FromPath[int]
) -> Response[list[FileView]]:
    """What hangs on a canned reply, as uploads of yours, which an answer in this case can name."""
    await case_by_id(case_id)

    async def copy(work: Work) -> list[FileView]:
        row = await queries.find_reply(staff, reply_id)
        require(queries.usable(row, staff), "This canned reply is for another team.")
        return [file_view(file_record(file)) for file in await copies_for(work, staff, row)]

    return await write(request, desk, copy, status=201)


@get(
    "/api/canned-replies/{reply_id:int}/files/{file_id:int}",
    summary="The content of a file of a canned reply",
    tags=TAGS,
    operation_class=DownloadOperation,
)
async def download_hanging(desk: TheDesk, staff: ThePerson, reply_id: FromPath[int], file_id: FromPath[int]) -> Stream:
    file = await find_file(staff, reply_id, file_id)
    headers = download_headers(file)
    return Stream(desk.store.read(file.digest), media_type=headers.pop("Content-Type"), headers=headers)


async def _out(row: CannedReply, staff: ThePerson) -> CannedReplyOut:
    return CannedReplyOut.of(row, staff, (await files_of([row.id])).get(row.id, []))


ROUTES = (
    list_replies,
    add_reply,
    change_reply,
    delete_reply,
    preview_reply,
    offer_replies,
    copy_files,
    download_hanging,
)
