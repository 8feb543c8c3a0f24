"""What must be forgotten from time to time: old sessions, links, remembered answers, uploads that nobody attached."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from app.cases.files import IN_WAITING
from app.cases.models import File
from app.desk import Desk
from app.people.actions.links import forget_old_links
from app.people.actions.sessions import forget_expired_sessions
from app.people.throttle import forget_old_attempts
from app.web.idempotency import forget_old_answers

log = structlog.get_logger(__name__)

EVERY = 3600.0  # seconds; nothing here is urgent
UPLOADS_WAIT = timedelta(days=1)  # longer than anybody writes at one message


async def keep_house(desk: Desk) -> None:
    """Until cancelled. A failure is logged and tried again in an hour."""
    while True:
        try:
            now = desk.now()
            await forget_expired_sessions(now)
            await forget_old_links(now)
            await forget_old_answers(now)
            await forget_old_attempts(now)
            await forget_uploads(desk)
        except Exception:
            log.exception("housekeeping_failed")
        await asyncio.sleep(EVERY)


async def forget_uploads(desk: Desk) -> int:
    """Remove uploads that no entry carries; content that another file shares stays. Answers how many."""
    old = await File.filter(IN_WAITING, created_at__lt=desk.now() - UPLOADS_WAIT).limit(500)
    for file in old:
        await File.filter(id=file.id, entry_id=None).delete()
        if not await File.exists(digest=file.digest):
            await desk.store.delete(file.digest)
    return len(old)
