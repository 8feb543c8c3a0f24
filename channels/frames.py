"""The wire vocabulary: every frame of both directions, one JSON object with a ``type`` per text message.

Two kinds of streams stand behind topics. A *log* numbers its entries 1, 2, 3 … without holes. A *state* has keyed
rows with versions and no history. docs/feed.md explains how a client uses them; schemas are generated from here.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .errors import BadFrame

PROTOCOL = 1  # raised only when an old client would misread a new server

Doing = Literal["viewing", "noting", "editing", "away"]


class Frame(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True, gc=False):
    """Common shape of all frames: fields that have their default are left out on the wire."""


# --- from the client -------------------------------------------------------------------------------------------------


class Join(Frame, frozen=True, tag="join"):
    """Wants a topic.

    ``since``: last position the client has (0: everything; absent: from now on). ``ref`` returns in the answer.
    """

    topic: str
    since: int | None = None
    ref: str | None = None


class Leave(Frame, frozen=True, tag="leave"):
    """Wants no more of a topic; answered by ``left`` with reason ``asked``."""

    topic: str


class SayTyping(Frame, frozen=True, tag="typing"):
    """Is typing, or stopped.

    Repeated every few seconds while it lasts. ``private``: only people of the same stream may know.
    """

    topic: str
    on: bool
    private: bool = False


class SayHere(Frame, frozen=True, tag="here"):
    """What the person is doing in this tab; several tabs of one person count as the busiest of them."""

    topic: str
    doing: Doing


class SayRead(Frame, frozen=True, tag="read"):
    """Has read up to and including this position."""

    topic: str
    position: int


class Ping(Frame, frozen=True, tag="ping"):
    """Asks for a ``pong``; sent once per heartbeat, so that both sides know that the other lives."""


ClientFrame = Join | Leave | SayTyping | SayHere | SayRead | Ping


# --- from the server -------------------------------------------------------------------------------------------------


class Person(msgspec.Struct, frozen=True, gc=False):
    """One person in a topic, however many tabs."""

    member: str
    name: str
    doing: Doing


class Welcome(Frame, frozen=True, tag="welcome"):
    """First frame: who the server takes the peer for, and the rhythm (seconds) both sides keep."""

    session: str
    member: str
    name: str
    heartbeat_seconds: float
    typing_seconds: float
    server_time: str
    protocol: int


class Joined(Frame, frozen=True, tag="joined"):
    """The topic is joined.

    ``head``: last position of a log at this moment (0 for a state). ``count``: persons, if too many to list.
    """

    topic: str
    head: int
    people: list[Person]
    ref: str | None = None
    count: int | None = None


class Entry(Frame, frozen=True, tag="entry"):
    """One entry of a log; within a topic each position arrives once and in order."""

    topic: str
    position: int
    entry: msgspec.Raw


class Row(Frame, frozen=True, tag="row"):
    """A row of a state appeared or changed.

    Applied only when ``version`` is newer than what the client has for ``key``.
    """

    topic: str
    key: str
    version: int
    row: msgspec.Raw


class Gone(Frame, frozen=True, tag="gone"):
    """A row left this state; applied only when ``version`` is newer than what the client has for ``key``."""

    topic: str
    key: str
    version: int


class Counters(Frame, frozen=True, tag="counters"):
    """The counters of a state, all of them; applied only when ``version`` is newer."""

    topic: str
    version: int
    counters: dict[str, int]


class People(Frame, frozen=True, tag="people"):
    """Who is here.

    All of them (``people``), or who came or changed (``joined``) and which members went (``left``), or only how many.
    """

    topic: str
    people: list[Person] | None = None
    joined: list[Person] = []
    left: list[str] = []
    count: int | None = None


class Typing(Frame, frozen=True, tag="typing"):
    """Somebody types, or stopped; forgotten by the client after ``typing_seconds`` without a repetition."""

    topic: str
    member: str
    name: str
    on: bool


class Read(Frame, frozen=True, tag="read"):
    """Somebody has read up to and including a position."""

    topic: str
    member: str
    position: int


class Resync(Frame, frozen=True, tag="resync"):
    """Forget what you hold of this topic and load it anew over HTTP; frames after this one continue from ``head``.

    Reasons: ``joined`` (of a state), ``missed`` (did not read, or rights were in question), ``doubt``, ``ahead``,
    ``too_far``, ``hole``, ``rewound``.
    """

    topic: str
    reason: str
    head: int


class UpToDate(Frame, frozen=True, tag="up_to_date"):
    """Proven: the client now has everything up to ``head``, and what follows comes live."""

    topic: str
    head: int


class Refused(Frame, frozen=True, tag="refused"):
    """A join was refused; ``code`` for programs, ``message`` for people."""

    topic: str
    code: str
    message: str
    ref: str | None = None


class Left(Frame, frozen=True, tag="left"):
    """The topic is over for this socket: ``asked``, or ``rights`` (withdrawn: nothing of it follows)."""

    topic: str
    reason: str


class Pong(Frame, frozen=True, tag="pong"):
    """Answer to ``ping``."""


class Problem(Frame, frozen=True, tag="error"):
    """The last frame was not understood or not allowed; nothing was done."""

    code: str
    message: str
    topic: str | None = None


ServerFrame = (
    Welcome
    | Joined
    | Entry
    | Row
    | Gone
    | Counters
    | People
    | Typing
    | Read
    | Resync
    | UpToDate
    | Refused
    | Left
    | Pong
    | Problem
)
StateFrame = Row | Gone | Counters
PassingFrame = Typing | Read | People

_encoder = msgspec.json.Encoder()
_from_client: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_from_server: msgspec.json.Decoder[ServerFrame] = msgspec.json.Decoder(ServerFrame)


def encode(frame: Frame) -> bytes:
    """One frame as UTF-8 JSON."""
    return _encoder.encode(frame)


def encode_entry(topic: str, position: int, entry: bytes) -> bytes:
    """The same as ``encode(Entry(…))``."""
    return encode_entry_for(topic_field(topic), position, entry)


def topic_field(topic: str) -> bytes:
    """The first field of every frame about a topic, as JSON (names of topics need no escapes)."""
    return b'"topic":"%b"' % topic.encode()


def encode_entry_for(topic_field: bytes, position: int, entry: bytes) -> bytes:
    """An entry's frame for the readers of one topic, several times cheaper than by the encoder."""
    return b'{"type":"entry",%b,"position":%d,"entry":%b}' % (topic_field, position, entry)


def decode_client(text: str | bytes) -> ClientFrame:
    """A frame from a client; BadFrame says what is wrong with it."""
    try:
        return _from_client.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadFrame(str(error)) from error


def decode_server(text: str | bytes) -> ServerFrame:
    """A frame from a server; BadFrame says what is wrong with it."""
    try:
        return _from_server.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadFrame(str(error)) from error
