"""The promises of one case: its stored clocks as one value that is moved and written back, changed rows only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import F

from app.service_levels import rules
from app.service_levels.models import CaseClock
from app.service_levels.queries import Version, Versions, history_of, pins_of
from app.service_levels.rules import Pin
from sla import (
    Clock,
    Clocks,
    Event,
    Kind,
    Retargeted,
    State,
    Step,
    clock_from_json,
    clock_to_json,
    next_step,
    pending_steps,
    step_key,
)


@dataclass(frozen=True, slots=True)
class DueSteps:
    """What is to happen now: the steps of one clock at one moment."""

    clock: Clock
    moment: datetime
    steps: tuple[Step, ...]


class Promises:
    """The clocks of one case. Whoever changes them holds the row of the case, so they never change in between."""

    def __init__(self, case_id: int, version: Version, pins: list[Pin], rows: list[CaseClock]) -> None:
        self.case_id = case_id
        self.version = version
        self.pins = pins
        self.rows = {Kind(row.kind): row for row in rows}
        self.fired: dict[Kind, set[str]] = {kind: set(row.fired) for kind, row in self.rows.items()}
        stored = {str(kind): clock_from_json(row.state) for kind, row in self.rows.items()}
        self.passed = [Clocks(terms=version.terms(pins[-1]), **stored)]
        self._loaded = dict(stored)
        self._fired_before = {kind: frozenset(keys) for kind, keys in self.fired.items()}
        self._pins_before = len(pins)
        self.due_before = rules.earliest_due(self.clocks) if rows else None

    @classmethod
    async def load(cls, case_id: int, versions: Versions) -> Promises | None:
        """None where nothing was promised."""
        rows = await CaseClock.filter(case_id=case_id)
        if not rows:
            return None
        pins = pins_of(rows)
        return cls(case_id, await versions.get(pins[-1].version_id), pins, rows)

    @property
    def clocks(self) -> Clocks:
        return self.passed[-1]

    @clocks.setter
    def clocks(self, clocks: Clocks) -> None:
        """Every state that the clocks pass through is kept: a promise may end and begin anew in one action."""
        self.passed.append(clocks)

    @property
    def next_due(self) -> datetime | None:
        """The first due moment that is still owed."""
        return rules.earliest_due(self.clocks)

    def apply(self, event: Event) -> None:
        self.clocks = self.clocks.apply(event)

    async def rebuild(self, versions: Versions, now: datetime) -> None:
        """Work the clocks out again from the feed: something in it counts as never having happened."""
        first = self.pins[0]
        clocks = Clocks(terms=(await versions.get(first.version_id)).terms(first))
        for event in await history_of(self.case_id, self.pins, versions):
            clocks = clocks.apply(event)
        self.clocks = clocks.advance(now)

    def advance(self, now: datetime) -> None:
        self.clocks = self.clocks.advance(now)

    def retarget(self, at: datetime, pin: Pin, version: Version) -> None:
        """Other terms from here on. Of a promise that stays broken, the steps that were taken stay taken."""
        before = {clock.kind: clock for clock in self.clocks}
        self.pins.append(pin)
        self.version = version
        self.apply(Retargeted(at=at, terms=version.terms(pin)))
        for clock in self.clocks:
            old = before[clock.kind]
            if old.state is State.BREACHED and clock.state is State.BREACHED:
                taken = self.fired.setdefault(clock.kind, set())
                beginning = f"{clock.kind}:{old.generation}:"
                taken |= {
                    f"{clock.kind}:{clock.generation}:{key.removeprefix(beginning)}"
                    for key in taken
                    if key.startswith(beginning)
                }

    def due_steps(self, now: datetime) -> DueSteps | None:
        """The earliest steps that are due by `now` and not taken, those of one clock and moment together."""
        calendar = self.version.calendar
        found: list[tuple[datetime, int, DueSteps]] = []
        for order, clock in enumerate(self.clocks):
            pending = pending_steps(clock, self.version.steps, self.fired.get(clock.kind, ()), calendar)
            if pending and pending[0][0] <= now:
                moment = pending[0][0]
                steps = tuple(step for at, step in pending if at == moment)
                found.append((moment, order, DueSteps(clock, moment, steps)))
        return min(found, key=lambda one: one[:2])[2] if found else None

    def take(self, due: DueSteps) -> None:
        """Remember that these steps were taken, in the transaction in which they are."""
        self.fired.setdefault(due.clock.kind, set()).update(step_key(due.clock, step) for step in due.steps)

    async def save(self, *, anew: Collection[int] = ()) -> bool:
        """Write the rows that changed, and those with an id in `anew`; answers whether a timer was set or moved."""
        moved = False
        for row, new, changed in self.changed_rows(anew=anew):
            moved = moved or (new["wake_at"] is not None and "wake_at" in changed)
            columns = {name: new[name] for name in changed}
            await CaseClock.filter(id=row.id).update(
                **columns, claim_at=new["wake_at"], claim_token=F("claim_token") + 1
            )
        fresh = self.fresh_rows()
        if fresh:
            await CaseClock.bulk_create(fresh)
        return moved or any(row.wake_at is not None for row in fresh)

    def fresh_rows(self) -> list[CaseClock]:
        """The rows of the clocks that have none yet."""
        return [
            CaseClock(case_id=self.case_id, kind=str(clock.kind), claim_at=columns["wake_at"], **columns)
            for clock in self.clocks
            if clock.kind not in self.rows and (columns := self._columns(clock))
        ]

    def changed_rows(self, *, anew: Collection[int] = ()) -> Iterator[tuple[CaseClock, dict[str, Any], list[str]]]:
        """Stored rows with the columns they ought to have and the names of those that differ.

        Rows with an id in `anew` come in any case.
        """
        repinned = len(self.pins) != self._pins_before
        for clock in self.clocks:
            row = self.rows.get(clock.kind)
            if row is None:
                continue
            same = clock == self._loaded[str(clock.kind)] and self.fired[clock.kind] == self._fired_before[clock.kind]
            if same and not repinned and row.id not in anew:
                continue  # nothing that a row is made of has changed
            new = self._columns(clock)
            changed = [name for name in new if getattr(row, name) != new[name]]
            if changed or row.id in anew:
                yield row, new, changed

    def _columns(self, clock: Clock) -> dict[str, Any]:
        """What the row of a clock ought to hold; `claim_at` begins as `wake_at` and is then the workers'."""
        # Steps of an earlier generation can never fire again, so nobody asks about them.
        now_counts = f"{clock.kind}:{clock.generation}:"
        fired = sorted(key for key in self.fired.get(clock.kind, ()) if key.startswith(now_counts))
        step = next_step(clock, self.version.steps, fired, self.version.calendar)
        return {
            "policy_id": self.version.policy_id,
            "pinned": [pin.to_json() for pin in self.pins],
            "phase": str(clock.state),
            "state": clock_to_json(clock),
            "due_at": clock.due_at,
            "fired": fired,
            "wake_at": None if step is None else step[0],
        }


def promised_late(case_id: int, version: Version, pins: list[Pin], events: list[Event]) -> Promises:
    """Clocks for a case that had none, from its whole history; `pins` begin with terms that promise nothing."""
    promises = Promises(case_id, version, pins, [])
    promises.clocks = Clocks(terms=version.terms(pins[0]))
    for event in events:
        promises.apply(event)
    return promises
