"""How often somebody may try: attempts are rows, so every process counts the same ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.database import Work, connection, is_sqlite
from app.errors import TooMany
from app.people.models import SignInAttempt


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` attempts within `window`."""

    count: int
    window: timedelta


PER_ACCOUNT = Limit(10, timedelta(minutes=15))  # a person mistypes a few times; guessing gets nowhere
PER_ADDRESS = Limit(60, timedelta(minutes=15))  # a whole office may share one address
LINKS_PER_ACCOUNT = Limit(5, timedelta(hours=1))  # enough to find a lost mail, too few to fill a mailbox
LINKS_PER_ADDRESS = Limit(40, timedelta(hours=1))
LONGEST = timedelta(hours=2)  # rows older than this are counted by no limit


async def count_attempt(work: Work, *, subject: str, limit: Limit) -> int:
    """Count one more attempt of `subject`; answers its id.

    Raises TooMany with `retry_after` in seconds when the limit is reached. The attempt is then not counted: the unit of
    work is rolled back, so that who keeps trying is let in again when the window has passed.
    """
    if not is_sqlite():  # attempts that run at the same moment must see each other
        await connection().execute_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [subject])
    recent = SignInAttempt.filter(subject=subject[:400], succeeded=False, at__gt=work.now - limit.window)
    if await recent.count() >= limit.count:
        oldest = await recent.order_by("at").first()
        retry_after = seconds_until(oldest.at + limit.window if oldest else work.now, work.now)
        minutes = math.ceil(retry_after / 60)
        raise TooMany(
            f"Too many attempts. Try again in {minutes} minute{'' if minutes == 1 else 's'}.",
            data={"retry_after": retry_after},
        )
    attempt = await SignInAttempt.create(subject=subject[:400], succeeded=False, at=work.now)
    return int(attempt.id)


async def forgive(work: Work, *, account_subject: str, attempt_ids: list[int]) -> None:
    """After success: the account's counter starts anew, and these attempts no longer count for their address."""
    await SignInAttempt.filter(subject=account_subject[:400]).delete()
    await SignInAttempt.filter(id__in=attempt_ids).update(succeeded=True)


async def forget_old_attempts(now: datetime) -> int:
    """Delete the rows that no limit counts any more; answers how many."""
    return await SignInAttempt.filter(at__lt=now - LONGEST).delete()


def seconds_until(moment: datetime, now: datetime) -> int:
    """Whole seconds, rounded up, at least one."""
    return max(1, math.ceil((moment - now).total_seconds()))
