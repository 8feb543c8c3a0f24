"""What the engine is handed in.

Who somebody is, what they may join, what the store holds, and the way to other nodes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from .frames import StateFrame

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

StreamKind = Literal["log", "state"]


@dataclass(frozen=True, slots=True)
class Member:
    """Who sits at a socket.

    The engine compares ``id`` and ``session`` and shows ``name``; ``detail`` belongs to the application.
    """

    id: str
    name: str
    session: str
    detail: Any = None


@dataclass(frozen=True, slots=True)
class Access:
    """What one member gets for one topic.

    ``stream`` is what they read; ``typing_to``, ``present_in`` and ``reads_to`` name the streams whose readers learn
    that they
    type, are here, or have read (empty: nobody does). ``shown_as`` is the name others see, if not the member's own.
    """

    stream: str
    kind: StreamKind = "log"
    typing_to: tuple[str, ...] = ()
    present_in: tuple[str, ...] = ()
    reads_to: tuple[str, ...] = ()
    shown_as: str | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """A page of a log: (position, entry as JSON) in order, and the last committed position of the whole stream."""

    entries: Sequence[tuple[int, bytes]]
    head: int


class Admit(Protocol):
    """Who is this? Reads cookies or a token from the ASGI scope.

    Raises NotAdmitted, or Unavailable when it cannot tell now.
    """

    async def __call__(self, scope: Scope, /) -> Member: ...


class Authorize(Protocol):
    """May this member join this topic? Raises Refused with a code, or SignedOut when the member's session is over.

    Asked at every join, when rights change, after any doubt, and from time to time.
    """

    async def __call__(self, member: Member, topic: str, /) -> Access: ...


class Replay(Protocol):
    """The store behind the logs. Only committed entries; positions count 1, 2, 3 … without holes in each stream."""

    async def replay(self, stream: str, after: int, limit: int) -> Replayed:
        """At most ``limit`` entries with a position greater than ``after``, in order, and the head."""
        ...

    async def heads(self, streams: Sequence[str]) -> Mapping[str, int]:
        """The last committed position of each stream (absent or 0: it is empty)."""
        ...


class Changes(Protocol):
    """The store behind the states.

    What was committed since the last call, whoever committed it (older versions do no harm). None: too much to say, so
    that every reader of a state must start over.
    """

    async def __call__(self) -> Sequence[tuple[str, StateFrame]] | None: ...


class OnRead(Protocol):
    """Told when a member has read up to a position of a stream, so that the application can keep it."""

    async def __call__(self, member: Member, topic: str, access: Access, position: int, /) -> None: ...


class BackplaneListener(Protocol):
    """What a backplane calls: synchronously, in the event loop, never from inside ``publish``."""

    def heard(self, channel: str, message: bytes, /) -> None:
        """Another node said this on a channel we listen to."""
        ...

    def doubt(self) -> None:
        """Messages may have been missed: compare with the store at once."""
        ...


class Backplane(Protocol):
    """The way to the other nodes.

    A doorbell: it may lose messages, but never blocks or fails the caller, and says when it is in doubt.

    Held values are leases shared by all nodes: they vanish by themselves when their holder no longer renews them.
    """

    async def start(self, listener: BackplaneListener) -> None: ...

    async def close(self) -> None: ...

    def publish(self, channel: str, message: bytes) -> None:
        """Say this to every other node that listens to the channel."""
        ...

    async def subscribe(self, channel: str) -> None:
        """Listen; returns once it is in force, or soon anyway while the way is blocked (``doubt`` follows later)."""
        ...

    def unsubscribe(self, channel: str) -> None: ...

    def hold(self, group: str, key: str, value: bytes, seconds: float) -> None:
        """Take or renew a lease."""
        ...

    def release(self, group: str, key: str) -> None: ...

    async def held(self, group: str) -> Mapping[str, bytes]:
        """All leases of a group that are in force; none when the way is blocked."""
        ...


Now = Callable[[], datetime]
NewId = Callable[[], str]
