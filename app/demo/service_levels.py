"""What the demo desk promises to whom: something is always running, warned of, overdue and paused, on Sundays too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.database import unit_of_work
from app.demo.people import COMPANY
from app.desk import Desk
from app.events import Bus
from app.people.models import Account
from app.service_levels.actions import Holidays, change_calendar, change_policy, create_calendar, create_policy
from app.service_levels.defaults import AROUND_THE_CLOCK, HOUR, MINUTE, STANDARD, WORKDAYS, targets, usual_steps
from app.service_levels.models import Calendar, Policy

ZONE = "Europe/Helsinki"
FINNISH = Holidays(country="FI", language="en_US")
GOLD_COMPANIES = (COMPANY, "Orion Freight")
URGENT_ANSWER = 15 * MINUTE
"""Two minutes more than the age of the demo's unanswered urgent case, so that a visitor sees it escalate."""


async def promises(desk: Desk, bus: Bus) -> None:
    """Calendars and policies, from before the first story. The policy of the first start becomes the last resort."""
    now = desk.now() - timedelta(days=30)
    async with unit_of_work(bus, now=now) as work:
        office = await Calendar.all().order_by("id").first() or await create_calendar(
            work, name="Office hours", definition={"tz": ZONE}
        )
        await change_calendar(work, calendar_id=office.id, definition=_office_hours(), holidays=FINNISH)
        always = await create_calendar(
            work, name="Around the clock", definition={"tz": ZONE, "hours": AROUND_THE_CLOCK}
        )
        accounts = [account.id for account in await Account.filter(name__in=GOLD_COMPANIES).order_by("id")]
        await create_policy(work, name="Gold", calendar_id=always.id, definition=_gold(accounts), sort=10)
        await create_policy(work, name="Urgent and high", calendar_id=always.id, definition=_urgent(), sort=20)
        for policy in await Policy.filter(calendar_id=office.id):
            await change_policy(work, policy_id=policy.id, definition=STANDARD, sort=100)


def _office_hours() -> dict[str, Any]:
    """Monday to Friday."""
    return {"tz": ZONE, "hours": {day: [["08:00", "17:00"]] for day in WORKDAYS}}


def _gold(accounts: list[int]) -> dict[str, Any]:
    return {
        "when": {"fact": "account", "operator": "in", "value": accounts},
        "targets": targets(
            {"urgent": 30 * MINUTE, "high": HOUR, "normal": 2 * HOUR, "low": 4 * HOUR},
            {"urgent": 4 * HOUR, "high": 8 * HOUR, "normal": 24 * HOUR, "low": 72 * HOUR},
        ),
        "steps": usual_steps(30 * MINUTE),
    }


def _urgent() -> dict[str, Any]:
    return {
        "when": {"fact": "priority", "operator": "in", "value": ["urgent", "high"]},
        "targets": targets({"urgent": URGENT_ANSWER, "high": HOUR}, {"urgent": 4 * HOUR, "high": 12 * HOUR}),
        "steps": usual_steps(5 * MINUTE),
    }
