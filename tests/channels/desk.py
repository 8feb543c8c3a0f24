"""A desk in miniature around the real hub: a store in memory, members named by a cookie, real uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn

from channels import frames
from channels.client import LiveClient
from channels.errors import FeedError, NotAdmitted, Refused, SignedOut
from channels.hub import Hub
from channels.ports import Access, Backplane, Member, Receive, Replayed, Scope, Send
from channels.protocol import uvicorn_options
from channels.server import serve_socket
from channels.server_events import serve_events
from channels.timing import Timing
from tests.support.ports import free_port

PATIENCE = 20.0  # seconds until a wait in a test counts as failed
QUICK = Timing(
    heartbeat=0.5, quiet=5.0, heads=0.1, changes=0.1, rights=0.5, slow=10.0, people=0.01, lease=0.9, renew=0.3
)
CALM = Timing(heads=3600.0, changes=3600.0, rights=3600.0)  # nothing by the clock: what works, works by itself

PEOPLE = {
    "maria": Member("user/1", "Maria Keller", "session-maria", detail="staff"),
    "tomas": Member("user/2", "Tomas Lind", "session-tomas", detail="staff"),
    "aino": Member("user/3", "Aino Virtanen", "session-aino", detail="customer"),
    "pavel": Member("user/4", "Pavel Orlov", "session-pavel", detail="customer"),
}


class Store:
    """The truth: what was committed, per stream. ``down`` makes it fail, as a database that is away."""

    def __init__(self) -> None:
        self.logs: dict[str, list[bytes]] = {}
        self.down = False
        self.questions = 0

    def commit(self, stream: str, entry: object) -> tuple[int, bytes]:
        log = self.logs.setdefault(stream, [])
        raw = json.dumps(entry).encode()
        log.append(raw)
        return len(log), raw

    async def replay(self, stream: str, after: int, limit: int) -> Replayed:
        self._ask()
        await asyncio.sleep(0)
        log = self.logs.get(stream, [])
        last = min(len(log), after + limit)
        return Replayed([(position, log[position - 1]) for position in range(after + 1, last + 1)], len(log))

    async def heads(self, streams: Sequence[str]) -> Mapping[str, int]:
        self._ask()
        answer = {stream: len(self.logs.get(stream, [])) for stream in streams}
        await asyncio.sleep(0)
        return answer

    def _ask(self) -> None:
        self.questions += 1
        if self.down:
            raise ConnectionError("the database is away")


class Rights:
    """Who may join what: staff everything, customers their own cases; single grants can be withdrawn."""

    def __init__(self) -> None:
        self.withdrawn: set[tuple[str, str]] = set()
        self.ended: set[str] = set()
        self.down = False
        self.silent: set[str] = set()  # topics about which no answer ever comes
        self.asked = 0

    async def authorize(self, member: Member, topic: str) -> Access:
        self.asked += 1
        if self.down:
            raise ConnectionError("the database is away")
        await asyncio.sleep(0)
        if topic in self.silent:
            await asyncio.Event().wait()
        if member.session in self.ended:
            raise SignedOut
        kind, key = topic.split("/")
        if (member.id, topic) in self.withdrawn or key == "secret":
            raise Refused("This is not yours to read.")
        staff = member.detail == "staff"
        if kind == "case":
            own, other = (f"{topic}#staff", f"{topic}#public") if staff else (f"{topic}#public", f"{topic}#staff")
            both = (own, other)
            return Access(own, "log", typing_to=both, present_in=both, reads_to=(own,))
        if kind == "queue" and staff:
            return Access(topic, "state", present_in=(topic,))
        if kind == "person" and key == "me":
            return Access(f"person/{member.id}", "log")
        raise Refused("There is no such topic.", code="not_found")


class Node:
    """One process of the desk: a hub behind uvicorn."""

    def __init__(self, store: Store, rights: Rights, hub: Hub, port: int) -> None:
        self.store = store
        self.rights = rights
        self.hub = hub
        self.port = port
        self.kept_reads: list[tuple[str, str, int]] = []

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/feed"

    def client(self, who: str, *, url: str | None = None, **options: Any) -> LiveClient:
        options.setdefault("backoff_first", 0.05)
        return LiveClient(url or self.url, cookie=f"who={who}", **options)

    def write(self, case: str, text: str, *, internal: bool = False, publish: bool = True) -> None:
        """One action on a case: committed to both feeds (or the staff's only), then published."""
        for stream in (f"{case}#staff",) if internal else (f"{case}#staff", f"{case}#public"):
            position, raw = self.store.commit(stream, {"text": text})
            if publish:
                self.hub.publish_entry(stream, position, raw)


async def admit(scope: Scope) -> Member:
    headers = dict(scope["headers"])
    who = headers.get(b"cookie", b"").decode().removeprefix("who=")
    if who not in PEOPLE:
        raise NotAdmitted("Sign in first.")
    return PEOPLE[who]


@asynccontextmanager
async def running_node(
    *,
    store: Store | None = None,
    rights: Rights | None = None,
    backplane: Backplane | None = None,
    timing: Timing = QUICK,
    changes: Callable[[], Awaitable[Sequence[tuple[str, frames.StateFrame]]]] | None = None,
    port: int | None = None,
    native: bool = True,
) -> AsyncIterator[Node]:
    """A node until the block ends. ``native=False``: uvicorn's own protocol class, so that frames go through ASGI."""
    store, rights = store or Store(), rights or Rights()
    ids = itertools.count(1)

    async def on_read(member: Member, topic: str, access: Access, position: int) -> None:
        node.kept_reads.append((member.id, access.stream, position))

    hub = Hub(
        authorize=rights.authorize,
        replay=store,
        backplane=backplane,
        changes=changes,
        on_read=on_read,
        timing=timing,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        handed_in: dict[str, Any] = {
            "hub": hub,
            "admit": admit,
            "now": lambda: datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
            "new_id": lambda: f"{id(hub):x}-{next(ids)}",
        }
        if scope["type"] == "websocket":
            return await serve_socket(scope, receive, send, **handed_in)
        try:
            await serve_events(scope, receive, send, jitter=lambda: 0.0, **handed_in)
        except FeedError as error:
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": error.code.encode(), "more_body": False})

    port = port or free_port()
    options = uvicorn_options(timing)
    if not native:
        options["ws"] = "websockets-sansio"
    node = Node(store, rights, hub, port)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        lifespan="off",
        log_level="error",
        timeout_graceful_shutdown=1,
        backlog=1024,
        **options,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    running = asyncio.create_task(hub.run())
    try:
        await eventually(lambda: server.started)
        yield node
    finally:
        server.should_exit = True
        await serving
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


class Reader:
    """Follows a topic and keeps what arrived, with what a correct feed never does counted by the client."""

    def __init__(self, client: LiveClient, topic: str, since: int | None = 0) -> None:
        self.client = client
        self.positions: list[int] = []
        self.entries: list[bytes] = []
        self.resyncs: list[frames.Resync] = []
        self.news = asyncio.Event()
        self.error: BaseException | None = None
        self._task = asyncio.create_task(self._follow(topic, since))

    async def _follow(self, topic: str, since: int | None) -> None:
        try:
            async for frame in self.client.follow(topic, since):
                if isinstance(frame, frames.Resync):
                    self.resyncs.append(frame)
                else:
                    self.positions.append(frame.position)
                    self.entries.append(bytes(frame.entry))
                self.news.set()
        except Exception as error:
            self.error = error
            self.news.set()

    async def until(self, head: int) -> None:
        """Wait until everything up to ``head`` is here."""
        await eventually(lambda: self.error is not None or self.positions[-1:] >= [head], self.news)
        assert self.error is None

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def check(self, log: list[bytes], since: int = 0) -> None:
        """Every entry once, in order, none from elsewhere, and the server never sent one out of turn."""
        assert self.error is None
        assert self.positions == list(range(since + 1, len(log) + 1))
        assert self.entries == log[since:]
        assert self.client.surprises == 0


async def eventually(condition: Callable[[], bool], news: asyncio.Event | None = None) -> None:
    """Wait until the condition holds; looks again at each ``news``, and every few milliseconds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            if news is None:
                await asyncio.sleep(0.005)
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await news.wait()
                news.clear()
