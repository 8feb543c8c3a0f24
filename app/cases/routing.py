"""Where a new case goes: the first queue whose rule holds for it; without one, where it would have gone anyway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog

from app.cases.conditions import Look, case_condition, facts_of, holds
from app.cases.models import Case
from app.errors import Invalid
from app.queues.models import Queue

log = structlog.get_logger(__name__)


async def queue_for(case: Case, status: str, look: Look) -> Queue | None:
    """The queue that takes `case` (not stored yet) by its rule. Rules are tried in the order of the queues."""
    return queue_among(
        await Queue.filter(archived=False, rule__isnull=False).order_by("sort", "id"), case, status, look
    )


def queue_among(queues: Iterable[Queue], case: Case, status: str, look: Look) -> Queue | None:
    """The first of these queues whose rule holds for `case`; one without a rule takes nothing."""
    facts: dict[str, Any] | None = None
    for queue in queues:
        if queue.rule is None or (queue.languages and case.language not in queue.languages):
            continue
        facts = facts or facts_of(case, status, look)
        try:
            if holds(case_condition(queue.rule), facts):
                return queue
        except Invalid as wrong:  # written by a newer or older program: it takes nothing rather than stop the mail
            log.warning("queue_rule_unreadable", queue=queue.id, problem=wrong.message)
    return None
