"""A schedule is the same for the same seed, and what fails is cut down to what makes it fail."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.schedules import SHRINK_SECONDS, Step, drawn, prove, shrunk, wanted_seeds, wanted_steps

WEIGHTS = {"write": 10.0, "cut": 2.0, "kill": 0.5}


def test_a_seed_names_a_schedule() -> None:
    assert drawn(7, 300, WEIGHTS) == drawn(7, 300, WEIGHTS)
    assert drawn(7, 300, WEIGHTS) != drawn(8, 300, WEIGHTS)
    assert {step.name for step in drawn(7, 300, WEIGHTS)} == set(WEIGHTS)
    assert [Step.parse(str(step)) for step in drawn(7, 20, WEIGHTS)] == drawn(7, 20, WEIGHTS)


async def test_a_failing_schedule_is_cut_down_to_what_matters() -> None:
    steps = drawn(3, 400, WEIGHTS)
    kill = next(index for index, step in enumerate(steps) if step.name == "kill" and index > 100)
    culprits = [steps[kill], next(step for step in steps[kill:] if step.name == "cut")]
    tries = 0

    async def fails(fewer: Sequence[Step]) -> bool:
        nonlocal tries
        tries += 1
        return all(one in fewer for one in culprits)

    assert await shrunk(steps, fails, until=lambda: False) == culprits
    assert tries < 150
    assert len(await shrunk(steps, fails, until=lambda: True)) == 400  # no time at all


async def test_the_report_names_seed_schedule_and_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHRINK_SECONDS, "5")

    async def run(steps: Sequence[Step]) -> None:
        assert not any(step.name == "kill" for step in steps), "the node was dead"

    steps = drawn(5, 100, WEIGHTS)
    (first, *_) = [step for step in steps if step.name == "kill"]
    with pytest.raises(AssertionError) as failed:
        await prove(run, seed=5, steps=steps)
    assert "the node was dead" in str(failed.value)
    assert "seed 5, 100 steps, shrunk to 1:\nkill " in str(failed.value)
    assert str(failed.value).count("\nkill ") == 1
    await prove(run, seed=5, steps=[step for step in steps if step is not first and step.name != "kill"])


def test_the_environment_may_ask_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (wanted_seeds(3), wanted_steps(50)) == ([0, 1, 2], 50)
    monkeypatch.setenv("STORM_SEEDS", "41,42")
    monkeypatch.setenv("STORM_STEPS", "9000")
    assert (wanted_seeds(3), wanted_steps(50)) == ([41, 42], 9000)
