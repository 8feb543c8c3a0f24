"""The demo's promises: whatever day it is, some are running, warned of, overdue and paused, and one breaks soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.bridges.timers import StepTaker
from app.bridges.wiring import quiet_bus
from app.cases.models import Case, Entry
from app.database import database as opened
from app.demo.seed import mailbox_at, people_and_queues, tell_stories
from app.demo.stories import STORIES
from app.first_start import make_ready
from app.mailboxes.models import OutboundEmail
from app.main import build_desk
from app.notifications.models import Notification
from app.queues.models import Queue
from app.service_levels.models import Calendar, CaseClock
from app.service_levels.timer_store import ClockTimers
from app.web.secrets import unlock_keys
from sla import Timers
from tests.support.clock import Clock
from tests.support.desk import settings_for

SUNDAY, WEDNESDAY, NEW_YEAR = (
    datetime(2026, 11, 22, 4, tzinfo=UTC),
    datetime(2026, 11, 25, 9, tzinfo=UTC),
    datetime(2027, 1, 1, 0, tzinfo=UTC),
)


@pytest.mark.parametrize("now", [SUNDAY, WEDNESDAY, NEW_YEAR], ids=["sunday", "wednesday", "new year"])
async def test_there_is_something_of_everything_and_one_breaks_soon(
    database: str, tmp_path: Path, now: datetime
) -> None:
    clock = Clock(now)
    settings = settings_for(database, tmp_path, demo=True)
    desk = build_desk(settings, now=clock)
    async with opened(database):
        await unlock_keys(desk.keys, settings)
        await make_ready(desk)
        bus = quiet_bus(desk)
        await people_and_queues(desk, bus)
        await mailbox_at(desk, smtp_port=1, imap_port=1)
        await tell_stories(desk, bus)

        assert await Case.all().count() == len(STORIES)
        assert {row.phase for row in await CaseClock.all()} >= {"running", "paused", "breached", "met"}
        assert await Case.filter(next_due_at__lt=now).count() == 1, "one is overdue"
        (warned,) = await Case.filter(subject__startswith="Uuni 2")
        assert await Entry.exists(case_id=warned.id, kind="warned")
        happened = await Entry.filter(kind__in=("warned", "escalated")).values_list("created_at", flat=True)
        assert all(moment < now for moment in happened), "as of its time, not at the start"
        assert not await CaseClock.exists(wake_at__lt=now), "so nothing floods in"
        assert not await OutboundEmail.exists()
        assert await Notification.all().count() < 30
        calendars = {row.name: row.whole for row in await Calendar.all()}
        assert calendars.keys() == {"Office hours", "Around the clock"}
        holidays = calendars["Office hours"]["holidays"]
        assert {"date": f"{now.year}-12-06", "name": "Independence Day"} in holidays  # type: ignore[operator]

        clock.advance(minutes=2)
        timers = Timers(ClockTimers(), StepTaker(bus), now=clock)
        while await timers.fire_due():
            pass
        urgent = await Queue.get(name="Urgent")
        (broken,) = await Case.filter(escalated_at__gt=now)
        assert (broken.priority, broken.queue_id) == (4, urgent.id)
        assert broken.next_due_at == now + timedelta(minutes=2)
