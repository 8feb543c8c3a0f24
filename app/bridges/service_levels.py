"""Cases → promises: what happens to a case moves its clocks, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.bulk import update_rows
from app.cases.conditions import FIELDS, REQUEST_TYPE
from app.cases.events import CaseChanged, CasesOpened, CaseState
from app.cases.models import Case
from app.database import Work
from app.events import Bus, Event
from app.service_levels import rules
from app.service_levels.choosing import asks, choose, late_pins, pin_after
from app.service_levels.models import CaseClock
from app.service_levels.promises import Promises, promised_late
from app.service_levels.queries import Version, Versions, history_of
from app.service_levels.rules import Pin
from sla import Clocks


@dataclass(frozen=True, slots=True)
class TimersMoved(Event):
    """Something may be due earlier than the timer loop knows."""


@dataclass(frozen=True, slots=True)
class ClocksMoved(Event):
    """The clocks of a case passed through these states, from the one that was stored to the one that is now."""

    case_id: int
    passed: tuple[Clocks, ...]


@dataclass(frozen=True, slots=True)
class ClocksMovedTogether(Event):
    """The clocks of many cases were moved in one transaction; no ClocksMoved is told of them."""

    cases: tuple[ClocksMoved, ...]


@dataclass(frozen=True, slots=True)
class StepsTaken(Event):
    """Many cases took steps in this transaction, and all their changes were told: what was gathered is written now."""


TURNS_GATHERED = "turns gathered"
"""Under this name such a transaction keeps a list for the reports, instead of a write for each case."""


class ClockKeeper:
    """Inside subscriber of every change of a case.

    It stands on the way of each answer, so it asks for little: an answer costs one look at the clocks and one update
    for each clock that it moves, and changes that no policy asks about cost nothing.
    """

    def __init__(self, versions: Versions | None = None) -> None:
        self._versions = versions or Versions()

    def subscribe(self, bus: Bus) -> None:
        bus.inside(CaseChanged, self.case_changed)
        bus.inside(CasesOpened, self.cases_opened)

    async def cases_opened(self, work: Work, event: CasesOpened) -> None:
        current = await self._versions.current()
        promised = [await self._promise(change, current) for change in event.changes]
        await store_first(work, [one for one in promised if one is not None])

    async def case_changed(self, work: Work, event: CaseChanged) -> None:
        if event.before is None:
            promises = await self._promise(event, await self._versions.current())
        else:
            promises = await self._move(event.before, event)
        if promises is not None:
            await store(work, promises)

    async def _promise(self, event: CaseChanged, current: list[Version]) -> Promises | None:
        """The promises of a new case; None where no policy makes any."""
        chosen, targets = choose(current, await self._facts(current, event.after))
        if chosen is None:
            return None
        pin = Pin(position=event.entries[0].position, version_id=chosen.id, targets=targets)
        promises = Promises(event.case_id, chosen, [pin], [])
        self._apply(promises, event)
        return promises

    async def _move(self, before: CaseState, event: CaseChanged) -> Promises | None:
        taken_back = any(entry.kind in rules.TAKES_BACK for entry in event.entries)
        means_something = taken_back or any(rules.events_of(entry) for entry in event.entries)
        changed: frozenset[str] = frozenset()
        if not rules.made_by_step(event.entries):
            changed = rules.changed_facts(before, event.after, event.entries)
        if not means_something and not changed:
            return None
        promises = await Promises.load(event.case_id, self._versions)
        if promises is None:
            return await self._promise_late(event) if changed else None
        if taken_back:
            await promises.rebuild(self._versions, event.entries[-1].at)
        else:
            self._apply(promises, event)
        if changed:
            await self._choose_again(promises, event, changed)
        return promises

    def _apply(self, promises: Promises, event: CaseChanged) -> None:
        for entry in event.entries:
            for one in rules.events_of(entry):
                promises.apply(one)

    async def _choose_again(self, promises: Promises, event: CaseChanged, changed: frozenset[str]) -> None:
        """Choose among today's policies by today's facts, if any of them asks about what changed.

        A case that stays with its policy stays with the version of it that it was opened under.
        """
        current = await self._versions.current()
        if not changed & asks(current, promises.version):
            return
        entry = event.entries[-1]
        facts = await self._facts(current, event.after, promises.version)
        found = pin_after(current, facts, changed, promises.pins[-1], promises.version, entry.position)
        if found is not None:
            promises.retarget(entry.at, *found)

    async def _promise_late(self, event: CaseChanged) -> Promises | None:
        """The case was promised nothing so far, and now a policy holds: count from its opening, owe it from now."""
        current = await self._versions.current()
        chosen, targets = choose(current, await self._facts(current, event.after))
        if chosen is None:
            return None
        pins = late_pins(chosen, targets, event.entries[-1].position)
        events = await history_of(event.case_id, pins, self._versions)
        return promised_late(event.case_id, chosen, pins, events)

    async def _facts(self, current: list[Version], case: CaseState, kept: Version | None = None) -> dict[str, Any]:
        """What the policies may ask about; custom fields are looked up only where one of them asks for any."""
        custom = {}
        if any(fact.startswith(FIELDS) or fact == REQUEST_TYPE for fact in asks(current, kept)):
            custom = (await Case.get(id=case.case_id)).custom
        return rules.facts_of(case, custom)


async def store_first(work: Work, promised: Sequence[Promises]) -> None:
    """The same as `store` for many cases that had no clocks before."""
    rows = [row for promises in promised for row in promises.fresh_rows()]
    if not rows:
        return
    await CaseClock.bulk_create(rows)
    dues = [[one.next_due, one.case_id] for one in promised if one.next_due is not None]
    await update_rows(Case, ("next_due_at",), dues)
    passed = [ClocksMoved(one.case_id, tuple(one.passed)) for one in promised]
    await work.tell_now(ClocksMovedTogether(tuple(passed)))
    if any(row.wake_at is not None for row in rows):
        work.record(TimersMoved())


async def store(work: Work, promises: Promises, *, anew: tuple[int, ...] = ()) -> None:
    """Write the clocks and what lists show of them, and wake the timers where needed."""
    moved = await promises.save(anew=anew)
    if promises.next_due != promises.due_before:
        await Case.filter(id=promises.case_id).update(next_due_at=promises.next_due)
        promises.due_before = promises.next_due
    if len(promises.passed) > 1:
        # At once: a step that follows moves the case to other hands, and these clocks belong to those it was in.
        await work.tell_now(ClocksMoved(promises.case_id, tuple(promises.passed)))
        promises.passed = [promises.clocks]
    if moved:
        work.record(TimersMoved())
