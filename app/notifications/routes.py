"""The HTTP door of one's own notifications."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, put
from litestar.params import JSONBody
from msgspec import Struct

from app.database import Work
from app.notifications import actions, queries
from app.notifications.schemas import NotificationList
from app.people.authentication import ThePerson
from app.web.handed_in import TheDesk
from app.web.idempotency import write


class ReadNotifications(Struct, forbid_unknown_fields=True):
    position: int


@get("/api/notifications", summary="My newest notifications", tags=["Notifications"])
async def list_notifications(person: ThePerson) -> NotificationList:
    return await queries.latest(person.user_id or 0)


@put("/api/notifications/read", summary="I have read up to this one", tags=["Notifications"], status_code=204)
async def mark_read(
    request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson, data: JSONBody[ReadNotifications]
) -> Response[None]:
    async def action(work: Work) -> None:
        await actions.mark_read(work, user_id=person.user_id or 0, position=data.position)

    return await write(request, desk, action, status=204)


ROUTES = [list_notifications, mark_read]
