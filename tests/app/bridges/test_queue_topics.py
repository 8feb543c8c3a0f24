"""Snapshot + frames = fresh snapshot, for every action on a case, in every list that shows cases, counters included.

Whoever reads along keeps to the recipe of docs/feed.md, over a line that is cut at any byte. Some actions are those of
another process whose doorbell was lost: nobody tells this process, which must find out by itself.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.bridges.live_door import LiveDoor
from app.bridges.wiring import subscribe_inside
from app.cases.models import Case
from app.desk import Desk
from app.errors import DeskError
from app.events import Bus
from tests.storm.node import HASTY
from tests.storm.readers import Lists
from tests.support.case_actions import ACTIONS, AROUND, NO_ACTIONS, Acting, every_action
from tests.support.casework import open_case
from tests.support.cutting_proxy import CuttingProxy
from tests.support.databases import Databases
from tests.support.desk import TestDesk, running_desk
from tests.support.schedules import Step, drawn, prove, wanted_seeds, wanted_steps
from tests.support.visiting import cookie_of

STEPS = 150
DOINGS = ACTIONS | AROUND
NAMES = {name.replace(" ", "_"): name for name in DOINGS}
WEIGHTS = {**dict.fromkeys(NAMES, 5.0), "cut": 8.0, "look": 6.0}


@dataclass
class Watched:
    """A desk with cases, and everybody's lists of them."""

    desk: TestDesk
    elsewhere: Desk  # the same desk in a process that this one hears nothing of
    cases: list[int]
    lists: list[tuple[Lists, str]]

    async def perform(self, step: Step) -> None:
        which, number, unheard, _ = step.numbers
        if step.name == "cut":
            self.lists[which % len(self.lists)][0].proxy.cut_all()
        elif step.name == "look":
            await self.look()
        else:
            case = await Case.get(id=self.cases[which % len(self.cases)])
            desk = self.elsewhere if unheard % 4 == 0 else self.desk.desk
            others = [one for one in self.cases if one != case.id]
            with suppress(DeskError):  # a closed case cannot wait, a moved message is not moved again: nothing changed
                await DOINGS[NAMES[step.name]](Acting(desk, self.desk.people, case, number, others))

    async def look(self) -> None:
        for lists, topic in self.lists:
            await lists.agree(topic)


@asynccontextmanager
async def everybodys_lists(database_url: str, folder: Path, seed: int) -> AsyncIterator[Watched]:
    chance = random.Random(seed)
    async with running_desk(database_url, folder) as desk, AsyncExitStack() as stack:
        elsewhere = replace(desk.desk, bus=Bus())
        subscribe_inside(elsewhere)
        cases = [(await open_case(desk, who)).id for who in ("pavel", "aino", "pavel")]
        queues = [one["id"] for one in (await (await desk.browser("maria")).get("/api/queues")).json()]
        found: list[tuple[Lists, str]] = []
        for who, topics in (
            ("maria", {"queues/all": "/api/queues"}),
            ("tomas", {f"queue/{one}": f"/api/queues/{one}/cases?state=all&limit=200" for one in queues}),
            ("pavel", {"cases/mine": "/api/portal/cases?limit=200"}),
            ("liisa", {"cases/mine": "/api/portal/cases?limit=200"}),
            ("aino", {"cases/company": "/api/portal/cases?scope=company&limit=200"}),
        ):
            proxy = await stack.enter_async_context(
                CuttingProxy(int(desk.url.rpartition(":")[2]), next_cut=lambda: cut_after(chance))
            )
            browser = await desk.browser(who)
            port = int(desk.url.rpartition(":")[2])
            lists = Lists(port, proxy, {"Cookie": cookie_of(browser)}, topics, longest_wait=2.0)
            stack.push_async_callback(lists.stop)
            found += [(lists, topic) for topic in topics]
        yield Watched(desk, elsewhere, cases, found)


def cut_after(chance: random.Random) -> int | None:
    return chance.choice([None, None, chance.randint(1, 2000), chance.randint(1, 20_000)])


def test_no_action_is_forgotten() -> None:
    """A new action needs a row in tests/support/case_actions.py, so that its lists are proven too."""
    known = {name.partition(":")[0] for name in ACTIONS}
    assert every_action() == known | set(NO_ACTIONS)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", wanted_seeds(1))
async def test_lists_agree_with_a_new_page_load_after_any_actions(
    databases: Databases, database_engine: str, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveDoor, "timing", HASTY)
    turns = itertools.count()

    async def run(steps: Sequence[Step]) -> None:
        folder = tmp_path / f"{next(turns)}"
        folder.mkdir()
        with databases.fresh(database_engine, folder) as url:
            async with everybodys_lists(url, folder, seed) as these:
                for step in steps:
                    await these.perform(step)
                await these.look()

    await prove(run, seed=seed, steps=[*each_once(), *drawn(seed, wanted_steps(STEPS), WEIGHTS)])


def each_once() -> list[Step]:
    """Every action by itself with a look after it: heard, then unheard."""
    looked = Step("look", (0, 0, 0, 0))
    return [one for name in NAMES for unheard in (1, 0) for one in (Step(name, (0, unheard, unheard, 0)), looked)]
