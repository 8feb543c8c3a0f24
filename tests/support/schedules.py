"""Schedules of faults: lists of steps drawn from a seed, run against something, and shrunk when that fails.

A step is a name and a few raw numbers, which whoever carries it out takes modulo what there is to choose from. So any
part of a schedule is a schedule too, and what fails can be cut down to the steps that matter.
"""

from __future__ import annotations

import os
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

NUMBERS = 4  # raw numbers of a step
TOLD = 120  # steps of a failing schedule that are printed
RANGE = 10_000  # each of them is below this
SHRINK_SECONDS = "STORM_SHRINK"  # how long to look for a shorter schedule that fails too (0: not at all)
SEEDS = "STORM_SEEDS"  # seeds instead of the test's own, separated by commas
STEPS = "STORM_STEPS"  # steps per schedule instead of the test's own

Run = Callable[[Sequence["Step"]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens."""

    name: str
    numbers: tuple[int, ...]

    def __str__(self) -> str:
        return " ".join([self.name, *map(str, self.numbers)])

    @classmethod
    def parse(cls, line: str) -> Step:
        name, *numbers = line.split()
        return cls(name, tuple(map(int, numbers)))


def drawn(seed: int, count: int, weights: Mapping[str, float]) -> list[Step]:
    """`count` steps; the same ones for the same seed, always."""
    chance = random.Random(seed)
    names = chance.choices(list(weights), list(weights.values()), k=count)
    return [Step(name, tuple(chance.randrange(RANGE) for _ in range(NUMBERS))) for name in names]


def wanted_seeds(count: int) -> list[int]:
    """The seeds a test runs with: 0, 1 … or those of the environment."""
    given = os.environ.get(SEEDS)
    return [int(one) for one in given.split(",")] if given else list(range(count))


def wanted_steps(count: int) -> int:
    return int(os.environ.get(STEPS) or count)


async def shrunk(
    steps: Sequence[Step], fails: Callable[[Sequence[Step]], Awaitable[bool]], *, until: Callable[[], bool]
) -> list[Step]:
    """The shortest part of `steps` found to fail as well (delta debugging); gives up when `until` says so."""
    left, parts = list(steps), 2
    while len(left) > 1 and not until():
        size = -(-len(left) // parts)
        for start in range(0, len(left), size):
            fewer = left[:start] + left[start + size :]
            if until():
                return left
            if fewer and await fails(fewer):
                left, parts = fewer, max(parts - 1, 2)
                break
        else:
            if size == 1:
                return left
            parts = min(parts * 2, len(left))
    return left


async def prove(run: Run, *, seed: int, steps: Sequence[Step]) -> None:
    """Run a schedule; when it fails, the AssertionError has the seed and the shortest schedule found to fail too."""
    try:
        await run(steps)
    except Exception as error:
        first = "".join(traceback.format_exception(error))
        deadline = time.monotonic() + float(os.environ.get(SHRINK_SECONDS) or 60)

        async def fails(fewer: Sequence[Step]) -> bool:
            try:
                await run(fewer)
            except Exception:
                return True
            return False

        shorter = await shrunk(steps, fails, until=lambda: time.monotonic() > deadline)
        told = "\n".join(map(str, shorter)) if len(shorter) <= TOLD else "(too many to print: the seed draws them)"
        raise AssertionError(f"{first}\nseed {seed}, {len(steps)} steps, shrunk to {len(shorter)}:\n{told}") from error
