"""Files of canned replies: what hangs on one, and copies of it for whoever uses it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.cases.files import copied, waiting_uploads
from app.cases.models import File
from app.database import Work
from app.errors import Invalid, NotFound
from app.macros.models import CannedReply, CannedReplyFile
from app.macros.queries import find_reply
from app.people.rights import Person

MOST_FILES = 10  # of one canned reply: each use attaches all of them


async def files_of(reply_ids: Iterable[int]) -> dict[int, list[File]]:
    """What hangs on each of these canned replies, in order; those without files are left out."""
    links = await CannedReplyFile.filter(reply_id__in=sorted(reply_ids)).order_by("id").select_related("file")
    found: dict[int, list[File]] = {}
    for link in links:
        found.setdefault(link.reply_id, []).append(link.file)
    return found


async def find_file(person: Person, reply_id: int, file_id: int) -> File:
    """A file of a canned reply that this person knows of. Raises NotFound."""
    row = await find_reply(person, reply_id)
    link = await CannedReplyFile.filter(reply_id=row.id, file_id=file_id).select_related("file").first()
    if link is None:
        raise NotFound("There is no such file.")
    return link.file


async def hang(work: Work, person: Person, row: CannedReply, ids: Sequence[int]) -> None:
    """Let exactly these files hang on it: those that do, uploads of this person, and copies of other replies' files.

    What hangs on it no more is removed like an upload that nobody attached. Raises Invalid.
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST_FILES:
        raise Invalid(f"At most {MOST_FILES} files, please.", field="files")
    there = {link.file_id for link in await CannedReplyFile.filter(reply_id=row.id)}
    await CannedReplyFile.filter(reply_id=row.id, file_id__in=sorted(there - set(wanted))).delete()
    for file_id in wanted:
        if file_id not in there:
            file = await _taken(work, person, file_id)
            await CannedReplyFile.create(reply_id=row.id, file_id=file.id)


async def _taken(work: Work, person: Person, file_id: int) -> File:
    other = await CannedReplyFile.filter(file_id=file_id).first()
    if other is None:
        (file,) = await waiting_uploads([file_id], person)
        return file
    try:
        return await copied(work, await find_file(person, other.reply_id, file_id), uploaded_by_id=person.user_id)
    except NotFound as error:
        raise Invalid("A file is missing; upload it again.", field="files") from error


async def copies_for(work: Work, person: Person, row: CannedReply) -> list[File]:
    """Copies of what hangs on it, to be attached by an answer of this person."""
    files = (await files_of([row.id])).get(row.id, [])
    return [await copied(work, file, uploaded_by_id=person.user_id) for file in files]
