"""What people can be told, through which channels, and what is proposed to who has chosen nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

Kind = Literal[
    "mentioned",
    "assigned",
    "customer_replied",
    "watched",
    "escalated",
    "warning",
    "mail_failed",
    "mailbox_failed",
    "mail_limit",
    "quarantine_grew",
]
Channel = Literal["list", "sound", "browser", "push"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CHANNELS: tuple[Channel, ...] = get_args(Channel)
"""`list` is the desk's own list and the base of the others: what does not stand there is not told at all."""

PERSONAL: frozenset[Kind] = frozenset({"mentioned", "assigned", "customer_replied", "escalated"})
"""Kinds that wait for this very person. Only they leave the page by themselves, on devices that were switched on."""
EXCERPT = 160  # characters of a message that a notification shows


def proposed(kind: str) -> tuple[Channel, ...]:
    """The channels of a kind for somebody who has chosen nothing: quiet, and nothing makes a sound."""
    return ("list", "browser", "push") if kind in PERSONAL else ("list",)


def chosen(stored: Mapping[str, Sequence[str]], kind: str) -> tuple[Channel, ...]:
    """The channels of a kind as the person has set them, in the order of CHANNELS."""
    wanted = stored.get(kind, proposed(kind))
    return tuple(channel for channel in CHANNELS if channel in wanted) if "list" in wanted else ()


def all_chosen(stored: Mapping[str, Sequence[str]]) -> dict[str, tuple[Channel, ...]]:
    return {kind: chosen(stored, kind) for kind in KINDS}


def concerns(data: Mapping[str, Any], position: int) -> bool:
    """Whether a notification is about nothing newer than `position` of its case."""
    about = data.get("position")
    return not isinstance(about, int) or about <= position


def excerpt(text: str) -> str:
    """The beginning of a message on one line."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…"


def may_push_to(endpoint: str, services: str) -> bool:
    """Whether this is a push service that the desk may call; anything else would let a user send it anywhere.

    `services` are names of hosts (and all below them, over https), or origins such as `http://127.0.0.1:9000`,
    separated by commas.
    """
    parts = urlsplit(endpoint)
    for service in filter(None, (one.strip() for one in services.split(","))):
        if "://" in service:
            if f"{parts.scheme}://{parts.netloc}" == service.rstrip("/"):
                return True
        elif parts.scheme == "https" and parts.netloc == parts.hostname and _within(parts.hostname, service):
            return True
    return False


def _within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


RETRIES = (10, 40, 160, 640, 1800)  # seconds before each further try; the last one is repeated
PUSH_LIFE = 86_400  # seconds after which nobody needs to be told any more


def retry_in(attempts: int, asked: int | None) -> int:
    """Seconds until the next try after `attempts` failures; a service may have asked for more, up to an hour."""
    own = RETRIES[min(attempts, len(RETRIES)) - 1]
    return max(own, min(asked or 0, 3600))
