"""How long an entry is under way: in quiet and busy times, beside dead readers, and between two nodes.

Delays are counted from the moment at which the server is asked to publish until a reader has the entry. Baselines in
the same run: `websockets.broadcast()` and the epoll writer in C for one node; one round trip to the same Redis with the
same library for two. On a machine that does other work they vary far more than CPU seconds do.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from statistics import median
from typing import Any

import uvloop
from redis import asyncio as aioredis

from tests.benchmarks.feed import packages, two_hubs
from tests.benchmarks.feed.contestants import KINDS, Contestant, Program, free_port

ROUNDS = 5
PACE = 200  # entries a second between two nodes


def many_cases(*, rounds: int, seconds: int = 2) -> dict[str, Any]:
    """1,000 entries a second over 1,000 cases of two sockets."""
    kinds = ["casefeed", "websockets", "C"]
    contestants = [Contestant(kind, sockets=2000, topics=1000) for kind in kinds]
    try:
        found: dict[str, list[tuple[int, int, int]]] = {kind: [] for kind in kinds}
        for _ in range(rounds):
            for each in contestants:
                found[each.kind].append(each.delays(rate=1000, entries=1000 * seconds))
    finally:
        for each in contestants:
            each.close()
    measured: dict[str, Any] = {}
    for kind in kinds:
        measured[f"{kind}, median µs"] = median(one[0] for one in found[kind])
        measured[f"{kind}, p99 µs"] = median(one[1] for one in found[kind])
    pairs = zip(found["casefeed"], found["websockets"], strict=True)
    measured["p99 to websockets ratio"] = round(median(ours[1] / theirs[1] for ours, theirs in pairs), 2)
    return measured


def dead_readers(kind: str, *, entries: int = 1500) -> dict[str, Any]:
    """500 sockets on one case; one tenth of them stays connected and reads no more while much is said."""
    each = Contestant(kind, sockets=500, topics=1)
    try:
        each.round(1, 50)
        before = [each.delays(rate=20, entries=40)[1] for _ in range(ROUNDS)]
        kilobytes = each.server.kilobytes()
        each.stop_reading(10)
        each.round(1, entries)
        grown = each.server.kilobytes() - kilobytes
        after = [each.delays(rate=20, entries=40)[1] for _ in range(ROUNDS)]
    finally:
        each.close()
    return {
        f"{kind}, memory grown by KB": grown,
        f"{kind}, p99 µs of all before": median(before),
        f"{kind}, p99 µs of the others after": median(after),
        f"{kind}, p99 after to before ratio": round(median(after) / median(before), 2),
    }


async def round_trips(count: int) -> list[float]:
    """Microseconds of PINGs to the same Redis, at the same pace."""
    client = aioredis.Redis.from_url(packages.redis().url)
    found = []
    for _ in range(count):
        await asyncio.sleep(1 / PACE)
        start = time.perf_counter()
        await client.ping()
        found.append((time.perf_counter() - start) * 1e6)
    await client.aclose()
    return found


def two_nodes(*, rounds: int, entries: int = 400) -> dict[str, Any]:
    """Published at one node, read at the other."""
    readers = Contestant("casefeed with Redis", sockets=200, topics=100)
    writer = Program(KINDS["casefeed with Redis"].command(free_port()), core=1)
    try:
        writer.answer()
        readers.delays(rate=PACE, entries=entries, through=writer)
        ours, pings = [], []
        for _ in range(rounds):
            pings.append(median(uvloop.run(round_trips(entries))))
            ours.append(readers.delays(rate=PACE, entries=entries, through=writer)[0])
    finally:
        writer.close()
        readers.close()
    loop = [uvloop.run(two_hubs.measure(entries)) for _ in range(rounds)]
    return {
        "from process to process, median µs": median(ours),
        "one round trip to Redis, median µs": round(median(pings)),
        "to a round trip ratio": round(median(one / ping for one, ping in zip(ours, pings, strict=True)), 2),
        "from hub to hub in one process, median µs": round(median(one for one, _ in loop)),
        "one round trip in the same loop, median µs": round(median(ping for _, ping in loop)),
        "in one process to a round trip ratio": round(median(one / ping for one, ping in loop), 2),
    }


def run(*, quick: bool = False) -> dict[str, Any]:
    """All three; ``quick`` with fewer rounds."""
    rounds = 3 if quick else ROUNDS
    return {
        "1,000 a second over 1,000 cases of two": many_cases(rounds=rounds),
        "one tenth of 500 readers dead": {**dead_readers("casefeed"), **dead_readers("websockets")},
        "two nodes": two_nodes(rounds=rounds),
    }


if __name__ == "__main__":
    print(json.dumps(run(quick="--quick" in sys.argv), indent=2, ensure_ascii=False))
