"""The HTTP door of files, for everybody who may see the case they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath
from litestar.response import Stream

from app.cases.feed import file_record
from app.cases.files import download_headers, file_for, keep_upload, receive
from app.cases.schemas import FileView, file_view
from app.database import Work
from app.people.authentication import ThePerson
from app.web.handed_in import TheDesk
from app.web.idempotency import write


def _one_file() -> RequestBody:
    content = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
    form = Schema(type=OpenAPIType.OBJECT, properties={"file": content}, required=["file"])
    return RequestBody(content={"multipart/form-data": OpenAPIMediaType(schema=form)}, required=True)


@dataclass
class UploadOperation(Operation):
    """The body is read as a stream, so the framework cannot see what it is made of."""

    def __post_init__(self) -> None:
        self.request_body = self.request_body or _one_file()


@dataclass
class DownloadOperation(Operation):
    """The type of the content is known only for each file, so the document calls it bytes."""

    def __post_init__(self) -> None:
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse):
            answer.content = {"application/octet-stream": OpenAPIMediaType(schema=Schema())}


@post(
    "/api/files",
    summary="Upload a file to attach it afterwards",
    tags=["Files"],
    description="multipart/form-data with one field named file. A file that is never attached is removed after a day.",
    request_max_body_size=None,
    operation_class=UploadOperation,
)
async def upload_file(request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson) -> Response[FileView]:
    uploaded = await receive(desk, request.stream(), content_type=request.headers.get("content-type", ""))

    async def keep(work: Work) -> FileView:
        return file_view(file_record(await keep_upload(work, uploaded, person=person)))

    return await write(request, desk, keep, status=201, body=repr(uploaded).encode())


@get(
    "/api/files/{file_id:int}",
    summary="The content of a file",
    description="The bytes as they were uploaded; Content-Type is the file's own where that is safe to show.",
    tags=["Files"],
    operation_class=DownloadOperation,
)
async def download_file(desk: TheDesk, person: ThePerson, file_id: FromPath[int]) -> Stream:
    file = await file_for(person, file_id)
    headers = download_headers(file)
    return Stream(desk.store.read(file.digest), media_type=headers.pop("Content-Type"), headers=headers)


ROUTES = [upload_file, download_file]
