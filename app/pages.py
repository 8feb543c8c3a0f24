"""Serves the built front end: one small page per surface that names its hashed assets, with the headers of a page."""

from __future__ import annotations

import gzip
import html
import json
import mimetypes
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from app.errors import NotFound
from app.portal.branding import current_branding
from app.web.handed_in import TheDesk

DIST = Path(__file__).resolve().parent.parent / "static" / "dist"
PUSH_WORKER = Path(__file__).resolve().parent / "push_worker.js"
BASE = "/static/dist/"
SURFACES = {"console": "src/console.ts", "portal": "src/portal.ts", "demo": "src/demo-mail.ts"}
YEAR = "public, max-age=31536000, immutable"  # names carry a hash of the content
COMPRESSED = frozenset({".js", ".css", ".svg", ".json"})
LANGUAGES = ("en", "ru", "fi")
NOT_BUILT = "The front end is not built yet: run `make run` once, or `make prepare`."


@lru_cache(maxsize=4)
def manifest(changed: float) -> dict[str, Any]:
    """The bundler's list of what each entry needs; read again when the file has changed."""
    loaded: dict[str, Any] = json.loads((DIST / "manifest.json").read_text())
    return loaded


def asset_tags(entry: str) -> str:
    """Style sheets, preloads and the module of one entry. Raises NotFound before the first build."""
    try:
        chunks = manifest((DIST / "manifest.json").stat().st_mtime)
    except FileNotFoundError as error:
        raise NotFound(NOT_BUILT) from error
    styles: dict[str, None] = {}
    scripts: dict[str, None] = {}
    for chunk in _needed(chunks, entry, set()):
        styles.update(dict.fromkeys(chunk.get("css", ())))
        scripts[chunk["file"]] = None
    *preloads, module = scripts
    return "".join(
        [
            *(f'<link rel="stylesheet" href="{BASE}{style}">' for style in styles),
            *(f'<link rel="modulepreload" href="{BASE}{script}">' for script in preloads),
            f'<script type="module" src="{BASE}{module}"></script>',
        ]
    )


def _needed(chunks: dict[str, Any], key: str, seen: set[str]) -> Iterator[dict[str, Any]]:
    if key in seen:
        return
    seen.add(key)
    for imported in chunks[key].get("imports", ()):
        yield from _needed(chunks, imported, seen)
    yield chunks[key]


def development_tags(url: str, entry: str) -> str:
    base = f"{url.rstrip('/')}{BASE}"
    return (
        f'<script type="module" src="{base}@vite/client"></script><script type="module" src="{base}{entry}"></script>'
    )


def policy(development: str | None) -> str:
    """Content-Security-Policy of our pages. The component kit injects style tags, hence 'unsafe-inline' for styles."""
    extra = f" {development} {development.replace('http', 'ws', 1)}" if development else ""
    return (
        f"default-src 'self'{extra}; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'{extra}; "
        f"script-src 'self'{extra}; connect-src 'self'{extra}; font-src 'self'{extra}; object-src 'none'; "
        "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


async def page(surface: str, request: Request[Any, Any, Any], desk: TheDesk) -> Response[str]:
    branding = await current_branding()
    development = desk.settings.front_dev_url
    entry = SURFACES[surface]
    tags = development_tags(development, entry) if development else asset_tags(entry)
    accepted = request.headers.get("accept-language", "")[:2].lower()
    language = accepted if accepted in LANGUAGES else desk.settings.default_language
    name = html.escape(branding.name)
    return Response(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="description" content="{name}"><meta name="theme-color" content="{html.escape(branding.colour)}">'
        f'<title>{name}</title><link rel="icon" href="/favicon.svg">{tags}</head>'
        '<body><div id="app" class="isolate"></div></body></html>',
        media_type=MediaType.HTML,
        headers={"Content-Security-Policy": policy(development), "Cache-Control": "no-cache"},
    )


@get(["/console", "/console/{rest:path}"], include_in_schema=False)
async def console(request: Request[Any, Any, Any], desk: TheDesk) -> Response[str]:
    return await page("console", request, desk)


PORTAL_PATHS = [
    "/",
    "/cases",
    "/cases/{case_id:int}",
    "/new",
    "/sign-in",
    "/register",
    "/forgotten",
    "/company",
    "/profile",
    "/profile/tokens",
    "/reset/{token:str}",
    "/link/{token:str}",
    "/claim/{token:str}",
]


@get(PORTAL_PATHS, include_in_schema=False)
async def portal(request: Request[Any, Any, Any], desk: TheDesk) -> Response[str]:
    return await page("portal", request, desk)


@lru_cache(maxsize=256)
def _content(path: Path, changed: float, compress: bool) -> bytes:
    content = path.read_bytes()
    return gzip.compress(content, 6, mtime=0) if compress else content


@get(BASE + "{path:path}", include_in_schema=False, sync_to_thread=True, opt={"public_asset": True})
def asset(request: Request[Any, Any, Any], path: FromPath[Path]) -> Response[bytes]:
    """A built file; its name changes with its content, so browsers keep it."""
    file = (DIST / str(path).lstrip("/")).resolve()
    if not file.is_relative_to(DIST) or not file.is_file():
        raise NotFound("There is no such file.")
    compress = file.suffix in COMPRESSED and "gzip" in request.headers.get("accept-encoding", "")
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = {"Cache-Control": YEAR, "Vary": "Accept-Encoding"}
    if compress:
        headers["Content-Encoding"] = "gzip"
    text = kind.startswith("text/") or kind.endswith(("javascript", "json"))
    return Response(
        _content(file, file.stat().st_mtime, compress),
        media_type=f"{kind}; charset=utf-8" if text else kind,
        headers=headers,
    )


@get("/favicon.svg", include_in_schema=False)
async def favicon() -> Response[str]:
    """A speech bubble in the desk's colour."""
    colour = html.escape((await current_branding()).colour)
    return Response(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="'
        + colour
        + '" d="M6 4h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z"/>'
        '<path fill="#fff" d="M8 10h16v2.5H8zm0 5.5h11V18H8z"/></svg>',
        media_type="image/svg+xml",
        headers={"Cache-Control": "max-age=300"},
    )


@get("/push-worker.js", include_in_schema=False, sync_to_thread=True, opt={"public_asset": True})
def push_worker() -> Response[bytes]:
    """The service worker that shows pushes. It stands at the root, since its place decides which pages are its own."""
    return Response(
        PUSH_WORKER.read_bytes(),
        media_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache", "Content-Security-Policy": "default-src 'none'; img-src 'self'"},
    )


ROUTES: list[HTTPRouteHandler] = [console, portal, asset, favicon, push_worker]
