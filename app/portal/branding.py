"""How the desk presents itself: name, colour, logo, languages; read by every page, set by administrators."""

from __future__ import annotations

import re
from typing import Annotated, Any

from litestar import Request, Response, get, put
from litestar.params import JSONBody
from msgspec import Meta, Struct

from app.database import Work
from app.errors import Invalid, NotFound
from app.people.authentication import ThePerson
from app.people.rights import may_administer, require
from app.portal.models import Branding
from app.settings import LANGUAGES
from app.web.docs import product_version
from app.web.handed_in import TheDesk
from app.web.idempotency import write

COLOUR = re.compile(r"#[0-9a-f]{6}")
LOGO_LIMIT = 512 * 1024  # bytes: shown on every page, on phones too
LOGO_TYPES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
"""By their first bytes; SVG is left out, because it could carry scripts."""


class DeskView(Struct, kw_only=True):
    name: str
    colour: str
    logo_url: str | None
    languages: list[str]
    default_language: str
    registration_open: bool
    upload_limit: int
    version: str
    demo: bool


class BrandingView(Struct, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    colour: str
    languages: list[str]
    registration_open: bool
    signature: Annotated[str, Meta(max_length=5000)] = ""
    """Of mails from a mailbox without its own."""
    logo_url: str | None = None


async def current_branding() -> Branding:
    """The one row, or what it would be before anybody has set it."""
    row = await Branding.all().order_by("id").first()
    return row or Branding(name="Casefeed", colour="#4f46e5", languages=list(LANGUAGES), registration_open=True)


def logo_url(branding: Branding) -> str | None:
    return f"/api/desk/logo?v={branding.logo_digest[:12]}" if branding.logo_digest else None


@get("/api/desk", summary="How this desk presents itself", tags=["Desk"])
async def show_desk(desk: TheDesk) -> DeskView:
    branding = await current_branding()
    return DeskView(
        name=branding.name,
        colour=branding.colour,
        logo_url=logo_url(branding),
        languages=branding.languages or list(LANGUAGES),
        default_language=desk.settings.default_language,
        registration_open=branding.registration_open,
        upload_limit=desk.settings.upload_limit,
        version=product_version(),
        demo=desk.settings.demo,
    )


@get("/api/desk/logo", summary="The logo", tags=["Desk"])
async def show_logo(desk: TheDesk) -> Response[bytes]:
    branding = await current_branding()
    if branding.logo_digest is None:
        raise NotFound("The desk has no logo.")
    content = await desk.store.read_bytes(branding.logo_digest)
    return Response(content, media_type=branding.logo_type, headers={"Cache-Control": "public, max-age=86400"})


@get("/api/admin/branding", summary="Branding", tags=["Administration"])
async def show_branding(staff: ThePerson) -> BrandingView:
    require(may_administer(staff, "branding"))
    return _view(await current_branding())


@put("/api/admin/branding", summary="Set name, colour, languages and registration", tags=["Administration"])
async def set_branding(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[BrandingView]
) -> Response[BrandingView]:
    require(may_administer(staff, "branding"))
    colour = data.colour.strip().lower()
    if not COLOUR.fullmatch(colour):
        raise Invalid("A colour is written as #rrggbb, for example #4f46e5.", field="colour")
    if not data.languages or not set(data.languages) <= set(LANGUAGES):
        raise Invalid(f"Choose at least one of {', '.join(LANGUAGES)}.", field="languages")

    async def action(work: Work) -> BrandingView:
        branding = await stored_branding(work)
        branding.name = " ".join(data.name.split()) or "Casefeed"
        branding.colour, branding.languages = colour, list(dict.fromkeys(data.languages))
        branding.registration_open, branding.updated_at = data.registration_open, work.now
        branding.signature = data.signature
        await branding.save()
        return _view(branding)

    return await write(request, desk, action)


@put(
    "/api/admin/branding/logo",
    summary="Set the logo (PNG, JPEG or GIF bytes as the body; an empty body removes it)",
    tags=["Administration"],
)
async def set_logo(request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson) -> Response[BrandingView]:
    require(may_administer(staff, "branding"))
    content = await request.body()
    if len(content) > LOGO_LIMIT:
        raise Invalid("A logo has at most 512 KB.", field="logo")
    kind = next((kind for start, kind in LOGO_TYPES.items() if content.startswith(start)), None)
    if content and kind is None:
        raise Invalid("A logo is a PNG, JPEG or GIF picture.", field="logo")
    stored = await desk.store.put_bytes(content) if content else None

    async def action(work: Work) -> BrandingView:
        branding = await stored_branding(work)
        branding.logo_digest, branding.logo_type = (stored.digest if stored else None), kind or ""
        branding.updated_at = work.now
        await branding.save()
        return _view(branding)

    return await write(request, desk, action)


async def stored_branding(work: Work) -> Branding:
    row = await Branding.all().order_by("id").first()
    return row or await Branding.create(languages=list(LANGUAGES), updated_at=work.now)


def _view(branding: Branding) -> BrandingView:
    return BrandingView(
        name=branding.name,
        colour=branding.colour,
        languages=branding.languages or list(LANGUAGES),
        registration_open=branding.registration_open,
        signature=branding.signature,
        logo_url=logo_url(branding),
    )


ROUTES = [show_desk, show_logo, show_branding, set_branding, set_logo]
