"""Registering at the portal: open to strangers only when the desk says so, and always answered alike."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.params import JSONBody

from app.people.link_mail import ask_to_register
from app.people.routes.links import address_of
from app.people.schemas.entering import Registration
from app.portal.models import Branding
from app.web.handed_in import TheDesk
from app.web.security import WAY_IN


@post(
    "/api/registrations",
    status_code=202,
    summary="Register, or claim what a mail began",
    tags=["Signing in"],
    opt=WAY_IN,
)
async def register(request: Request[Any, Any, Any], desk: TheDesk, data: JSONBody[Registration]) -> None:
    branding = await Branding.first()
    await ask_to_register(
        desk,
        email=data.email,
        name=data.name,
        language=data.language,
        address=address_of(request, desk),
        strangers=branding is None or branding.registration_open,
    )


ROUTES = (register,)
