"""Cases → dispatch: what happens to a case settles leases, wakes what was put off, and gives what nobody has."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from app.bridges.timer_running import LONGEST_SLEEP, TimerRunning
from app.cases import work as casework
from app.cases.changes import rerank
from app.cases.conditions import case_condition
from app.cases.entries import Recorded, brought_by_merging
from app.cases.events import CaseChanged, CasesOpened
from app.cases.models import Case
from app.cases.order import Shelf
from app.cases.rules import DONE
from app.database import Work, unit_of_work
from app.desk import Desk
from app.dispatch import actions
from app.dispatch.events import AgentReady, CaseTimersMoved
from app.dispatch.models import AgentState, CaseTimer
from app.dispatch.queries import PULLED
from app.dispatch.rules import PRESENT
from app.dispatch.timer_store import CaseTimers, set_timer, stop_timer
from app.errors import Invalid
from app.events import Bus
from app.people.events import AccountWeighed
from app.people.rights import SYSTEM
from app.queues.events import QueueChanged
from app.queues.models import Queue
from app.service_levels.models import Calendar
from channels.hub import Hub
from sla import Claim, Timers

log = structlog.get_logger(__name__)

GIVING = "queues that give their cases out"  # in the memo of a transaction
LOOKS_AROUND = 5.0  # seconds between two looks at whose screens are open
NOTED_ANEW = timedelta(seconds=20)  # who is present is written down that often, not at every look


class DispatchKeeper:
    """Inside subscriber of changes of cases and of queues."""

    def subscribe(self, bus: Bus) -> None:
        bus.inside(CaseChanged, self.case_changed)
        bus.inside(CasesOpened, self.cases_opened)
        bus.inside(QueueChanged, self.queue_changed)
        bus.inside(AccountWeighed, self.account_weighed)

    async def cases_opened(self, work: Work, event: CasesOpened) -> None:
        """Only queues that give cases out by themselves look at each of them."""
        giving = await _giving(work)
        for change in event.changes:
            if change.after.queue_id in giving:
                await self.case_changed(work, change)

    async def case_changed(self, work: Work, event: CaseChanged) -> None:
        await self._settle(event)
        if event.before is not None:
            await self._follow_snooze(work, event)
            await self._wake(work, event)
            await self._silence(work, event)
        await self._assign(work, event)

    async def _settle(self, event: CaseChanged) -> None:
        """Whoever does something on a case they pulled has settled it: it stays theirs without a lease."""
        for entry in event.entries:
            if entry.author.user_id is not None and entry.data.get("how") != "next":
                await CaseTimer.filter(case_id=event.case_id, kind="lease", user_id=entry.author.user_id).delete()

    async def _follow_snooze(self, work: Work, event: CaseChanged) -> None:
        for entry in event.entries:
            if entry.kind == "snoozed":
                await set_timer(event.case_id, "snooze", datetime.fromisoformat(entry.data["until"]))
                work.record(CaseTimersMoved())
            elif entry.kind == "woken":
                await stop_timer(event.case_id, "snooze")

    async def _wake(self, work: Work, event: CaseChanged) -> None:
        wrote = any(_asks(entry) for entry in event.entries)
        ended = event.after.category in DONE and event.before is not None and event.before.category not in DONE
        if (wrote or ended) and await stop_timer(event.case_id, "snooze"):
            await casework.wake(work, by=SYSTEM, case_id=event.case_id, because="customer" if wrote else "done")

    async def _silence(self, work: Work, event: CaseChanged) -> None:
        """The owner's time to answer runs from what the customer wrote, or from when they got a waiting case."""
        before, after = event.before, event.after
        answered = any(_answers(entry) for entry in event.entries)
        wrote = any(_asks(entry) for entry in event.entries)
        passed = before is not None and before.owner_id != after.owner_id
        goes_on = any(entry.kind == "unmerged" for entry in event.entries)
        if answered or passed or after.category not in PULLED:
            await stop_timer(event.case_id, "silence")
        if after.owner_id is None or after.category not in PULLED or answered:
            return
        running = wrote and await CaseTimer.exists(case_id=event.case_id, kind="silence")
        waits = (passed or goes_on) and (await Case.get(id=event.case_id)).waiting_since is not None
        if ((wrote and not running) or waits) and await actions.watch_silence(after, work.now):
            work.record(CaseTimersMoved())

    async def _assign(self, work: Work, event: CaseChanged) -> None:
        before, after = event.before, event.after
        if after.owner_id is not None or after.category not in PULLED or after.queue_id not in await _giving(work):
            return
        reasons = {entry.data.get("how") for entry in event.entries if entry.kind == "owner_changed"}
        if before is None or before.queue_id != after.queue_id or before.category not in PULLED:
            await actions.assign(work, event.case_id)
        elif reasons & {"lease_over", "silent"}:
            await actions.assign(work, event.case_id, not_to=before.owner_id)
        elif any(entry.kind == "woken" for entry in event.entries):
            await actions.assign(work, event.case_id)

    async def queue_changed(self, work: Work, event: QueueChanged) -> None:
        """Refuse what cannot be: a rule that nobody can read, hours that do not exist. Raises Invalid."""
        work.memo.pop(GIVING, None)
        queue = await Queue.get(id=event.queue_id)
        if queue.rule is not None:
            case_condition(queue.rule, field="rule")
        if queue.calendar_id is not None and not await Calendar.exists(id=queue.calendar_id):
            raise Invalid("There is no such calendar.", field="calendar_id")
        if event.reordered:
            # Those that are done may keep their places.
            await rerank(Case.filter(queue_id=queue.id).exclude(shelf=Shelf.DONE))

    async def account_weighed(self, _: Work, event: AccountWeighed) -> None:
        await rerank(Case.filter(account_id=event.account_id).exclude(shelf=Shelf.DONE))


