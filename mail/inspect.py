"""Shows how the desk understands a message, as the JSON object of `casefeed mail inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .errors import ParseRefused
from .message import Message
from .parsing import parse


def describe(message: Message) -> dict[str, Any]:
    """The message as plain JSON values, in the names that operators and measurements rely on."""
    bounce = message.bounce if message.is_bounce or message.is_complaint else None
    return {
        "subject": message.subject,
        "from_addr": message.from_.email if message.from_ else None,
        "from_name": message.from_.name if message.from_ else None,
        "to": [address.email for address in message.to],
        "cc": [address.email for address in message.cc],
        "reply_to": message.reply_to[0].email if message.reply_to else None,
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to[0] if message.in_reply_to else None,
        "references": list(message.references),
        "date_utc": message.date.strftime("%Y-%m-%dT%H:%M:%SZ") if message.date else None,
        "text": message.text,
        "reply_text": message.reply_text,
        "html": message.html,
        "attachments": [
            {"name": item.filename, "content_type": item.content_type, "size": item.size}
            for item in message.attachments
        ],
        "is_auto": message.is_auto,
        "is_bounce": message.is_bounce,
        "is_delay": message.is_delay,
        "is_complaint": message.is_complaint,
        "must_not_autoreply": message.must_not_autoreply,
        "bounce_recipient": list(bounce.recipients) if bounce else [],
        "bounce_status": list(bounce.statuses) if bounce else [],
        "warnings": list(message.warnings),
    }


def inspect(source: Path | bytes, *, name: str = "-") -> dict[str, Any]:
    """The object for one file (or the bytes of one): with `file` and all fields, or `file` and
    `error`. Never raises on content."""
    if isinstance(source, bytes):
        return {"file": name, **_describe(source)}
    try:
        raw = source.read_bytes()
    except OSError as error:
        return {"file": str(source), "error": f"unreadable: {error.strerror or type(error).__name__}"}
    return {"file": str(source), **_describe(raw)}


def _describe(raw: bytes) -> dict[str, Any]:
    try:
        return describe(parse(raw))
    except ParseRefused as error:
        return {"error": str(error)}
