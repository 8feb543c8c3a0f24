"""What can go wrong on the live feed.

One tree of errors with stable codes, and the close codes that say whether to come back.
"""

from __future__ import annotations

from enum import IntEnum


class FeedError(Exception):
    """Root of the engine's errors; ``code`` is stable and meant for programs, ``message`` for people."""

    code = "feed_error"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message or self.code)
        self.message = message or self.code
        if code is not None:
            self.code = code


class Refused(FeedError):
    """``Authorize`` says no to one topic; the socket stays and the member hears ``code`` and ``message``."""

    code = "forbidden"


class SignedOut(FeedError):
    """The member's session is over: raised by ``Admit`` or ``Authorize``; the whole socket closes and stays away."""

    code = "signed_out"


class NotAdmitted(SignedOut):
    """``Admit`` does not know who this is, or does not want them here."""

    code = "not_admitted"


class Unavailable(FeedError):
    """The store or another part cannot answer now; asking again later is right."""

    code = "unavailable"


class BadFrame(FeedError):
    """What arrived is not a frame of the protocol."""

    code = "bad_frame"


class Unreachable(FeedError):
    """The client gave up: the server closed with a code that forbids coming back."""

    code = "unreachable"

    def __init__(self, message: str, *, close_code: int) -> None:
        super().__init__(message)
        self.close_code = close_code


class CloseCode(IntEnum):
    """Close codes of the feed, by range, so that a client needs no list (private codes: RFC 6455, section 7.4.2).

    4000-4099: come back at once. 4100-4199: come back later, with jitter. 4200 and above: do not come back by yourself.
    """

    QUIET = 4000  # nothing was heard from the peer for three heartbeats; a live peer simply reconnects
    MOVED = 4001  # the server asks for a new connection (its rights or its node changed)
    SLOW_READER = 4100  # the peer did not read for too long; at once would only repeat it
    OVERLOADED = 4101  # too many sockets in this process
    UNAVAILABLE = 4102  # the process cannot decide who this is now (its database is away)
    TOO_FAST = 4103  # the peer sends more than anybody types, reads and joins
    SIGNED_OUT = 4200  # the session ended, or there never was one: sign in first
    FORBIDDEN = 4201  # known, but not welcome here (wrong origin, disabled user)
    PROTOCOL_ERROR = 4202  # the peer speaks something else; coming back would repeat it


def comes_back(code: int) -> str:
    """What a client does after a close: ``"now"``, ``"later"`` (back-off with jitter) or ``"never"``."""
    if 4000 <= code < 4100:
        return "now"
    if code >= 4200 or code in (1002, 1003, 1007, 1008, 1009):  # both sides would only repeat the same mistake
        return "never"
    return "later"
