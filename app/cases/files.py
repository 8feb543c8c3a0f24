"""Files of cases: taking uploads as a stream, attaching them to entries, and handing them out safely."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import multipart
from tortoise.expressions import Q

from app.cases.models import Entry, File
from app.cases.queries import facts, moved_out
from app.database import Work
from app.desk import Desk
from app.errors import Invalid, NotFound
from app.people.rights import Person, may_see_case, sees_internal

NAME_LENGTH = 200  # characters of a file name, extension included
SHOWN_IN_BROWSER = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"})
"""Types a browser may show by itself; everything else is offered as a download (HTML and SVG could carry scripts)."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Bytes that are in the store, and what their sender called them."""

    digest: str
    size: int
    name: str
    content_type: str


async def receive(desk: Desk, chunks: AsyncIterable[bytes], *, content_type: str) -> Uploaded:
    """Store the field `file` of a multipart/form-data body while it arrives. Raises Invalid, TooLarge."""
    _, options = multipart.parse_options_header(content_type)
    boundary = options.get("boundary")
    if not content_type.lower().startswith("multipart/form-data") or not boundary:
        raise Invalid("Send the file as multipart/form-data in a field named file.", field="file")
    parts = _FilePart(multipart.PushMultipartParser(boundary), chunks)
    stored = await desk.store.put(parts.content(), limit=desk.settings.upload_limit)
    if not parts.found:
        raise Invalid("There is no file in the field named file.", field="file")
    return Uploaded(stored.digest, stored.size, safe_name(parts.name), parts.type or "application/octet-stream")


async def keep_upload(work: Work, uploaded: Uploaded, *, person: Person) -> File:
    """An upload in waiting: attached by the entry that names it, or removed after a day."""
    return await File.create(
        digest=uploaded.digest,
        name=uploaded.name,
        content_type=uploaded.content_type,
        size=uploaded.size,
        uploaded_by_id=person.user_id,
        created_at=work.now,
    )


class _FilePart:
    """The bytes of the first part named `file`, as they come."""

    def __init__(self, parser: Any, chunks: AsyncIterable[bytes]) -> None:
        self._parser = parser
        self._chunks = chunks
        self.found = False
        self.name = ""
        self.type = ""

    async def content(self) -> AsyncIterator[bytes]:
        inside = False
        try:
            async for chunk in self._chunks:
                for event in self._parser.parse(chunk):
                    if isinstance(event, multipart.MultipartSegment):
                        inside = event.name == "file" and event.filename is not None and not self.found
                        if inside:
                            self.found, self.name, self.type = True, event.filename or "", event.content_type or ""
                    elif event is None:
                        inside = False
                    elif inside:
                        yield bytes(event)
            self._parser.close()
        except multipart.MultipartError as error:
            raise Invalid("The upload is not well-formed multipart/form-data.", field="file") from error


async def keep(
    desk: Desk, work: Work, *, name: str, content_type: str, content: bytes, inline: bool, content_id: str | None
) -> File:
    """A file that came by mail: stored at once, attached by the action that is handed it."""
    stored = await desk.store.put_bytes(content)
    return await File.create(
        digest=stored.digest,
        name=safe_name(name),
        content_type=content_type[:127],
        size=stored.size,
        inline=inline,
        content_id=content_id,
        created_at=work.now,
    )


IN_WAITING = Q(entry_id=None, keepers__id__isnull=True)
"""Uploads that nothing carries yet."""


async def copied(work: Work, file: File, *, uploaded_by_id: int | None = None) -> File:
    """The same content under a new row, since a file belongs to one entry; without an entry, waiting for one."""
    return await File.create(
        digest=file.digest,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        inline=file.inline,
        content_id=file.content_id,
        uploaded_by_id=uploaded_by_id,
        created_at=work.now,
    )


async def waiting_uploads(ids: Sequence[int], person: Person) -> list[File]:
    """The uploads of this person that are not attached yet. Raises Invalid when one is missing."""
    wanted = list(dict.fromkeys(ids))
    found = {row.id: row for row in await File.filter(IN_WAITING, id__in=wanted, uploaded_by_id=person.user_id)}
    if len(found) != len(wanted):
        raise Invalid("A file is missing or already attached; upload it again.", field="files")
    return [found[one] for one in wanted]


async def file_for(person: Person, file_id: int) -> File:
    """The file, if this person may see the entry that carries it (or uploaded it and has not sent it yet).

    Raises NotFound for every other file, whether it exists or not.
    """
    file = await File.get_or_none(id=file_id)
    if file is None:
        raise NotFound("There is no such file.")
    if file.entry_id is None:
        allowed = file.uploaded_by_id is not None and file.uploaded_by_id == person.user_id
    else:
        entry = await Entry.get(id=file.entry_id)
        allowed = may_see_case(person, await facts(entry.case_id)) and (
            sees_internal(person) or (entry.audience == "public" and not await moved_out(entry))
        )
    if not allowed:
        raise NotFound("There is no such file.")
    return file


def download_headers(file: File) -> dict[str, str]:
    """Headers that keep a file from ever running in our origin (RFC 6266 for the name)."""
    shown = file.content_type.split(";")[0].strip().lower() in SHOWN_IN_BROWSER
    ascii_name = re.sub(r"[^A-Za-z0-9._ -]", "_", file.name)
    return {
        "Content-Type": file.content_type if shown else "application/octet-stream",
        "Content-Disposition": (
            f"{'inline' if shown else 'attachment'}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(file.name)}"
        ),
        "Content-Length": str(file.size),
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=86400, immutable",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def safe_name(name: str) -> str:
    """A file name without path or control characters, never empty, its extension kept when it is cut."""
    base = re.split(r"[/\\]", name)[-1]
    cleaned = "".join(c for c in base if c.isprintable()).strip(" .")
    if len(cleaned) > NAME_LENGTH:
        stem, dot, extension = cleaned.rpartition(".")
        kept = dot + extension[:20] if dot else ""
        cleaned = (stem or cleaned)[: NAME_LENGTH - len(kept)] + kept
    return cleaned or "file"
