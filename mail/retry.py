"""When to try again: the pure schedule of a message that was not accepted, and of a mailbox that cannot send."""

from __future__ import annotations

from datetime import datetime, timedelta

DELAYS = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 5, 10, 20, 30, 60, 120, 240)  # greylisting servers take the second or third attempt
)
LONGEST_DELAY = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=5)
"""RFC 5321, section 4.5.4.1: at least 4 to 5 days."""

AFTER_DOUBT = timedelta(minutes=15)
"""A message that may have arrived already is not repeated sooner: the server may still be busy with it."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60))
"""How long a mailbox rests after its first, second … problem in a row; too many sign-ins get accounts locked."""

SPREAD = 0.2
"""Share of each delay that chance adds, so that a thousand deferred mails do not come back in the same second."""


def next_attempt(
    *, first_due: datetime, attempts: int, now: datetime, chance: float, maybe_delivered: bool = False
) -> datetime | None:
    """When to try a message again that has failed `attempts` times (1 or more); None when its days are over.

    `chance` is a random number from 0 to 1. The last attempt falls on the end of the days, not before it.
    """
    end = first_due + GIVE_UP_AFTER
    if now >= end:
        return None
    delay = DELAYS[attempts - 1] if attempts <= len(DELAYS) else LONGEST_DELAY
    if maybe_delivered:
        delay = max(delay, AFTER_DOUBT)
    return min(now + delay * (1 + SPREAD * chance), end)


def pause(*, problems: int, chance: float) -> timedelta:
    """How long a mailbox rests after `problems` problems in a row (1 or more)."""
    return PAUSES[min(problems, len(PAUSES)) - 1] * (1 + SPREAD * chance)


def reconnect_delay(*, failures: int, chance: float, lasting: bool = False) -> timedelta:
    """How long to wait before connecting again after `failures` in a row: 1 s doubling to 5 minutes, spread by half.

    A `lasting` failure (wrong password) begins at one minute, so that no account gets locked.
    """
    seconds = min(2.0 ** min(failures - 1, 16), 300.0)
    if lasting:
        seconds = max(seconds, 60.0)
    return timedelta(seconds=seconds * (0.75 + 0.5 * chance))
