"""Cases → lists: the rows of changed cases, read together for all that changed meanwhile, and off the writers' way.

Whoever writes need not wait until the lists of others are told, and of many changes at once the rows are read in one
question: the first change is told at once, what comes while it is being told follows together. Rows carry versions, so
the ones in between may be left out; what fails here is found again by comparing with the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.bridges import streams
from app.bridges.live_counts import Heard
from app.bridges.live_store import customer_rows, row_frame
from app.bridges.live_views import LiveViews
from app.cases import queries
from app.cases.events import CaseChanged
from channels.errands import Errands
from channels.frames import Gone
from channels.hub import Hub

AT_ONCE = 200  # cases per question: an import changes thousands

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Changes:
    """What happened to one case since it was last told."""

    heard: Heard
    customers: bool = False  # customers' lists show it otherwise now


class LiveRows:
    """Tells the lists of staff and customers; `count` hears of the queues whose numbers may be others now."""

    def __init__(
        self,
        hub: Hub,
        errands: Errands,
        *,
        count: Callable[[Heard], None],
        views: LiveViews,
        now: Callable[[], datetime],
    ) -> None:
        self._hub = hub
        self._errands = errands
        self._count = count
        self._views = views
        self._now = now
        self._changed: dict[int, _Changes] = {}
        self._telling = False

    def changed(self, event: CaseChanged, *, customers: bool) -> None:
        """The row of a case is another; `customers` says whether theirs is."""
        changes = self._changed.setdefault(event.case_id, _Changes(Heard(event.case_id)))
        changes.heard.add(event.before, event.after)
        changes.customers = changes.customers or customers
        self._tell_soon()

    def reranked(self, case_ids: Iterable[int]) -> None:
        """These have another place in the order of work; no number changes by it."""
        for case_id in case_ids:
            self._changed.setdefault(case_id, _Changes(Heard(case_id)))
        self._tell_soon()

    def _tell_soon(self) -> None:
        if not self._telling and self._changed:
            self._telling = True
            self._errands.spawn(self._tell_all())

    async def _tell_all(self) -> None:
        try:
            while self._changed:
                changed, self._changed = self._changed, {}
                cases = list(changed.items())
                for start in range(0, len(cases), AT_ONCE):
                    await self._tell(dict(cases[start : start + AT_ONCE]))
        except Exception:
            log.exception("rows_not_told")
        finally:
            self._telling = False

    async def _tell(self, changed: dict[int, _Changes]) -> None:
        for row in await queries.rows_of(list(changed)):
            heard = changed[row.id].heard
            heard.queues.add(row.queue_id)
            for left in heard.queues - {row.queue_id}:
                self._hub.publish_state(streams.queue(left), Gone("", str(row.id), row.version))
            self._hub.publish_state(streams.queue(row.queue_id), row_frame(row))
            if heard.first:
                self._count(heard)
            for stream, frame in await self._views.frames(row, None, self._now()):
                self._hub.publish_state(stream, frame)
        if shown := [case_id for case_id, changes in changed.items() if changes.customers]:
            for stream, frame in await customer_rows(shown):
                self._hub.publish_state(stream, frame)
