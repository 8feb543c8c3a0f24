"""The HTTP routes of people; ROUTES is what the application mounts."""

from __future__ import annotations

from app.people.routes import administration, directory, entering, links, myself, portal, tokens

ROUTES = (
    *entering.ROUTES,
    *links.ROUTES,
    *myself.ROUTES,
    *tokens.ROUTES,
    *directory.ROUTES,
    *portal.ROUTES,
    *administration.ROUTES,
)
