"""Cases → promises: what happens to a case moves its clocks, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from app.cases.events import CaseChanged, CaseState
from app.cases.models import Case
from app.database import Work
from app.events import Bus, Event
from app.service_levels import rules
from app.service_levels.promises import Promises, promised_late
from app.service_levels.queries import Version, Versions, history_of
from app.service_levels.rules import Pin
from sla import Clocks, Kind


@dataclass(frozen=True, slots=True)
class TimersMoved(Event):
    """Something may be due earlier than the timer loop knows."""


@dataclass(frozen=True, slots=True)
class ClocksMoved(Event):
    """The clocks of a case passed through these states, from the one that was stored to the one that is now."""

    case_id: int
    passed: tuple[Clocks, ...]


class ClockKeeper:
    """Inside subscriber of every change of a case.

    It stands on the way of each answer, so it asks for little: an answer costs one look at the clocks and one update
    for each clock that it moves, and changes that no policy asks about cost nothing.
    """

    def __init__(self, versions: Versions | None = None) -> None:
        self._versions = versions or Versions()

    def subscribe(self, bus: Bus) -> None:
        bus.inside(CaseChanged, self.case_changed)

    async def case_changed(self, work: Work, event: CaseChanged) -> None:
        if event.before is None:
            promises = await self._promise(event)
        else:
            promises = await self._move(event.before, event)
        if promises is not None:
            await store(work, promises)

    async def _promise(self, event: CaseChanged) -> Promises | None:
        """The promises of a new case; None where no policy makes any."""
        current = await self._versions.current()
        chosen, targets = await self._choose(current, event.after)
        if chosen is None:
            return None
        pin = Pin(position=event.entries[0].position, version_id=chosen.id, targets=targets)
        promises = Promises(event.case_id, chosen, [pin], [])
        self._apply(promises, event)
        return promises

    async def _move(self, before: CaseState, event: CaseChanged) -> Promises | None:
        means_something = any(entry.kind == "moved_out" or rules.events_of(entry) for entry in event.entries)
        changed: frozenset[str] = frozenset()
        if not rules.made_by_step(event.entries):
            changed = rules.changed_facts(before, event.after, event.entries)
        if not means_something and not changed:
            return None
        promises = await Promises.load(event.case_id, self._versions)
        if promises is None:
            return await self._promise_late(event) if changed else None
        if any(entry.kind == "moved_out" for entry in event.entries):
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
        used = promises.version.used.union(*(version.used for version in current))
        if not changed & used:
            return
        chosen, targets = await self._choose(current, event.after, kept=promises.version)
        version = chosen or promises.version
        last = promises.pins[-1]
        if version.id == last.version_id and targets == last.targets:
            return
        entry = event.entries[-1]
        pin = Pin(position=entry.position, version_id=version.id, targets=targets)
        promises.retarget(entry.at, pin, version)

    async def _promise_late(self, event: CaseChanged) -> Promises | None:
        """The case was promised nothing so far, and now a policy holds: count from its opening, owe it from now."""
        current = await self._versions.current()
        chosen, targets = await self._choose(current, event.after)
        if chosen is None:
            return None
        pins = [
            Pin(position=0, version_id=chosen.id, targets={}),
            Pin(position=event.entries[-1].position, version_id=chosen.id, targets=targets),
        ]
        events = await history_of(event.case_id, pins, self._versions)
        return promised_late(event.case_id, chosen, pins, events)

    async def _choose(
        self, current: list[Version], case: CaseState, *, kept: Version | None = None
    ) -> tuple[Version | None, dict[Kind, int]]:
        """The first policy that holds, and its targets for this case; of the kept one the kept version."""
        used = {fact for version in (*current, *([kept] if kept else ())) for fact in version.used}
        custom = {}
        if any(fact.startswith(rules.FIELDS) for fact in used):
            custom = (await Case.get(id=case.case_id)).custom
        facts = rules.facts_of(case, custom)
        for version in current:
            if version.policy.when.holds(facts):
                chosen = kept if kept is not None and kept.policy_id == version.policy_id else version
                return chosen, chosen.policy.targets_for(facts)
        return None, {}


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
