"""One Web Push request: encrypted for the browser (RFC 8291), signed as this desk's (RFC 8292), posted (RFC 8030)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from urllib.parse import urlsplit

import aiohttp
from py_vapid import Vapid02
from pywebpush import WebPusher

from app.desk import Desk
from app.notifications.pushes import Claimed
from app.notifications.rules import PUSH_LIFE

SIGNED_FOR = 12 * 3600  # seconds; RFC 8292 allows a day, and clocks differ
NOBODY = "mailto:postmaster@desk.example"
"""Whom a push service may ask; where the desk has no address of its own on the network."""


class Ending(Enum):
    TAKEN = "taken"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    ending: Ending
    service: str
    status: int = 0
    asked: int | None = None
    """Seconds that the service asked us to wait."""


def ending_of(status: int) -> Ending:
    """What a push service's status means for the message (RFC 8030, sections 5 and 7.3)."""
    if 200 <= status < 300:
        return Ending.TAKEN
    if status in {401, 403, 404, 410}:  # 401 and 403: subscribed under another key than this desk's
        return Ending.GONE
    return Ending.LATER if status in {408, 425, 429} or status >= 500 else Ending.REFUSED


async def send(http: aiohttp.ClientSession, push: Claimed, desk: Desk, now: datetime) -> Outcome:
    """Post one push; what went wrong on the way counts as LATER. Redirects are not followed."""
    service = urlsplit(push.endpoint).netloc
    body, headers = await asyncio.to_thread(_sealed, push, desk, now)
    try:
        async with http.post(push.endpoint, data=body, headers=headers, allow_redirects=False) as answer:
            asked = answer.headers.get("Retry-After", "")
            seconds = int(asked) if asked.isascii() and asked.isdigit() else None
            return Outcome(ending_of(answer.status), service, answer.status, seconds)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return Outcome(Ending.LATER, service)


def _sealed(push: Claimed, desk: Desk, now: datetime) -> tuple[bytes, dict[str, str]]:
    keys = {"p256dh": push.p256dh, "auth": push.auth}
    pusher = WebPusher({"endpoint": push.endpoint, "keys": keys})
    body: bytes = pusher.encode(json.dumps(push.payload).encode(), "aes128gcm")["body"]
    parts = urlsplit(push.endpoint)
    url = urlsplit(desk.settings.public_url)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(now.timestamp()) + SIGNED_FOR,
        "sub": f"https://{url.hostname}" if url.scheme == "https" and "." in (url.hostname or "") else NOBODY,
    }
    signed: dict[str, str] = Vapid02(desk.keys.push_private_key).sign(claims)
    return body, {
        **signed,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(PUSH_LIFE),
        "Urgency": "normal",
    }
