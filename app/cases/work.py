"""Ways in which a case changes that are about who works on it and when: put off, woken, given, sent back to its queue.

Like those of app.cases.actions each appends entries that say why, and nothing else writes these columns.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from app.cases import rules
from app.cases.columns import set_owner, set_queue
from app.cases.feed import Draft, LockedCase, lock_case
from app.database import Work
from app.errors import Invalid
from app.people.rights import Actor

LONGEST_SNOOZE = timedelta(days=366)
WokenBy = Literal["moment", "customer", "person", "done"]
GivenBy = Literal["next", "round_robin", "least_loaded"]
BackBecause = Literal["lease_over", "silent", "released"]


async def snooze(work: Work, *, by: Actor, case_id: int, until: datetime, reason: str = "") -> LockedCase:
    """Put the case off: it is on no list of work until the moment comes, or the customer writes. Raises Invalid."""
    case = await lock_case(work, case_id)
    if case.category in rules.DONE:
        raise Invalid("A case that is done has nothing to be put off.", field="until")
    if until <= work.now:
        raise Invalid("Choose a moment that is still to come.", field="until")
    if until > work.now + LONGEST_SNOOZE:
        raise Invalid("Choose a moment within a year.", field="until")
    if case.row.snoozed_until == until:
        return case
    case.set(snoozed_until=until)
    data = {"until": until.isoformat().replace("+00:00", "Z"), "reason": reason}
    await case.append(Draft(kind="snoozed", public=False, data=data), by=by)
    await case.save()
    return case


async def wake(work: Work, *, by: Actor, case_id: int, because: WokenBy) -> bool:
    """Bring a case back that was put off; answers whether it was."""
    case = await lock_case(work, case_id)
    if case.row.snoozed_until is None:
        return False
    case.set(snoozed_until=None)
    await case.append(Draft(kind="woken", public=False, data={"because": because}), by=by)
    await case.save()
    return True


async def give(work: Work, *, by: Actor, case_id: int, owner_id: int, how: GivenBy, why: dict[str, Any]) -> LockedCase:
    """Make somebody the owner; the entry says by which rule, and `why` this case or this person."""
    case = await lock_case(work, case_id)
    await set_owner(case, owner_id, by=by, data={"how": how, "why": why})
    await case.save()
    return case


async def send_back(
    work: Work,
    *,
    by: Actor,
    case_id: int,
    because: BackBecause,
    reason: str = "",
    queue_id: int | None = None,
) -> LockedCase:
    """Nobody's case again, in its queue or in another one; the entry says why."""
    case = await lock_case(work, case_id)
    await case.append(Draft(kind="sent_back", public=False, data={"because": because, "reason": reason}), by=by)
    await set_owner(case, None, by=by, data={"how": because})
    if queue_id is not None:
        await set_queue(case, queue_id, by=by)
    await case.save()
    return case
