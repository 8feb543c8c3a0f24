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

from channels.redis_backplane import RedisBackplane
from tests.benchmarks.feed import packages, two_hubs
from tests.benchmarks.feed.contestants import KINDS, Contestant, Program, free_port
from tests.benchmarks.feed.pipelined import PipelinedBackplane

ROUNDS = 5
PACE = 200  # entries a second between two nodes
SPOKEN, PIPELINED = "casefeed with Redis", "casefeed, pipelined"


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


def dead_readers(*, entries: int = 1500, rounds: int = ROUNDS) -> dict[str, Any]:
    """500 sockets on one case; one tenth of them stays connected and reads no more while much is said.

    Beside each server stands another of its kind that is told the same and of whose readers nobody dies: memory grows
    and delays vary there too. Their rounds alternate.
    """
    contestants = {
        (kind, dying): Contestant(kind, sockets=500, topics=1)
        for kind in ("casefeed", "websockets")
        for dying in (True, False)
    }
    before: dict[tuple[str, bool], list[int]] = {one: [] for one in contestants}
    after: dict[tuple[str, bool], list[int]] = {one: [] for one in contestants}
    grown: dict[tuple[str, bool], int] = {}

    def take_delays(into: dict[tuple[str, bool], list[int]]) -> None:
        for _ in range(rounds):
            for one, each in contestants.items():
                into[one].append(each.delays(rate=20, entries=40)[1])

    try:
        for each in contestants.values():
            each.round(1, 50)
        take_delays(before)
        for one, each in contestants.items():
            kilobytes = each.server.kilobytes()
            if one[1]:
                each.stop_reading(10)
            each.round(1, entries)
            grown[one] = each.server.kilobytes() - kilobytes
        take_delays(after)
    finally:
        for each in contestants.values():
            each.close()
    measured: dict[str, Any] = {}
    for kind, dying in contestants:
        name, one = kind if dying else f"{kind} with nobody dead", (kind, dying)
        measured[f"{name}, memory grown by KB"] = grown[one]
        measured[f"{name}, p99 µs before"] = median(before[one])
        measured[f"{name}, p99 µs of those who read, after"] = median(after[one])
        measured[f"{name}, p99 after to before ratio"] = round(median(after[one]) / median(before[one]), 2)
    return measured


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
    """Published at one node, read at the other; by our speaker, and by the library's own pipeline."""
    readers = {kind: Contestant(kind, sockets=200, topics=100) for kind in (SPOKEN, PIPELINED)}
    writers = {kind: Program(KINDS[kind].command(free_port()), core=1) for kind in readers}
    found: dict[str, list[float]] = {"ping": [], "ours": [], "from reading": [], "pipelined": []}
    try:
        for kind, writer in writers.items():
            writer.answer()
            readers[kind].delays(rate=PACE, entries=entries, through=writer)
        for _ in range(rounds):
            found["ping"].append(median(uvloop.run(round_trips(entries))))
            for name, kind, from_reading in (
                ("ours", SPOKEN, False),
                ("pipelined", PIPELINED, False),
                ("from reading", SPOKEN, True),
            ):
                taken = readers[kind].delays(
                    rate=PACE, entries=entries, through=writers[kind], from_reading=from_reading
                )
                found[name].append(taken[0])
    finally:
        for each in (*writers.values(), *readers.values()):
            each.close()

    def to_ping(name: str) -> float:
        return round(median(one / ping for one, ping in zip(found[name], found["ping"], strict=True)), 2)

    return {
        "from process to process, median µs": median(found["ours"]),
        "without the pipe that asks, median µs": median(found["from reading"]),
        "with the library's pipeline, median µs": median(found["pipelined"]),
        "one round trip to Redis, median µs": round(median(found["ping"])),
        "to a round trip ratio": to_ping("ours"),
        "without the pipe that asks, to a round trip ratio": to_ping("from reading"),
        "with the library's pipeline, to a round trip ratio": to_ping("pipelined"),
        **in_one_loop(rounds=rounds, entries=entries),
    }


def in_one_loop(*, rounds: int, entries: int) -> dict[str, Any]:
    """Two hubs in one event loop, without the scheduler's part."""
    ours, pipelined = [], []
    for _ in range(rounds):
        ours.append(uvloop.run(two_hubs.measure(entries, RedisBackplane)))
        pipelined.append(uvloop.run(two_hubs.measure(entries, PipelinedBackplane)))
    return {
        "from hub to hub in one process, median µs": round(median(one for one, _ in ours)),
        "the same with the library's pipeline, median µs": round(median(one for one, _ in pipelined)),
        "one round trip in the same loop, median µs": round(median(ping for _, ping in ours)),
        "in one process to a round trip ratio": round(median(one / ping for one, ping in ours), 2),
        "in one process with the library's pipeline ratio": round(median(one / ping for one, ping in pipelined), 2),
    }


def run(*, quick: bool = False) -> dict[str, Any]:
    """All three; ``quick`` with fewer rounds."""
    rounds = 3 if quick else ROUNDS
    return {
        "1,000 a second over 1,000 cases of two": many_cases(rounds=rounds),
        "one tenth of 500 readers dead": dead_readers(rounds=rounds),
        "two nodes": two_nodes(rounds=rounds),
    }


if __name__ == "__main__":
    print(json.dumps(run(quick="--quick" in sys.argv), indent=2, ensure_ascii=False))
