"""People of a desk that runs in processes of its own: made in its database, signed in over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from app.database import database, unit_of_work
from app.events import Bus
from app.people.authentication import COOKIE
from app.people.models import User
from tests.support.desk import Browser
from tests.support.people import CAST, PASSWORD, seed_people


@asynccontextmanager
async def the_database(url: str) -> AsyncIterator[dict[str, User]]:
    """Look into the database of a started desk beside it; gives everybody of CAST, who are made in it."""
    async with database(url):
        async with unit_of_work(Bus(), now=datetime.now(UTC)) as work:
            people = await seed_people(work)
        yield people


@asynccontextmanager
async def visitor(url: str, who: str, *, email: str | None = None, password: str = PASSWORD) -> AsyncIterator[Browser]:
    """A browser in which `who` of CAST has signed in with the password."""
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}
    async with Browser(base_url=url, headers=agent, timeout=10) as browser:
        answer = await browser.sign_in(email or CAST[who].email, password)
        if answer.status_code != 200:
            raise RuntimeError(f"{who} could not sign in: {answer.text}")
        yield browser


def cookie_of(browser: Browser) -> str:
    """The session cookie, for a socket."""
    return f"{COOKIE}={browser.cookies[COOKIE]}"


async def say(browser: Browser, case_id: int, text: str, *, portal: bool = False, key: str | None = None) -> Any:
    """Write into a case, as the pages do; answers the stored entry. Raises httpx.HTTPError when that failed."""
    key = key or uuid.uuid4().hex
    path = f"/api/portal/cases/{case_id}/replies" if portal else f"/api/cases/{case_id}/replies"
    body: dict[str, Any] = {"text": text, "files": [], "client_id": key}
    if not portal:
        body["seen"] = 0
    answer = await browser.post(path, json=body, headers={"Idempotency-Key": key})
    answer.raise_for_status()
    return answer.json()


async def say_until_stored(browsers: list[Browser], case_id: int, text: str, *, portal: bool = False) -> Any:
    """The same with the patience of a page: tries the browsers in turn, with one key, until one has stored it."""
    key, last = uuid.uuid4().hex, None
    for attempt in range(40):
        try:
            return await say(browsers[attempt % len(browsers)], case_id, text, portal=portal, key=key)
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            last = error
    raise RuntimeError(f"{text!r} could not be stored") from last
