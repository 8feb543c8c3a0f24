"""A client for programs: joins since a position, comes back by itself, and yields every entry once and in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException

from . import frames
from .catchup import Catchup
from .errors import BadFrame, Refused, Unreachable, comes_back

BACKOFF_FIRST = 0.5  # seconds; doubles with each failure, and the wait is drawn from nothing to this (full jitter)
BACKOFF_LAST = 30.0  # seconds
OPEN_SECONDS = 10.0  # a server that has not welcomed us by then counts as away
AT_ONCE_SECONDS = 0.2  # even "at once" is spread a little: a thousand others heard the same
FRAME_BYTES = 16 * 1024 * 1024  # larger than any entry an application can store

TRANSIENT = frozenset({"unavailable"})  # refusals that asking again may cure

log = logging.getLogger("channels.client")


def longest_wait(code: int, failures: int, *, first: float = BACKOFF_FIRST, last: float = BACKOFF_LAST) -> float | None:
    """Seconds to wait at most after a close with ``code`` and ``failures`` in a row; None: do not come back."""
    match comes_back(code):
        case "never":
            return None
        case "now" if not failures:
            return AT_ONCE_SECONDS
        case _:
            return min(last, first * 2.0**failures)


def _unreachable(code: int) -> Unreachable:
    return Unreachable(f"the server closed with {code}", close_code=code)


class _Follower:
    """One topic this client wants, and what has arrived for it."""

    def __init__(self, topic: str, since: int | None) -> None:
        self.topic = topic
        self.catchup: Catchup[frames.Entry] | None = None if since is None else Catchup(since)
        self.asked: ClientConnection | None = None  # the connection on which we have asked to join
        self.queue: asyncio.Queue[frames.ServerFrame | Exception] = asyncio.Queue()


class LiveClient:
    """A connection to the feed that heals itself. Use as an async context manager; follow any number of topics.

    ``cookie`` or ``token`` (sent as Bearer) say who we are. ``jitter`` draws a number from 0 to 1. Waits between tries
    are drawn from nothing to ``backoff_first`` seconds, which doubles up to ``backoff_last``.
    """

    def __init__(
        self,
        url: str,
        *,
        cookie: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        jitter: Callable[[], float] = random.random,
        backoff_first: float = BACKOFF_FIRST,
        backoff_last: float = BACKOFF_LAST,
    ) -> None:
        self._url = url
        self._headers = dict(headers or {})
        if cookie is not None:
            self._headers["Cookie"] = cookie
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._jitter = jitter
        self._backoff_first, self._backoff_last = backoff_first, backoff_last
        self._followers: dict[str, _Follower] = {}
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()
        self._heartbeat = 25.0
        self._given_up: int | None = None  # the close code that forbade coming back
        self.welcome: frames.Welcome | None = None
        self.connections = 0  # how often we were welcomed
        self.close_codes: list[int] = []
        self.surprises = 0  # entries that were not the next one: a correct server causes none

    async def __aenter__(self) -> LiveClient:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="casefeed-client")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [task for task in (self._task, *self._errands) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def follow(self, topic: str, since: int | None = 0) -> AsyncIterator[frames.Entry | frames.Resync]:
        """Every entry of a log after ``since`` (None: from now on), once and in order, for ever.

        A ``Resync`` says that the order was broken: load the topic anew; what follows continues from its ``head``.
        Raises Refused when the topic is forbidden, Unreachable when the server does not want us back.
        """
        async for frame in self.watch(topic, since):
            if isinstance(frame, frames.Entry | frames.Resync):
                yield frame

    async def watch(self, topic: str, since: int | None = None) -> AsyncIterator[frames.ServerFrame]:
        """Everything that arrives for a topic; for a log, with the promise of ``follow``."""
        if self._given_up is not None:
            raise _unreachable(self._given_up)
        if topic in self._followers:
            raise ValueError(f"{topic} is followed already")
        follower = self._followers[topic] = _Follower(topic, since)
        try:
            await self._join(follower)
            while True:
                frame = await follower.queue.get()
                if isinstance(frame, Exception):
                    raise frame
                yield frame
        finally:
            self._followers.pop(topic, None)
            if follower.asked is not None:  # leaving what was refused is a mistake, and the server counts those
                await self.say(frames.Leave(topic))

    async def say(self, frame: frames.ClientFrame) -> bool:
        """Send a frame (typing, here, read …); False when there is no connection now."""
        if self._socket is None:
            return False
        try:
            await self._socket.send(frames.encode(frame).decode())
        except ConnectionClosed:
            return False
        return True

    async def _join(self, follower: _Follower) -> None:
        if self._socket is None or follower.asked is self._socket:
            return  # asked with the next connection, or already
        follower.asked = self._socket
        since = None if follower.catchup is None else follower.catchup.position
        await self.say(frames.Join(follower.topic, since))

    async def _run(self) -> None:
        failures = 0
        while True:
            welcomed = self.connections
            code = await self._connect_once()
            self._socket = None
            self.close_codes.append(code)
            if self.connections > welcomed:
                failures = 0
            wait = longest_wait(code, failures, first=self._backoff_first, last=self._backoff_last)
            if wait is None:
                return self._give_up(code)
            failures += 1
            await asyncio.sleep(wait * self._jitter())

    def _give_up(self, code: int) -> None:
        self._given_up = code
        for follower in list(self._followers.values()):
            follower.queue.put_nowait(_unreachable(code))

    async def _connect_once(self) -> int:
        """One connection from beginning to end; the close code, or 1006 when there was none."""
        try:
            async with connect(
                self._url,
                additional_headers=self._headers,
                compression=None,
                open_timeout=OPEN_SECONDS,
                close_timeout=1.0,
                ping_interval=None,
                max_size=FRAME_BYTES,
                user_agent_header="casefeed-client",
            ) as socket:
                await self._converse(socket)
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd is not None else 1006
        except InvalidStatus as error:
            return 4200 if error.response.status_code in (401, 403, 404) else 1006
        except (InvalidHandshake, WebSocketException, OSError, TimeoutError, BadFrame) as error:
            log.info("no connection: %r", error)
        except Exception:  # a fault of ours must not leave those who follow waiting for ever
            log.exception("a connection failed in a way that nobody foresaw")
        return 1006

    async def _converse(self, socket: ClientConnection) -> None:
        async with asyncio.timeout(OPEN_SECONDS):
            welcome = frames.decode_server(await socket.recv())
        if not isinstance(welcome, frames.Welcome):
            raise BadFrame("the first frame is no welcome")
        self.welcome = welcome
        self._heartbeat = welcome.heartbeat_seconds
        self.connections += 1
        self._socket = socket
        pulse = asyncio.get_running_loop().create_task(self._pulse(socket))
        try:
            for follower in list(self._followers.values()):
                await self._join(follower)
            while True:
                async with asyncio.timeout(self._heartbeat * 2):  # we ask once per heartbeat, so silence is death
                    text = await socket.recv()
                self._take(frames.decode_server(text))
        finally:
            self._socket = None
            pulse.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pulse

    async def _pulse(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(self._heartbeat)
                await socket.send(frames.encode(frames.Ping()).decode())

    def _take(self, frame: frames.ServerFrame) -> None:
        topic = getattr(frame, "topic", None)
        follower = self._followers.get(topic) if topic is not None else None
        if follower is None:
            return
        match frame:
            case frames.Entry():
                self._take_entry(follower, frame)
                return
            case frames.Refused(code=code) if code in TRANSIENT:
                follower.asked = None
                self._later(self._join_after(follower, self._backoff_first * (1 + self._jitter())))
                return
            case frames.Refused(code=code, message=message):
                follower.asked = None
                follower.queue.put_nowait(Refused(message, code=code))
                return
            case frames.Left(reason="rights"):
                follower.asked = None
                self._later(self._join(follower))  # another stream of the topic may be ours now; else "refused" comes
            case frames.Joined(head=head) if follower.catchup is None:
                follower.catchup = Catchup(head)
            case frames.Resync(head=head):
                follower.catchup = Catchup(head)
        follower.queue.put_nowait(frame)

    def _take_entry(self, follower: _Follower, frame: frames.Entry) -> None:
        if follower.catchup is None:
            return
        if frame.position != follower.catchup.position + 1:
            self.surprises += 1
        for _, entry in follower.catchup.live(frame.position, frame).entries:
            follower.queue.put_nowait(entry)
        if follower.catchup.behind:  # the server never does this; should it ever, we ask again rather than lose
            follower.catchup.doubtful()
            self._later(self._rejoin(follower))

    def _later(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _join_after(self, follower: _Follower, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._followers.get(follower.topic) is follower:
            await self._join(follower)

    async def _rejoin(self, follower: _Follower) -> None:
        await self.say(frames.Leave(follower.topic))
        follower.asked = None
        await self._join(follower)
