"""What no request may contain, checked once before anything reads it."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException

from app.errors import DeskError, Invalid

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Malformed(DeskError):
    """The body is no JSON at all; what is JSON of the wrong shape is Invalid."""

    code, status, title = "malformed", 400, "The request could not be read"


async def check_input(request: Request[Any, Any, Any]) -> None:
    """Refuse JSON that is not UTF-8 or nested beyond reason, and U+0000 in it or in the address.

    PostgreSQL cannot store U+0000; SQLite can, and would give it to other programs that stop there. What is decoded
    here is kept by the request, so nothing is decoded twice.
    """
    if b"%00" in request.scope.get("query_string", b"") or "\x00" in request.scope["path"]:
        raise Invalid("The address contains the character U+0000, which nothing here can have.")
    if "json" not in request.headers.get("content-type", ""):
        return
    if NUL.search(await request.body()):
        raise Invalid("The text contains the character U+0000, which cannot be stored.")
    try:
        await request.json()
    except (SerializationException, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("Send well-formed JSON in UTF-8, as described in /api/docs.") from error
