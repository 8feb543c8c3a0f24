"""The log: structured, one line per event, without secrets whatever somebody passes in."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.settings import Settings

HIDDEN = "[hidden]"
SECRET_NAME = re.compile(r"cookie|authorization|token|passw|secret|csrf|credential|api_?key", re.IGNORECASE)
SECRET_TEXT = re.compile(
    r"(casefeed_session=)[^;\s\"']+|(\bBearer\s+)[^\s\"']+|(/(?:reset|link|claim|password-resets|sign-in-links|registrations)/)"
    r"[A-Za-z0-9_-]{16,}|(://[^/\s:@]+:)[^@\s/]+(?=@)",
    re.IGNORECASE,
)
NEVER_LOGGED = ("body", "headers", "form", "json", "color_message")
"""Whole requests and answers are never logged: nobody can say beforehand what is in them. (The last is uvicorn's twin
of its own message.)"""
DEPTH = 6
QUIET = {
    "uvicorn.access": logging.WARNING,
    "httpx": logging.WARNING,
    "asyncio": logging.WARNING,
    "tortoise": logging.WARNING,
}
"""Loggers of libraries whose chatter would repeat, or print, what our own lines leave out."""


def hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blank out values by the name of their key and by what they look like, also deep inside."""
    for name in NEVER_LOGGED:
        event.pop(name, None)
    cleaned = {key: _clean(key, value, 0) for key, value in event.items()}
    event.clear()
    event.update(cleaned)
    return event


def configure_logging(settings: Settings, *, stream: TextIO | None = None, quiet: bool = False) -> None:
    """Send our own and all libraries' log lines through the same processors to `stream` (standard error).

    `quiet` is for commands that answer on standard output: nothing below a warning. Traces never show the values of
    variables, which structlog's own console does where it finds `rich`.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    target = stream or sys.stderr
    last: list[Processor] = [structlog.processors.format_exc_info, hide_secrets]
    if settings.log_format == "json":
        last.append(structlog.processors.JSONRenderer(ensure_ascii=False))
    else:
        plain = structlog.dev.plain_traceback
        last.append(structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=plain))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = logging.getLevelName(settings.log_level.upper())
    root.setLevel(max(level, logging.WARNING) if quiet else level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)


def _clean(key: str, value: Any, depth: int) -> Any:
    if SECRET_NAME.search(key):
        return HIDDEN
    return _clean_value(value, depth)


def _clean_value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return SECRET_TEXT.sub(lambda found: f"{next(part for part in found.groups() if part)}{HIDDEN}", value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if depth >= DEPTH:
        return "…"
    if isinstance(value, Mapping | MutableMapping):
        return {name: _clean(str(name), inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        if len(value) == 2 and isinstance(name := next(iter(value)), str | bytes) and isinstance(value, tuple):
            return (name, _clean(_text(name), value[1], depth + 1))
        return [_clean_value(inner, depth + 1) for inner in value]
    return value


def _text(name: str | bytes) -> str:
    return name.decode("latin-1") if isinstance(name, bytes) else name
