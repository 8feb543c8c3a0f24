"""The live feed of this process: its hub with everything it is handed, and the routes that readers come in by."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import structlog
from litestar import asgi
from litestar.enums import ScopeType
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from app.bridges.live_access import LiveAccess
from app.bridges.live_feed import LiveFeed
from app.bridges.live_store import Store
from app.bridges.unread import UnreadFeed
from app.desk import Desk
from app.errors import Forbidden, Invalid, NotFound, NotSignedIn
from app.people.authentication import TELLS_TROUBLE
from app.web.security import own_origins
from channels.errands import Errands
from channels.errors import BadFrame, CloseCode, Refused, SignedOut
from channels.hub import Hub
from channels.lasting import lasting
from channels.ports import Backplane
from channels.redis_backplane import RedisBackplane
from channels.server import serve_socket
from channels.server_events import serve_events
from channels.timing import Timing

log = structlog.get_logger(__name__)

EVENTS = "/live/events"
COME_BACK_LATER = 5  # seconds until a load balancer should ask another process, or this one, again


class LiveDoor:
    """Open while the desk runs. Every process has a hub, to tell the others; only those with the role take sockets."""

    timing = Timing()  # tests are in more of a hurry

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._access = LiveAccess(desk)
        self.hub: Hub | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        store = Store(self._desk.now)
        hub = self.hub = Hub(
            authorize=self._access.authorize,
            replay=store,
            backplane=self._backplane(),
            changes=store.changes,
            on_read=self._access.on_read,
            timing=self.timing,
        )
        errands = Errands()
        LiveFeed(self._desk, hub, store, errands).subscribe()
        UnreadFeed(self._desk, hub, errands).subscribe()
        await store.changes()  # the horizon: what was committed before is in every snapshot
        running = asyncio.create_task(lasting("the live feed", partial(_run, hub)))
        try:
            yield
        finally:
            self.hub = None
            _send_away(hub, "the server is restarting")
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await errands.stop()

    def _backplane(self) -> Backplane | None:
        url = self._desk.settings.redis_url
        return RedisBackplane(url, node=uuid.uuid4().hex) if url else None

    def route(self) -> ASGIRouteHandler:
        """The handler of /live (WebSocket) and /live/events (server-sent events), for create_app."""

        @asgi(["/live", EVENTS], copy_scope=False, opt={TELLS_TROUBLE: True})
        async def live(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.WEBSOCKET:
                if scope["path"] == EVENTS:
                    return await self._events(scope, receive, send)
                await send({"type": "http.response.start", "status": 426, "headers": [(b"upgrade", b"websocket")]})
                return await send({"type": "http.response.body", "body": b"", "more_body": False})
            if self.hub is None or "live" not in self._desk.settings.roles:
                # Accepted first: a refused handshake would reach a browser without the code that says to come back.
                await receive()
                accept: Any = {"type": "websocket.accept"}  # Litestar's type wants keys that ASGI leaves out
                await send(accept)
                await send(
                    {"type": "websocket.close", "code": int(CloseCode.UNAVAILABLE), "reason": "no live feed here"}
                )
                return None
            return await serve_socket(
                scope,  # type: ignore[arg-type]  # Litestar's scope is the ASGI mapping
                receive,  # type: ignore[arg-type]
                send,  # type: ignore[arg-type]
                hub=self.hub,
                admit=self._access.admit,
                now=self._desk.now,
                new_id=lambda: uuid.uuid4().hex,
                origins=own_origins(self._desk.settings),
            )

        return live

    async def _events(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises NotSignedIn, Forbidden, NotFound or Invalid; a browser takes each of them as the last word."""
        if scope.get("method") != "GET":
            await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", b"GET")]})
            return await send({"type": "http.response.body", "body": b"", "more_body": False})
        if self.hub is None or "live" not in self._desk.settings.roles:
            wait = str(COME_BACK_LATER).encode()
            await send({"type": "http.response.start", "status": 503, "headers": [(b"retry-after", wait)]})
            return await send({"type": "http.response.body", "body": b"", "more_body": False})
        try:
            return await serve_events(
                scope,  # type: ignore[arg-type]  # Litestar's scope is the ASGI mapping
                receive,  # type: ignore[arg-type]
                send,  # type: ignore[arg-type]
                hub=self.hub,
                admit=self._access.admit,
                now=self._desk.now,
                new_id=lambda: uuid.uuid4().hex,
                jitter=random.random,
                origins=own_origins(self._desk.settings),
            )
        except SignedOut as error:
            raise NotSignedIn(error.message) from error
        except Refused as error:
            raise (NotFound if error.code == "not_found" else Forbidden)(error.message) from error
        except BadFrame as error:
            field = "since" if error.code == "bad_position" else "topic"
            raise Invalid(error.message, field=field) from error


async def _run(hub: Hub) -> None:
    """Until it is cancelled. Should it end otherwise, everybody comes back to the feed that begins after it."""
    try:
        await hub.run()
    finally:
        _send_away(hub, "the feed begins anew")


def _send_away(hub: Hub, reason: str) -> None:
    for connection in list(hub.connections.values()):
        connection.sink.close(CloseCode.MOVED, reason)
