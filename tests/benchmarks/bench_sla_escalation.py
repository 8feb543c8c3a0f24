"""10,000 cases overdue at once, escalated by the timers, against django-helpdesk's escalate_tickets on 1,000 tickets.

Both on the same PostgreSQL server, one after the other, per case. Ours moves each case to the escalation queue, raises
its priority, writes the entries and tells a team of two; django-helpdesk raises the priority, writes a follow-up and
renders two mails, which are dropped instead of sent. Also: how late steps are when 100 fall due each second.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from app.bridges.steps_together import StepsTogether
from app.bridges.timer_running import LONGEST_SLEEP
from app.bridges.timers import BATCH, StepTaker
from app.cases.models import Case, Entry
from app.database import connection
from app.desk import Desk
from app.notifications.models import Notification
from app.service_levels.models import CaseClock
from app.service_levels.timer_store import ClockTimers
from sla import Claim, Timers
from tests.benchmarks.baselines import answer_of, python_with
from tests.benchmarks.promise_seed import OPENED, desk_with_one_case, multiply
from tests.support.postgres import Postgres

OURS, THEIRS = 10_000, 1_000
PER_SECOND, SECONDS = 100, 15
SOON = 3.0  # seconds until the first of the steady steps


async def warned_already() -> None:
    """Only the breach is to come: the other desk has no warnings either."""
    due = OPENED + timedelta(hours=4)
    clocks = CaseClock.filter(kind="first_response")
    await clocks.update(wake_at=due, claim_at=due, fired=["first_response:1:warning"])


async def escalate_all(desk: Desk) -> float:
    """Seconds for everything that is overdue an hour after the first answer was due."""
    now = OPENED + timedelta(hours=5)
    timers = Timers(ClockTimers(), StepTaker(desk.bus), together=StepsTogether(desk.bus), now=lambda: now, batch=BATCH)
    begun = time.perf_counter()
    while await timers.fire_due():
        pass
    return time.perf_counter() - begun


async def lateness(desk: Desk) -> list[float]:
    """How many seconds after its moment each of 100 steps per second was committed, over some seconds."""
    late: list[float] = []
    stepper, together = StepTaker(desk.bus), StepsTogether(desk.bus)

    async def one(claim: Claim, now: datetime) -> None:
        await stepper(claim, now)
        late.append((datetime.now(UTC) - claim.due_at).total_seconds())

    async def many(claims: Any, now: datetime) -> Any:
        finished = await together(claims, now)
        done = datetime.now(UTC)
        late.extend((done - claim.due_at).total_seconds() for claim in claims if claim.timer_id in finished)
        return finished

    begin = datetime.now(UTC) + timedelta(seconds=SOON)
    count = PER_SECOND * SECONDS
    # The moments of the clocks' own steps, moved to the coming seconds: one case each hundredth of a second.
    moment = f"($1::timestamptz + (case_id % {count}) * interval '1 second' / {PER_SECOND})"
    text = f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"
    await connection().execute_query(
        f"UPDATE case_clock SET wake_at = {moment}, claim_at = {moment}, due_at = {moment}, "
        f"state = jsonb_set(state, '{{due_at}}', to_jsonb({text})), fired = '[\"first_response:1:warning\"]' "
        f"WHERE kind = 'first_response' AND case_id > 1 AND case_id <= {count + 1}",
        [begin],
    )
    timers = Timers(ClockTimers(), one, together=many, longest_sleep=LONGEST_SLEEP, batch=BATCH)
    running = asyncio.create_task(timers.run())
    await asyncio.sleep((begin - datetime.now(UTC)).total_seconds() + 1.5 * SECONDS)
    timers.stop()
    await running
    return late


async def run() -> dict[str, Any]:
    """Measure and compare."""
    postgres = Postgres()
    try:
        theirs_url = postgres.url(postgres.create_database())
        theirs = answer_of(python_with("django-helpdesk"), "django_helpdesk_escalation.py", theirs_url, str(THEIRS))
        assert theirs["escalated"] == THEIRS
        async with desk_with_one_case(postgres) as (desk, case_id):
            await multiply(case_id, case_id + 1, OURS, entries=True)
            await warned_already()
            seconds = await escalate_all(desk)
            escalated = await Entry.filter(kind="escalated").count()
            told = await Notification.all().count()
            assert escalated == OURS == await Case.filter(priority=3).count()
        async with desk_with_one_case(postgres) as (desk, case_id):
            await multiply(case_id, case_id + 1, PER_SECOND * SECONDS + 1, entries=True)
            # What is due long ago is not what is measured here.
            await CaseClock.exclude(kind="first_response").delete()
            await CaseClock.filter(case_id=case_id).delete()
            late = sorted(await lateness(desk))
    finally:
        postgres.stop()
    ours, baseline = seconds / OURS, theirs["seconds"] / THEIRS
    return {
        "cases": OURS,
        "notifications written": told,
        "seconds for all": seconds,
        "milliseconds per case": 1000 * ours,
        "django-helpdesk, milliseconds per ticket": 1000 * baseline,
        "django-helpdesk per ticket to ours per case ratio": baseline / ours,
        "steps fired at 100 due per second": len(late),
        "late, median seconds": median(late),
        "late, 99th percentile seconds": late[int(len(late) * 0.99)],
        "late, at most seconds": late[-1],
    }
