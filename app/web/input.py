"""What no text may contain, checked once for every JSON body before anything reads it."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request

from app.errors import Invalid

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


async def refuse_nul(request: Request[Any, Any, Any]) -> None:
    """PostgreSQL cannot store U+0000 in text; SQLite can, and would give it to other programs that stop there."""
    if "json" in request.headers.get("content-type", "") and NUL.search(await request.body()):
        raise Invalid("The text contains the character U+0000, which cannot be stored.")