async def _giving(work: Work) -> frozenset[int]:
    """The queues that give their cases out by themselves, looked up once for all cases of a transaction."""
    if GIVING not in work.memo:
        found = await Queue.exclude(assigning="manual").values_list("id", flat=True)
        work.memo[GIVING] = frozenset(int(str(one)) for one in found)
    giving: frozenset[int] = work.memo[GIVING]
    return giving


def _asks(entry: Recorded) -> bool:
    """Whether the customer wants something by it. What a merge brings along was said elsewhere: it tells apart."""
    if entry.kind == "merged_in":
        return bool(entry.data.get("waited"))
    return entry.kind == "message" and entry.author.kind == "contact" and not brought_by_merging(entry)


def _answers(entry: Recorded) -> bool:
    return entry.kind == "message" and entry.author.kind == "staff" and not brought_by_merging(entry)


class TimerTaker:
    """Does what a timer of a case was set for, each in a transaction of its own."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def __call__(self, claim: Claim, now: datetime) -> None:
        async with unit_of_work(self._bus, now=now) as work:
            case = await Case.filter(id=int(claim.payload)).select_for_update().first()
            timer = await CaseTimer.get_or_none(id=int(claim.timer_id), claim_token=claim.token)
            if case is None or timer is None:
                return  # somebody else holds it by now, or it was set anew
            await timer.delete()
            await self._take(work, case, timer)

    async def _take(self, work: Work, case: Case, timer: CaseTimer) -> None:
        theirs = case.owner_id is not None and case.owner_id == timer.user_id
        match timer.kind:
            case "snooze":
                await casework.wake(work, by=SYSTEM, case_id=case.id, because="moment")
            case "lease" if theirs:
                await casework.send_back(work, by=SYSTEM, case_id=case.id, because="lease_over")
            case "silence" if theirs and case.waiting_since is not None and case.category in PULLED:
                await casework.send_back(work, by=SYSTEM, case_id=case.id, because="silent")
            case "assign":
                await actions.assign(work, case.id)


class Filler:
    """Gives waiting cases to who has just come, or has room again."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def subscribe(self) -> None:
        self._desk.bus.after(AgentReady, self.agent_ready)
        self._desk.bus.after(CaseChanged, self.case_changed)

    async def agent_ready(self, event: AgentReady) -> None:
        await self.fill(event.user_id)

    async def case_changed(self, event: CaseChanged) -> None:
        before, after = event.before, event.after
        if before is None or before.owner_id is None or before.category not in PULLED:
            return
        if after.category not in PULLED or after.owner_id != before.owner_id:
            await self.fill(before.owner_id)

    async def fill(self, user_id: int) -> None:
        for case_id in await actions.waiting_for(user_id, self._desk.now()):
            async with self._desk.unit_of_work() as work:
                if not await actions.assign(work, case_id):
                    return


class Presence:
    """Writes down whose screens are open in this process, so that every process knows who is present."""

    def __init__(self, desk: Desk, hub: Hub) -> None:
        self._desk = desk
        self._hub = hub

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("presence_not_written")
            await asyncio.sleep(LOOKS_AROUND)

    async def look(self) -> None:
        now = self._desk.now()
        here = {
            person.user_id
            for connection in list(self._hub.connections.values())
            if (person := connection.member.detail) is not None and person.staff and person.user_id is not None
        }
        for user_id in sorted(here):
            state = await actions.state_of(user_id)
            known = state.present_at
            if known is not None and now - known < NOTED_ANEW:
                continue
            await AgentState.filter(id=state.id).update(present_at=now)
            if known is None or now - known > PRESENT:
                await self._desk.bus.tell_after(AgentReady(user_id))


def dispatch_running(desk: Desk) -> TimerRunning:
    """The timers of cases: put off, lent, silent."""
    timers = Timers(CaseTimers(), TimerTaker(desk.bus), now=desk.now, longest_sleep=LONGEST_SLEEP)
    return TimerRunning(desk.bus, timers, moved=CaseTimersMoved)
