"""`casefeed tail`: follows a topic of a running desk from a terminal."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

import httpx
import msgspec

from app.commands.serve import read_settings
from app.people.authentication import COOKIE
from channels.client import LiveClient
from channels.errors import FeedError
from channels.frames import Entry


async def follow(
    topic: str, *, url: str | None, since: int, token: str | None = None, email: str = "", password: str = ""
) -> int:
    """Print entries for ever. With an API token, or signing in by address and password."""
    base = (url or read_settings(None).public_url).rstrip("/")
    live = urlsplit(base)._replace(scheme="wss" if base.startswith("https") else "ws", path="/live").geturl()
    if token is not None:
        return await _print(LiveClient(live, token=token), topic, since)
    async with httpx.AsyncClient(base_url=base) as http:
        try:
            answer = await http.post("/api/session", json={"email": email, "password": password})
        except httpx.HTTPError as error:
            print(f"{base} cannot be reached: {error}", file=sys.stderr)
            return 1
    if answer.status_code != 200 and answer.status_code != 201:
        print(answer.json().get("detail", "Signing in failed."), file=sys.stderr)
        return 1
    return await _print(LiveClient(live, cookie=f"{COOKIE}={answer.cookies[COOKIE]}"), topic, since)


async def _print(coming: LiveClient, topic: str, since: int) -> int:
    try:
        async with coming as client:
            async for frame in client.follow(topic, since=since):
                if isinstance(frame, Entry):
                    print(msgspec.json.encode(frame.entry).decode(), flush=True)
                else:
                    print(f"resync: {frame.reason}", file=sys.stderr)
    except FeedError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0
