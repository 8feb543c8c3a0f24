"""What a desk cannot do without: statuses, a queue, a promise, and an administrator who can let the others in."""

from __future__ import annotations

from datetime import timedelta

from app.cases.changes import forget_foreign_marks
from app.cases.models import Status
from app.database import connection
from app.desk import Desk
from app.people.models import OneTimeLink, User
from app.people.rules import normal_address
from app.people.tokens import token_hash
from app.queues.models import Queue
from app.service_levels.actions import create_calendar, create_policy
from app.service_levels.defaults import STANDARD, WORKING_HOURS
from app.service_levels.models import Calendar
from app.start_lock import one_start_at_a_time

STATUSES: tuple[tuple[str, dict[str, str]], ...] = (
    ("new", {"en": "New", "ru": "Новое", "fi": "Uusi"}),
    ("open", {"en": "Open", "ru": "В работе", "fi": "Avoin"}),
    ("waiting", {"en": "Waiting for customer", "ru": "Ждёт клиента", "fi": "Odottaa asiakasta"}),
    ("on_hold", {"en": "On hold", "ru": "Отложено", "fi": "Tauolla"}),
    ("resolved", {"en": "Resolved", "ru": "Решено", "fi": "Ratkaistu"}),
    ("closed", {"en": "Closed", "ru": "Закрыто", "fi": "Suljettu"}),
)
"""One status for each category, named alike."""

ADMINISTRATOR_LINK_LIVES = timedelta(days=2)


async def make_ready(desk: Desk) -> None:
    """Create what is missing; safe at every start, also of two processes at once."""
    async with one_start_at_a_time(connection()), desk.unit_of_work() as work:
        for sort, (key, names) in enumerate(STATUSES):
            await Status.get_or_create(
                defaults={"category": key, "names": names, "sort": sort, "default": True}, key=key
            )
        if not await Queue.exists():
            urgent = await Queue.create(name="Urgent", purpose="escalation", sort=90, created_at=work.now)
            await Queue.create(name="Support", sort=10, escalation_queue_id=urgent.id, created_at=work.now)
            await Queue.create(name="Spam", purpose="spam", sort=99, created_at=work.now)
        if not await Calendar.exists():
            calendar = await create_calendar(work, name="Office hours", definition=WORKING_HOURS)
            await create_policy(work, name="Standard", calendar_id=calendar.id, definition=STANDARD, sort=100)
        await forget_foreign_marks()


async def has_administrator() -> bool:
    return await User.filter(role="administrator", active=True).exists()


async def invite_administrator(desk: Desk, *, email: str, name: str) -> str:
    """Make an administrator without a password; answers the link that sets one. It works once, for two days."""
    address = normal_address(email, field="email")
    token = desk.token()
    async with desk.unit_of_work() as work:
        user, _ = await User.get_or_create(
            defaults={
                "name": name,
                "role": "administrator",
                "language": desk.settings.default_language,
                "created_at": work.now,
            },
            email=address,
        )
        await User.filter(id=user.id).update(role="administrator", active=True)
        await OneTimeLink.create(
            purpose="password_reset",
            token_hash=token_hash(token),
            email=address,
            user_id=user.id,
            created_at=work.now,
            expires_at=work.now + ADMINISTRATOR_LINK_LIVES,
        )
    return f"{desk.settings.public_url.rstrip('/')}/reset/{token}"
