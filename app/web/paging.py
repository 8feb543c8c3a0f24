"""Lists in pieces and lists that are polled: opaque cursors, pages, and answers that can say "unchanged"."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType

from app.errors import Invalid
from app.web.encoding import encode_json

T = TypeVar("T")
PAGE_SIZE = 50  # rows: two screens of a queue, and still one quick query
MAX_PAGE_SIZE = 200


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One piece of a list; `next_cursor` leads to the following one and is null at the end."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(*values: int | str | float | None) -> str:
    """The sort values of the last row shown, as one opaque word."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def decode_cursor(cursor: str, *types: Any) -> tuple[Any, ...]:
    """The values that `encode_cursor` was given, checked against their types. Raises Invalid for anything else.

    >>> decode_cursor(encode_cursor("Orlov", 7), str, int)
    ('Orlov', 7)
    """
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        values = msgspec.json.decode(raw, type=list[Any])
        if len(values) != len(types):
            raise ValueError("another number of values")
        return tuple(msgspec.convert(value, type=kind) for value, kind in zip(values, types, strict=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise Invalid("This cursor is not one of ours; begin again without it.", field="cursor") from error


def page_of(rows: Sequence[T], *, size: int, cursor_of: Any) -> tuple[Sequence[T], str | None]:
    """Cut `rows` (asked for with size + 1) to a page; answers them and the cursor of what follows.

    `cursor_of(last row shown)` gives that cursor.
    """
    if len(rows) <= size:
        return rows, None
    shown = rows[:size]
    return shown, cursor_of(shown[-1])


def etag_of(content: bytes) -> str:
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def unless_unchanged(
    request: Request[Any, Any, Any], value: Any, *, headers: Mapping[str, str] | None = None
) -> Response[Any]:
    """`value` as JSON with an ETag, or 304 without content when the caller has it already (RFC 9110, 13.1.2)."""
    content = encode_json(value)
    tag = etag_of(content)
    extra = {"ETag": tag, "Cache-Control": "private, no-cache", **(headers or {})}
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if tag.removeprefix("W/") in known:
        return Response(content=None, status_code=304, headers=extra)
    return Response(content=content, media_type=MediaType.JSON, headers=extra)
