"""Open cases → today's policies, on purpose: what would change case by case, and doing it where somebody looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.bridges.service_levels import store
from app.cases import actions
from app.cases.feed import case_state
from app.cases.models import Case, Status
from app.cases.rules import DONE, display_number
from app.database import Work
from app.people.rights import Actor
from app.service_levels import rules
from app.service_levels.choosing import choose, late_pins
from app.service_levels.models import CaseClock
from app.service_levels.promises import Promises, promised_late
from app.service_levels.queries import Version, Versions, history_of, pins_of
from app.service_levels.rules import Pin
from sla import Clocks, Kind

LOOKED_AT = 500  # cases per query while searching
MOST_LOOKED_AT = 5_000  # cases of one page; the next page goes on from there


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One promise of a case: when it is due, and when it would be. A promise that is paused has no moment.

    `left_before` and `left_after` are the open seconds left, negative when overdue, None where nothing is promised.
    """

    kind: Kind
    before: datetime | None
    after: datetime | None
    left_before: float | None
    left_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A case that today's policies would promise something else; `head` is the state of it that was looked at."""

    case_id: int
    number: str
    subject: str
    head: int
    policy_before: str
    version_before: int
    policy_after: str
    version_after: int
    moves: list[Move]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    promises: Promises
    before: Clocks | None
    was: Version | None
    pin: Pin | None
    version: Version | None


async def candidates(now: datetime, after: int, limit: int) -> tuple[list[Candidate], int | None]:
    """Open cases above the id `after` whose promises would change, and the id to go on from (None: that is all)."""
    versions = Versions()
    found: list[Candidate] = []
    looked_at = 0
    while looked_at < MOST_LOOKED_AT:
        rows = await Case.filter(id__gt=after, category__not_in=DONE).order_by("id").limit(LOOKED_AT)
        clocks: dict[int, list[CaseClock]] = {row.id: [] for row in rows}
        for clock in await CaseClock.filter(case_id__in=list(clocks)):
            clocks[clock.case_id].append(clock)
        for row in rows:
            after = row.id
            anew = await _anew(row, clocks[row.id], versions, now)
            if anew is not None:
                found.append(_candidate(row, anew, now))
                if len(found) == limit:
                    return found, after
        looked_at += len(rows)
        if len(rows) < LOOKED_AT:
            return found, None
    return found, after


async def reevaluate(work: Work, *, by: Actor, case_id: int, head: int) -> bool:
    """Put one case under today's policies. False where it has changed since `head`, or nothing would change."""
    case = await Case.filter(id=case_id).select_for_update().first()
    if case is None or case.last_position != head or case.category in DONE:
        return False
    versions = Versions()
    anew = await _anew(case, await CaseClock.filter(case_id=case_id), versions, work.now)
    if anew is None:
        return False
    told = _candidate(case, anew, work.now)
    data: dict[str, Any] = {
        "policy": told.policy_after,
        "version": told.version_after,
        "clocks": [
            {"clock": str(move.kind), "from": _text(move.before), "to": _text(move.after)} for move in told.moves
        ],
    }
    await actions.record(work, by=by, case_id=case_id, kind="promised_anew", data=data)
    await store(work, anew.promises)
    return True


async def _anew(case: Case, rows: list[CaseClock], versions: Versions, now: datetime) -> _Found | None:
    """The promises of the case under today's policies from `now` on; None where they would be the same."""
    state = case_state(case, await Status.get(id=case.status_id))
    current = await versions.current()
    chosen, targets = choose(current, rules.facts_of(state, case.custom))
    position = case.last_position + 1  # of the entry that will say so
    if not rows:
        if chosen is None:
            return None
        pins = late_pins(chosen, targets, position)
        late = promised_late(case.id, chosen, pins, await history_of(case.id, pins, versions))
        late.retarget(now, pins.pop(), chosen)
        return _Found(promises=late, before=None, was=None, pin=late.pins[-1], version=chosen)
    last = pins_of(rows)[-1]
    was = await versions.get(last.version_id)
    version = chosen or was
    if (version.id, targets) == (last.version_id, dict(last.targets)):
        return None
    promises = Promises(case.id, was, pins_of(rows), rows)
    promises.advance(now)
    before = promises.clocks
    pin = Pin(position=position, version_id=version.id, targets=targets)
    promises.retarget(now, pin, version)
    return _Found(promises=promises, before=before, was=was, pin=pin, version=version)


def _candidate(case: Case, anew: _Found, now: datetime) -> Candidate:
    before = {clock.kind: clock for clock in anew.before} if anew.before is not None else {}
    was, will_be = anew.before.terms.calendar if anew.before else None, anew.promises.clocks.terms.calendar
    moves = []
    for clock in anew.promises.clocks:
        if not clock.is_owed:
            continue
        old = before.get(clock.kind)
        moves.append(
            Move(
                kind=clock.kind,
                before=None if old is None else old.due_at,
                after=clock.due_at,
                left_before=None if old is None or was is None else old.remaining_at(now, was),
                left_after=clock.remaining_at(now, will_be),
            )
        )
    return Candidate(
        case_id=case.id,
        number=display_number(case.number),
        subject=case.subject,
        head=case.last_position,
        policy_before="" if anew.was is None else anew.was.policy.name,
        version_before=0 if anew.was is None else anew.was.policy.version,
        policy_after="" if anew.version is None else anew.version.policy.name,
        version_after=0 if anew.version is None else anew.version.policy.version,
        moves=moves,
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
