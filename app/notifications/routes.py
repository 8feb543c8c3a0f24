"""The HTTP door of one's own notifications, of what is unread, and of watching cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Request, Response, delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from app.cases import queries as cases
from app.database import Work
from app.notifications import actions, queries, rules
from app.notifications.schemas import Choices, NotificationList, ReadNotifications, Unread, Watchers
from app.people.authentication import ThePerson
from app.web.handed_in import TheDesk
from app.web.idempotency import write


@get("/api/notifications", summary="My newest notifications", tags=["Notifications"])
async def list_notifications(
    person: ThePerson,
    before: FromQuery[int | None] = None,
    only_unread: Annotated[bool, QueryParameter(name="unread")] = False,
) -> NotificationList:
    return await queries.latest(person.user_id or 0, before=before, only_unread=only_unread)


@put("/api/notifications/read", summary="I have read up to this one", tags=["Notifications"], status_code=204)
async def mark_read(
    request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson, data: JSONBody[ReadNotifications]
) -> Response[None]:
    async def action(work: Work) -> None:
        await actions.mark_read(work, user_id=person.user_id or 0, position=data.position)

    return await write(request, desk, action, status=204)


@put("/api/notifications/{position:int}/read", summary="I have read this one", tags=["Notifications"], status_code=204)
async def mark_one_read(
    request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson, position: FromPath[int]
) -> Response[None]:
    async def action(work: Work) -> None:
        await actions.mark_one_read(work, user_id=person.user_id or 0, position=position)

    return await write(request, desk, action, status=204)


@get("/api/notifications/choices", summary="What I am told, and how", tags=["Notifications"])
async def show_choices(person: ThePerson) -> Choices:
    return await _choices(person.user_id or 0)


@put("/api/notifications/choices", summary="Choose what to be told, and how", tags=["Notifications"])
async def choose(
    request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson, data: JSONBody[Choices]
) -> Response[Choices]:
    """Kinds that are not named stay as they were. Without `list` a kind is not told at all."""

    async def action(work: Work) -> Choices:
        wanted: dict[str, Sequence[str]] = dict(data.channels.items())
        await actions.choose(work, user_id=person.user_id or 0, channels=wanted)
        return await _choices(person.user_id or 0)

    return await write(request, desk, action)


async def _choices(user_id: int) -> Choices:
    return Choices(rules.all_chosen(await queries.choices_of(user_id)))  # type: ignore[arg-type]  # keys are KINDS


@get("/api/unread", summary="How much is unread, and what I read last", tags=["Notifications"])
async def show_unread(person: ThePerson) -> Unread:
    return await queries.unread(person.user_id or 0, None if person.staff else person.contact_id or 0)


@get("/api/cases/{case_id:int}/watchers", summary="Who watches a case", tags=["Cases"])
async def list_watchers(staff: ThePerson, case_id: FromPath[int]) -> Watchers:
    await cases.heads(case_id)
    return await queries.watchers(case_id, user_id=staff.user_id or 0)


@put("/api/cases/{case_id:int}/watch", summary="Watch a case: be told of its new entries", tags=["Cases"])
async def watch(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int]
) -> Response[Watchers]:
    async def action(work: Work) -> Watchers:
        await actions.watch(work, user_id=staff.user_id or 0, case_id=case_id)
        return await queries.watchers(case_id, user_id=staff.user_id or 0)

    return await write(request, desk, action)


@delete("/api/cases/{case_id:int}/watch", summary="Watch a case no more", tags=["Cases"], status_code=200)
async def unwatch(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, case_id: FromPath[int]
) -> Response[Watchers]:
    async def action(work: Work) -> Watchers:
        await actions.unwatch(work, user_id=staff.user_id or 0, case_id=case_id)
        return await queries.watchers(case_id, user_id=staff.user_id or 0)

    return await write(request, desk, action)


ROUTES = [
    list_notifications,
    mark_read,
    mark_one_read,
    show_choices,
    choose,
    show_unread,
    list_watchers,
    watch,
    unwatch,
]
