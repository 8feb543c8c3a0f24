"""Changes of cases and clocks → the tables of reports: as they happen, and once more from the feeds where asked."""

from __future__ import annotations

from functools import partial

import structlog

from app.bridges.service_levels import TURNS_GATHERED, ClocksMoved, ClocksMovedTogether, StepsTaken
from app.cases.events import CaseChanged, CasesOpened
from app.cases.feed import lock_case
from app.cases.queries import entries
from app.cases.visibility import Sight
from app.database import Work
from app.desk import Desk
from app.events import Bus
from app.reports import actions, queries, rules
from app.service_levels.models import CaseClock
from app.service_levels.queries import WHOLE_FEED, Versions, history_of, pins_of
from sla import Clocks

log = structlog.get_logger(__name__)

AT_ONCE = 200  # cases between two looks for those that the reports do not know yet


class ReportKeeper:
    """Inside subscriber: what the reports say is committed with what it is about."""

    def subscribe(self, bus: Bus) -> None:
        bus.inside(CaseChanged, self.case_changed)
        bus.inside(CasesOpened, self.cases_opened)
        bus.inside(ClocksMoved, self.clocks_moved)
        bus.inside(ClocksMovedTogether, self.moved_together)
        bus.inside(StepsTaken, self.steps_taken)

    async def case_changed(self, work: Work, event: CaseChanged) -> None:
        await actions.forgive(event.case_id, rules.mistaken(event.entries))
        gathered = work.memo.get(TURNS_GATHERED)
        if gathered is None:
            await actions.note_turns(_turns(event))
        else:
            gathered.extend(_turns(event))

    async def cases_opened(self, work: Work, event: CasesOpened) -> None:
        await actions.note_turns(turn for change in event.changes for turn in _turns(change))

    async def steps_taken(self, work: Work, _: StepsTaken) -> None:
        await actions.note_turns(work.memo.pop(TURNS_GATHERED, []))

    async def clocks_moved(self, work: Work, event: ClocksMoved) -> None:
        await actions.judge(event.case_id, event.passed)

    async def moved_together(self, work: Work, event: ClocksMovedTogether) -> None:
        await actions.judge_together([(one.case_id, one.passed) for one in event.cases])


def _turns(event: CaseChanged) -> list[tuple[int, rules.Turn]]:
    if event.before is None:
        standing = rules.first_standing(event.entries, event.after)
    else:
        standing = rules.standing_of(event.before)
    return [(event.case_id, turn) for turn in rules.turns(standing, event.entries)]


async def rebuild(desk: Desk, case_id: int) -> None:
    """Make the reports of one case again from its feed."""
    versions = Versions()
    async with desk.unit_of_work() as work:
        case = await lock_case(work, case_id)
        state = case.before
        if state is None:
            return
        await actions.forget(case_id)
        feed = await entries(case_id, seen_by=Sight.STAFF, limit=WHOLE_FEED)
        first = rules.first_standing(feed, state)
        turns = list(rules.turns(first, feed))
        await actions.note_turns([(case_id, turn) for turn in turns])
        pins = pins_of(await CaseClock.filter(case_id=case_id).order_by("id"))
        if not pins:
            return
        begun = Clocks(terms=(await versions.get(pins[0].version_id)).terms(pins[0]))
        passed = [begun]
        for event in await history_of(case_id, pins, versions):
            passed.append(passed[-1].apply(event))
        passed.append(passed[-1].advance(work.now))
        await actions.judge(case_id, passed, hands=partial(rules.hands, first, feed))


async def catch_up(desk: Desk) -> int:
    """Bring in the cases that are older than the reports; answers how many there were.

    One that cannot be brought in is logged, left out, and tried again at the next start.
    """
    made, last = 0, 0
    while found := await queries.unknown_cases(after=last, limit=AT_ONCE):
        for case_id in found:
            try:
                await rebuild(desk, case_id)
                made += 1
            except Exception:
                log.exception("report_incomplete", case_id=case_id)
        last = found[-1]
    if made:
        log.info("reports_caught_up", cases=made)
    return made
