"""What nodes say to each other over the backplane."""

from __future__ import annotations

import msgspec

from .frames import Doing

CONTROL = "control"  # the channel that every node listens to
ENTRY_BYTES = 64 * 1024  # a larger entry is only announced; whoever needs it reads the store


class Envelope(msgspec.Struct, frozen=True, tag_field="t", array_like=True, gc=False):
    """Common shape: a compact array whose first item is the kind."""


class EntrySaid(Envelope, frozen=True, tag="e"):
    """An entry was committed; ``entry`` is None when it is too large to be carried."""

    stream: str
    position: int
    entry: bytes | None


class FrameSaid(Envelope, frozen=True, tag="f"):
    """A state or passing frame for a stream, as JSON with an empty topic."""

    stream: str
    frame: bytes


class TypingSaid(Envelope, frozen=True, tag="t"):
    """Somebody types in a stream, or stopped."""

    stream: str
    member: str
    name: str
    on: bool


class PlaceSaid(Envelope, frozen=True, tag="p"):
    """Somebody's tab is in a stream (or, with ``doing`` None, no longer)."""

    stream: str
    key: str
    member: str
    name: str
    doing: Doing | None


class RightsSaid(Envelope, frozen=True, tag="r"):
    """Rights may have changed for whoever matches all that is given."""

    member: str | None
    topic: str | None
    stream: str | None


class SignedOutSaid(Envelope, frozen=True, tag="o"):
    """A session of a member, or all of them, is over."""

    member: str | None
    session: str | None


class DoubtSaid(Envelope, frozen=True, tag="d"):
    """The sender was cut off and may have said things that nobody heard."""


Said = EntrySaid | FrameSaid | TypingSaid | PlaceSaid | RightsSaid | SignedOutSaid | DoubtSaid

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)


def seal(said: Said) -> bytes:
    """As bytes for the backplane."""
    return _encoder.encode(said)


def unseal(message: bytes) -> Said | None:
    """What was said, or None when it is not of this version (a rolling update): the store has it anyway."""
    try:
        return _decoder.decode(message)
    except msgspec.MsgspecError:
        return None
