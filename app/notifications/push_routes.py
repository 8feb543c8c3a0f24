"""The HTTP door of Web Push: the desk's key, and the browsers that take pushes."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import JSONBody

from app.database import Work
from app.errors import Forbidden
from app.notifications import pushes
from app.notifications.schemas import NewPushSubscription, PushEnd, PushKey
from app.people.authentication import ThePerson
from app.web.handed_in import TheDesk
from app.web.idempotency import write


@get("/api/push", summary="The key under which this desk pushes", tags=["Notifications"])
async def show_key(desk: TheDesk, staff: ThePerson) -> PushKey:
    """Empty where the desk is set to push to no service."""
    return PushKey(desk.keys.push_public_key if desk.settings.push_services.strip() else "")


@post("/api/push/subscriptions", summary="Let this browser take pushes", tags=["Notifications"], status_code=204)
async def subscribe(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewPushSubscription]
) -> Response[None]:
    """Lasts as long as the session in which it is made; programs have none."""
    if staff.session_id is None:
        raise Forbidden("A program with an API token follows the live feed instead.")
    session_id = staff.session_id

    async def action(work: Work) -> None:
        await pushes.subscribe(
            work,
            user_id=staff.user_id or 0,
            session_id=session_id,
            endpoint=data.endpoint,
            p256dh=data.keys.p256dh,
            auth=data.keys.auth,
            services=desk.settings.push_services,
        )

    return await write(request, desk, action, status=204)


@post("/api/push/ended", summary="Push to this browser no more", tags=["Notifications"], status_code=204)
async def unsubscribe(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[PushEnd]
) -> Response[None]:
    async def action(_: Work) -> None:
        await pushes.unsubscribe(user_id=staff.user_id or 0, endpoint=data.endpoint)

    return await write(request, desk, action, status=204)


ROUTES = [show_key, subscribe, unsubscribe]
