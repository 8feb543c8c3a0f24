"""A whole desk in the test's own event loop: the real application behind a real uvicorn, with a clock that is set.

`async with running_desk(database_url, folder) as desk:` — or the fixture `desk` of tests/app/conftest.py.
Everything runs in one loop, so tests may also read and write through the models and actions directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from litestar import Litestar

from app.desk import Desk
from app.events import Event
from app.main import build_desk, create_app
from app.people.actions.sessions import open_session
from app.people.authentication import COOKIE
from app.people.events import MailWanted, RightsChanged, SignedOut
from app.people.models import User
from app.settings import Settings
from tests.support.clock import Clock
from tests.support.people import CAST, PASSWORD, seed_people
from tests.support.ports import free_port

STARTS_WITHIN = 20.0  # seconds


class Browser(httpx.AsyncClient):
    """One person's browser: keeps cookies and sends the CSRF token that /api/me told."""

    csrf_token: str | None = None

    async def request(self, method: str, url: Any, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", None) or {})
        if method not in {"GET", "HEAD"} and self.csrf_token is not None:
            headers.setdefault("X-CSRF-Token", self.csrf_token)
        return await super().request(method, url, headers=headers, **options)

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        answer = await self.post("/api/session", json={"email": email, "password": password})
        if answer.status_code == 200:
            self.csrf_token = answer.json()["csrf_token"]
        return answer


@dataclass(slots=True)
class TestDesk:
    """What a test holds: the application, its people, what it told, and browsers to visit it with."""

    __test__ = False

    app: Litestar
    desk: Desk
    clock: Clock
    url: str
    people: dict[str, User]
    mails: list[MailWanted]
    events: list[Event]
    _stack: AsyncExitStack = field(repr=False)

    async def stranger(self, **headers: str) -> Browser:
        """A browser of somebody who has not signed in."""
        browser = Browser(
            base_url=self.url, headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0", **headers}
        )
        return await self._stack.enter_async_context(browser)

    async def browser(self, who: str) -> Browser:
        """A browser in which `who` (a key of CAST) is signed in; quick, without the password's cost."""
        return await self.browser_of(self.people[who])

    async def browser_of(self, user: User) -> Browser:
        browser, token = await self.stranger(), self.desk.token()
        async with self.desk.unit_of_work() as work:
            await open_session(work, user=user, token=token, lifetime=timedelta(days=30))
        browser.cookies.set(COOKIE, token, domain=httpx.URL(self.url).host)
        browser.csrf_token = self.desk.keys.csrf_token(token)
        return browser

    def last_link(self) -> str:
        """The token in the latest mail."""
        return self.mails[-1].values["link"].rpartition("/")[2]


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, *arguments: Any, **options: Any) -> None:
        try:
            await super().startup(*arguments, **options)
        except SystemExit as error:  # would end the whole test run
            raise RuntimeError("the desk did not start; its log says why") from error
        self.ready.set()


def settings_for(database_url: str, folder: Path, **changes: Any) -> Settings:
    """Settings that nothing outside of the test can change."""
    chosen = {"database_url": database_url, "data_dir": folder, "log_level": "warning", "roles": "web,live", **changes}
    return Settings(_env_file=None, **chosen)


@asynccontextmanager
async def running_desk(
    database_url: str, folder: Path, *, clock: Clock | None = None, **changes: Any
) -> AsyncIterator[TestDesk]:
    """Start the desk on a free port with the people of CAST; `changes` are settings."""
    clock, port = clock or Clock(), changes.pop("port", None) or free_port()
    url = f"http://127.0.0.1:{port}"
    settings = settings_for(database_url, folder, **{"port": port, "public_url": url, **changes})
    desk = build_desk(settings, now=clock)
    app = create_app(settings, desk=desk)
    mails: list[MailWanted] = []
    events: list[Event] = []
    _listen(desk, mails, events)
    async with AsyncExitStack() as stack, serving(app, port):
        async with desk.unit_of_work() as work:
            people = await seed_people(work)
        events.clear()
        yield TestDesk(app, desk, clock, url, people, mails, events, stack)


@asynccontextmanager
async def serving(app: Litestar, port: int) -> AsyncIterator[None]:
    """uvicorn with the desk's own WebSocket protocol, in this loop."""
    from channels.protocol import FeedProtocol

    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, ws=FeedProtocol, log_config=None, access_log=False, proxy_headers=False
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait({task, ready}, timeout=STARTS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
    try:
        if not server.ready.is_set():
            raise RuntimeError("the desk did not start; its log says why")
        yield
    finally:
        ready.cancel()
        server.should_exit = True
        await task


def _listen(desk: Desk, mails: list[MailWanted], events: list[Event]) -> None:
    async def on_mail(event: MailWanted) -> None:
        mails.append(event)

    async def on_event(event: Event) -> None:
        events.append(event)

    desk.bus.after(MailWanted, on_mail)
    desk.bus.after(RightsChanged, on_event)
    desk.bus.after(SignedOut, on_event)


__all__ = ("CAST", "PASSWORD", "Browser", "TestDesk", "running_desk", "serving", "settings_for")
