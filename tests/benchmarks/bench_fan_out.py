"""Deliveries per CPU-second of the server: this feed beside four others, every one in the same run.

An epoll writer in C that only copies bytes (the floor), `websockets.broadcast()` on uvloop, socket.io on Node, and
Django Channels with its Redis layer. Ours takes the real way: authorised joins, one log per case, positions, order.
All send entries of the same size. The rounds of all contestants alternate, and medians count. A round ends when every
socket has received every byte of it, so no server is asked for more than its readers take; what part of its own core
the process of the readers used is told beside. docs/performance.md explains more.
"""

from __future__ import annotations

import json
import math
import sys
from statistics import median
from typing import Any

from tests.benchmarks.feed.contestants import FAN_OUT, Contestant

LOADS = {  # sockets, cases, entries in flight
    "one case, 100 sockets": (100, 1, 1),
    "one case, 1,000 sockets": (1000, 1, 1),
    "one case, 5,000 sockets": (5000, 1, 1),
    "1,000 cases of two": (2000, 1000, 1),
    "1,000 cases of two, bursts of 8": (2000, 1000, 8),
}
QUICK = ("one case, 1,000 sockets", "1,000 cases of two", "1,000 cases of two, bursts of 8")
ROUND = 0.25  # CPU seconds of a round, so that what happens beside it does not count
ROUNDS = 7
MOST_PASSES = 500


def compare(sockets: int, topics: int, burst: int, *, kinds: list[str], rounds: int) -> dict[str, Any]:
    """All contestants with the same readers, round by round in turn."""
    contestants: list[Contestant] = []
    measured: dict[str, Any] = {}
    try:
        for kind in kinds:
            try:
                contestants.append(Contestant(kind, sockets=sockets, topics=topics))
            except (OSError, RuntimeError) as error:  # a baseline that cannot be had must not hide the others
                measured[f"{kind} was not measured"] = str(error)[-200:]
        kinds = [each.kind for each in contestants]
        passes = {each.kind: _passes(each, burst) for each in contestants}
        speeds: dict[str, list[float]] = {kind: [] for kind in kinds}
        busy: list[float] = []
        for _ in range(rounds):
            for each in contestants:
                cpu, readers, wall = each.round(burst, passes[each.kind])
                speeds[each.kind].append(sockets * burst * passes[each.kind] / cpu)
                busy.append(readers / wall)
        measured |= {f"{kind}, per CPU second": round(median(speeds[kind])) for kind in kinds}
        for kind in kinds:
            if kind != "casefeed":
                pairs = zip(speeds["casefeed"], speeds[kind], strict=True)
                measured[f"to {kind} ratio"] = round(median(ours / theirs for ours, theirs in pairs), 2)
        measured["readers, busiest share of their core"] = round(max(busy), 2)
        return measured
    finally:
        for each in contestants:
            each.close()


def _passes(contestant: Contestant, burst: int) -> int:
    """How many passes make a round long enough, after one that nobody counts."""
    contestant.round(burst, 1)
    cpu = contestant.round(burst, 1)[0]
    return max(1, min(MOST_PASSES, math.ceil(ROUND / cpu)))


def run(*, quick: bool = False, kinds: list[str] | None = None) -> dict[str, Any]:
    """Everybody on one case; two on each of a thousand; the same in bursts of eight entries."""
    wanted = kinds or FAN_OUT
    loads = {name: load for name, load in LOADS.items() if not quick or name in QUICK}
    return {name: compare(*load, kinds=wanted, rounds=5 if quick else ROUNDS) for name, load in loads.items()}


if __name__ == "__main__":
    print(json.dumps(run(quick=True, kinds=sys.argv[1:]), indent=2))
