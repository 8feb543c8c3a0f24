"""What a message of a case is made of: its source, the pictures it names elsewhere, and messages attached to it."""

from __future__ import annotations

from datetime import datetime

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from app.cases.files import file_for
from app.cases.models import Entry
from app.cases.queries import facts, moved_out
from app.errors import DeskError, Invalid, NotFound, TooLarge
from app.mailboxes.ledger import raw_bytes
from app.mailboxes.models import InboundEmail
from app.outside import Outside, OutsideError
from app.people.authentication import ThePerson
from app.people.rights import Person, may_see_case, require, sees_internal
from app.web.handed_in import TheDesk
from mail.errors import ParseRefused
from mail.html import remote_images
from mail.message import Address
from mail.workers import ParserPool

PICTURE_SIZE = 5 * 1024 * 1024  # bytes of one remote picture
PICTURE_SECONDS = 8.0
MESSAGE_SIZE = 20 * 1024 * 1024  # bytes of an attached message that is read on the spot
PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
"""What is handed out as a picture, by its first bytes: whatever the server calls it, nothing that could run."""


class MessagePerson(Struct):
    name: str
    address: str


class AttachedFile(Struct):
    name: str
    size: int


class AttachedMessage(Struct, kw_only=True):
    """A message that came as a file, to be read in place."""

    subject: str
    sender: MessagePerson | None
    to: list[MessagePerson]
    cc: list[MessagePerson]
    date: datetime | None
    text: str
    html: str | None
    files: list[AttachedFile]


@get(
    "/api/cases/{case_id:int}/entries/{position:int}/source",
    summary="The mail of a message as it came",
    tags=["Mail"],
)
async def message_source(staff: ThePerson, case_id: FromPath[int], position: FromPath[int]) -> Response[bytes]:
    require(sees_internal(staff))
    row = await InboundEmail.filter(case_id=case_id, position=position).order_by("id").first()
    if row is None:
        raise NotFound("No mail is kept for this message.")
    return Response(
        await raw_bytes(row.raw_mail_id),
        media_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="case-{case_id}-{position}.eml"'},
    )


@get(
    "/api/cases/{case_id:int}/entries/{position:int}/pictures/{number:int}",
    summary="A picture that a message names on somebody's server",
    description="Fetched by the desk when a reader asks for it, so that the server learns nothing of the reader.",
    tags=["Mail"],
)
async def remote_picture(
    desk: TheDesk, person: ThePerson, case_id: FromPath[int], position: FromPath[int], number: FromPath[int]
) -> Response[bytes]:
    entry = await _entry(person, case_id, position)
    named = remote_images(entry.html or "")
    if number >= len(named):
        raise NotFound("The message names no such picture.")
    url = named[number]
    try:
        answer = await Outside(private=desk.settings.private_hosts).ask(
            f"https:{url}" if url.startswith("//") else url,
            headers={"Accept": "image/*", "User-Agent": "Casefeed"},
            limit=PICTURE_SIZE,
            seconds=PICTURE_SECONDS,
        )
    except OutsideError as error:
        raise NotFound(str(error)) from None
    kind = _kind_of(answer.body) if answer.status == 200 else None
    if kind is None:
        raise NotFound("The server has no picture there.")
    return Response(
        answer.body,
        media_type=kind,
        headers={
            "Cache-Control": "private, max-age=86400",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


@get("/api/files/{file_id:int}/message", summary="Read a message that is attached as a file", tags=["Files"])
async def attached_message(desk: TheDesk, person: ThePerson, file_id: FromPath[int]) -> AttachedMessage:
    file = await file_for(person, file_id)
    if not (file.content_type.startswith("message/rfc822") or file.name.lower().endswith(".eml")):
        raise Invalid("This file is no message.", field="file_id")
    if file.size > MESSAGE_SIZE:
        raise TooLarge("The message is too large to be read here; download it.")
    try:
        async with ParserPool(workers=1) as pool:
            message = await pool.parse(await desk.store.read_bytes(file.digest))
    except ParseRefused:
        raise Invalid("The message cannot be read; download it.", field="file_id") from None
    return AttachedMessage(
        subject=message.subject,
        sender=_shown(message.from_) if message.from_ else None,
        to=[_shown(one) for one in message.to[:50]],
        cc=[_shown(one) for one in message.cc[:50]],
        date=message.date,
        text=message.text,
        html=message.html,
        files=[AttachedFile(one.filename, one.size) for one in message.attachments],
    )


async def _entry(person: Person, case_id: int, position: int) -> Entry:
    """The entry at this place, in the positions that this person counts. Raises NotFound."""
    if sees_internal(person):
        entry = await Entry.get_or_none(case_id=case_id, position=position)
    else:
        entry = await Entry.get_or_none(case_id=case_id, public_position=position)
    try:
        allowed = entry is not None and may_see_case(person, await facts(case_id))
    except DeskError:
        allowed = False
    if entry is None or not allowed or (not sees_internal(person) and await moved_out(entry)):
        raise NotFound("There is no such entry.")
    return entry


def _kind_of(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for beginning, kind in PICTURES.items() if content.startswith(beginning)), None)


def _shown(address: Address) -> MessagePerson:
    return MessagePerson(address.name, address.email)


ROUTES = [message_source, remote_picture, attached_message]
