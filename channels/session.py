"""One socket's conversation as a state machine without I/O: frames in, effects out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import frames
from .errors import BadFrame, CloseCode
from .topics import parse_topic

FRAME_BYTES = 4096  # the longest sensible frame is a join of some 200 bytes
TOPICS_PER_SOCKET = 64  # a console with every view and a dozen cases open joins about 30
PROBLEMS_PER_SOCKET = 20  # a peer that is wrong more often than this does not speak the protocol
FRAMES_BURST = 200  # a reconnect re-joins all topics at once
FRAMES_PER_SECOND = 20.0  # typing and presence of a busy person stay below two


@dataclass(frozen=True, slots=True)
class Send:
    """Answer with this frame."""

    frame: frames.Frame


@dataclass(frozen=True, slots=True)
class Enter:
    """Authorize and join; report back with ``entered`` or ``refused``."""

    topic: str
    since: int | None
    ref: str | None


@dataclass(frozen=True, slots=True)
class Exit:
    """Take the socket out of this topic."""

    topic: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Let others know: this member types, is here, or has read (only ever about a joined topic)."""

    what: frames.SayTyping | frames.SayHere | frames.SayRead


@dataclass(frozen=True, slots=True)
class Close:
    """End the socket."""

    code: CloseCode
    reason: str


Effect = Send | Enter | Exit | Tell | Close
_State = Literal["entering", "leaving", "joined"]


class Session:
    """Which topics a socket is in, and what each of its frames means there.

    Moments are seconds of a monotonic clock.
    """

    __slots__ = ("_allowance", "_counted_at", "_problems", "_states")

    def __init__(self, *, now: float) -> None:
        self._states: dict[str, _State] = {}
        self._problems = 0
        self._allowance = float(FRAMES_BURST)
        self._counted_at = now

    @property
    def topics(self) -> frozenset[str]:
        """The topics that are joined."""
        return frozenset(topic for topic, state in self._states.items() if state == "joined")

    def received(self, text: str | bytes, *, now: float) -> list[Effect]:
        """One text message arrived."""
        self._allowance = min(FRAMES_BURST, self._allowance + (now - self._counted_at) * FRAMES_PER_SECOND) - 1
        self._counted_at = now
        if self._allowance < 0:
            return [Close(CloseCode.TOO_FAST, "too many frames")]
        if len(text) > FRAME_BYTES:
            return self._problem("too_long", f"A frame has at most {FRAME_BYTES} bytes.")
        try:
            frame = frames.decode_client(text)
        except BadFrame as error:
            return self._problem(error.code, error.message)
        if isinstance(frame, frames.Ping):
            return [Send(frames.Pong())]
        if isinstance(frame, frames.Join):
            return self._join(frame)
        state = self._states.get(frame.topic)
        if state is None or state == "leaving":
            return self._problem("not_joined", "This topic is not joined.", frame.topic)
        if isinstance(frame, frames.Leave):
            return self._leave(frame.topic, state)
        if isinstance(frame, frames.SayRead) and frame.position < 1:
            return self._problem("bad_position", "Positions start with 1.", frame.topic)
        return [Tell(frame)] if state == "joined" else []

    def entered(self, topic: str) -> list[Effect]:
        """The join succeeded."""
        if self._states.get(topic) == "leaving":  # they changed their mind while we looked
            del self._states[topic]
            return [Exit(topic), Send(frames.Left(topic, "asked"))]
        self._states[topic] = "joined"
        return []

    def refused(self, topic: str, code: str, message: str, ref: str | None) -> list[Effect]:
        """The join failed."""
        self._states.pop(topic, None)
        return [Send(frames.Refused(topic, code, message, ref))]

    def ejected(self, topic: str) -> None:
        """The server took the socket out of a topic."""
        self._states.pop(topic, None)

    def _join(self, frame: frames.Join) -> list[Effect]:
        try:
            parse_topic(frame.topic)
        except BadFrame as error:
            return [Send(frames.Refused(frame.topic, error.code, error.message, frame.ref))]
        if frame.since is not None and frame.since < 0:
            return [Send(frames.Refused(frame.topic, "bad_position", "since is 0 or more.", frame.ref))]
        if frame.topic in self._states:
            return [Send(frames.Refused(frame.topic, "already_joined", "Leave it before joining again.", frame.ref))]
        if len(self._states) >= TOPICS_PER_SOCKET:
            message = f"One socket has at most {TOPICS_PER_SOCKET} topics."
            return [Send(frames.Refused(frame.topic, "too_many_topics", message, frame.ref))]
        self._states[frame.topic] = "entering"
        return [Enter(frame.topic, frame.since, frame.ref)]

    def _leave(self, topic: str, state: _State) -> list[Effect]:
        if state == "entering":
            self._states[topic] = "leaving"
            return []
        del self._states[topic]
        return [Exit(topic), Send(frames.Left(topic, "asked"))]

    def _problem(self, code: str, message: str, topic: str | None = None) -> list[Effect]:
        self._problems += 1
        if self._problems > PROBLEMS_PER_SOCKET:
            return [Close(CloseCode.PROTOCOL_ERROR, "this is not the protocol of the feed")]
        return [Send(frames.Problem(code, message[:300], topic))]
