"""What load balancers ask: is the process alive (`/health`), and can it do its work (`/ready`)?"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import structlog
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from app.database import fetch_rows, missing_migrations
from app.web.problems import problem_of_status, problem_response

log = structlog.get_logger(__name__)

ANSWERS_WITHIN = 3.0  # seconds; a database that takes longer for one row is as good as away
NO_STORE = {"Cache-Control": "no-store"}


class Health(msgspec.Struct, frozen=True):
    """`ok`, for whoever reads more than the status code."""

    status: str = "ok"


@get("/health", opt={"public_asset": True}, tags=["Operation"], summary="Is the process alive?")
async def health() -> Response[Health]:
    """200 as long as the process answers; asks nobody, so that a database's trouble restarts no process."""
    return Response(Health(), headers=NO_STORE)


@get("/ready", opt={"public_asset": True}, tags=["Operation"], summary="Can the process do its work?")
async def ready() -> Response[Any]:
    """200 when the database answers and its schema is current, otherwise 503 (`unavailable`) with the reason."""
    reason = await _what_is_missing()
    if reason is None:
        return Response(Health(), headers=NO_STORE)
    return problem_response(problem_of_status(503, detail=reason), headers=NO_STORE)


async def _what_is_missing() -> str | None:
    """One sentence without anything of the database's own words, which are nobody's business outside."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            await fetch_rows("SELECT 1 AS one")
            missing = await missing_migrations()
    except Exception as error:
        log.warning("not_ready", reason=type(error).__name__)
        return "The database does not answer."
    return "The database's schema is older than this program: run `casefeed migrate`." if missing else None


ROUTES: tuple[HTTPRouteHandler, ...] = (health, ready)
