"""The rhythm of the feed in one place, each interval with its reason; tests hand in a faster one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All values are seconds."""

    heartbeat: float = 25.0  # below the 30 s after which the strictest common proxies cut an idle connection
    quiet: float = 75.0  # three heartbeats: one may be lost, one may be late
    heads: float = 3.0  # the longest a lost doorbell may delay an entry
    changes: float = 3.0  # the same for rows of a state
    rights: float = 60.0  # the longest a right withdrawn unheard (Redis away) may live on
    slow: float = 30.0  # a phone in a tunnel gets this long to drain before its socket is given up
    people: float = 0.15  # presence of many who come at once is told together
    lease: float = 45.0  # a killed node's people vanish after this
    renew: float = 15.0  # so that two renewals may be lost
    typing: float = 6.0  # clients repeat every 3 s while somebody types
    retry_first: float = 0.1  # first wait after the store failed; doubles
    retry_last: float = 5.0  # longest wait between two tries
