"""The words of notices, for administrators and team leads: own texts over the built-in ones, and back."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, put
from litestar.params import FromPath, JSONBody

from app.database import Work
from app.errors import NotFound
from app.mailboxes import templates
from app.mailboxes.models import Template
from app.mailboxes.schemas import ChangeTemplate, TemplateView
from app.mailboxes.wording import EVENTS, PLACEHOLDERS, built_in
from app.people.authentication import ThePerson
from app.people.rights import may_administer, require
from app.settings import LANGUAGES
from app.web.handed_in import TheDesk
from app.web.idempotency import write


@get("/api/admin/templates", summary="The words of every notice in every language", tags=["Mail"])
async def list_templates(staff: ThePerson) -> list[TemplateView]:
    require(may_administer(staff, "templates"))
    own = {(row.event, row.language): row for row in await Template.all()}
    return [_view(event, language, own.get((event, language))) for event in EVENTS for language in LANGUAGES]


@put("/api/admin/templates/{event:str}/{language:str}", summary="Set the words of a notice", tags=["Mail"])
async def set_template(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    event: FromPath[str],
    language: FromPath[str],
    data: JSONBody[ChangeTemplate],
) -> Response[TemplateView]:
    require(may_administer(staff, "templates"))
    _known(event, language)
    templates.check(data.subject, allowed=PLACEHOLDERS, field="subject")
    templates.check(data.body, allowed=PLACEHOLDERS, field="body")

    async def save(work: Work) -> TemplateView:
        values = {"subject": data.subject, "body": data.body, "enabled": data.enabled, "updated_at": work.now}
        row, _ = await Template.update_or_create(defaults=values, event=event, language=language)
        return _view(event, language, row)

    return await write(request, desk, save)


@delete(
    "/api/admin/templates/{event:str}/{language:str}",
    status_code=200,
    summary="Go back to the built-in words",
    tags=["Mail"],
)
async def drop_template(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    staff: ThePerson,
    event: FromPath[str],
    language: FromPath[str],
) -> Response[TemplateView]:
    require(may_administer(staff, "templates"))
    _known(event, language)

    async def drop(_: Work) -> TemplateView:
        await Template.filter(event=event, language=language).delete()
        return _view(event, language, None)

    return await write(request, desk, drop)


def _known(event: str, language: str) -> None:
    if event not in EVENTS or language not in LANGUAGES:
        raise NotFound(f"Notices are {', '.join(EVENTS)}; languages are {', '.join(LANGUAGES)}.")


def _view(event: str, language: str, own: Template | None) -> TemplateView:
    words = built_in(event, language)
    return TemplateView(
        event=event,
        language=language,
        subject=own.subject if own else words.subject,
        body=own.body if own else words.body,
        enabled=own.enabled if own else True,
        custom=own is not None,
    )


ROUTES = [list_templates, set_template, drop_template]
