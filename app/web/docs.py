"""The description of the interfaces: OpenAPI and AsyncAPI as JSON, and a plain page that needs nobody else's server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from typing import Any

from litestar import Request
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin

from app.version import VERSION
from app.web.encoding import encode_json
from app.web.openapi import truthful
from channels.asyncapi import TopicKind, asyncapi

METHODS = ("get", "post", "put", "patch", "delete")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}}
code{{font-size:.9em}} b{{display:inline-block;width:4.5rem}} li{{list-style:none;margin:.3rem 0}} ul{{padding:0}}
</style>
<h1>{title}</h1><p>{description}</p><p><a href="/api/docs/openapi.json">openapi.json</a>, and of the
live feed: <a href="/api/docs/asyncapi.json">asyncapi.json</a></p>
{groups}</html>"""
DESCRIPTION = (
    "JSON over HTTP; times are ISO 8601 in UTC. Errors are problem details (RFC 9457) with a stable code. "
    "Writes take an Idempotency-Key; with a session cookie they need X-CSRF-Token, which /api/me tells. "
    "Programs send Authorization: Bearer with a token made at /api/tokens, whose scopes are read, write and admin."
)


def product_version() -> str:
    return VERSION


class PlainPage(OpenAPIRenderPlugin):
    """One list of all operations, grouped by what they are about."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        groups: dict[str, list[str]] = defaultdict(list)
        for path, operations in sorted((openapi_schema.get("paths") or {}).items()):
            for method in METHODS:
                if operation := operations.get(method):
                    tag = (operation.get("tags") or ["Other"])[0]
                    groups[tag].append(
                        f"<li><b>{method.upper()}</b> <code>{escape(path)}</code> "
                        f"{escape(operation.get('summary', ''))}</li>"
                    )
        info = openapi_schema["info"]
        parts = [f"<h2>{escape(tag)}</h2><ul>{''.join(lines)}</ul>" for tag, lines in sorted(groups.items())]
        title = f"{info['title']} {info['version']}"
        return PAGE.format(title=escape(title), description=escape(DESCRIPTION), groups="".join(parts)).encode()


class HttpDocument(JsonRenderPlugin):
    """What HTTP does, as it does it."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json")
        self._told: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._told is None:
            handlers = (
                (route.path_format, handler)
                for route in request.app.routes
                for handler in getattr(route, "route_handlers", ())
                if isinstance(handler, HTTPRouteHandler)
            )
            self._told = self.render_json(request, truthful(openapi_schema, handlers))
        return self._told


class LiveFeedDocument(OpenAPIRenderPlugin):
    """What the live feed says and is told, beside what HTTP does."""

    def __init__(self, topics: Sequence[TopicKind]) -> None:
        super().__init__(path="/asyncapi.json", media_type=MediaType.JSON)
        self._topics = topics

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return encode_json(asyncapi(title="Casefeed live feed", version=product_version(), topics=self._topics))


def openapi(topics: Sequence[TopicKind]) -> OpenAPIConfig:
    """`topics`: what the live feed carries."""
    return OpenAPIConfig(
        title="Casefeed",
        version=product_version(),
        description=DESCRIPTION,
        path="/api/docs",
        render_plugins=[PlainPage(), HttpDocument(), LiveFeedDocument(topics)],
    )
