"""Whether the stored clocks are those that the feeds lead to: worked out from scratch and compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.database import fetch_rows
from app.service_levels.promises import Promises
from app.service_levels.queries import Versions, history_of
from sla import Clock, replay

BATCH = 200  # cases per look for more


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A clock that is stored otherwise than the feed leads to; `fields` name what differs, as (stored, right)."""

    case_id: int
    kind: str
    fields: dict[str, tuple[Any, Any]]


async def differences_of(case_id: int, now: datetime, versions: Versions) -> list[Difference]:
    """The clocks of one case that differ, seen at `now`; empty where nothing is promised, or all is right."""
    promises = await Promises.load(case_id, versions)
    if promises is None:
        return []
    first = promises.pins[0]
    terms = (await versions.get(first.version_id)).terms(first)
    right = replay(await history_of(case_id, promises.pins, versions), terms, now)
    return [
        Difference(case_id=case_id, kind=str(is_now.kind), fields=_fields(is_now, ought))
        for is_now, ought in zip(promises.clocks.advance(now), right, strict=True)
        if is_now != ought
    ]


def _fields(stored: Clock, right: Clock) -> dict[str, tuple[Any, Any]]:
    was, ought = asdict(stored), asdict(right)
    return {name: (was[name], ought[name]) for name in was if was[name] != ought[name]}


async def differences(now: datetime, *, newest: int | None = None) -> AsyncIterator[tuple[int, list[Difference]]]:
    """Each case that something is promised on, the newest first, with what differs; at most `newest` of them."""
    versions, before, looked_at = Versions(), 2**31 - 1, 0
    while True:
        limit = BATCH if newest is None else min(BATCH, newest - looked_at)
        query = f"SELECT DISTINCT case_id FROM case_clock WHERE case_id < $1 ORDER BY case_id DESC LIMIT {limit}"  # noqa: S608
        ids = [row["case_id"] for row in await fetch_rows(query, before)] if limit else []
        for before in ids:
            yield before, await differences_of(before, now, versions)
        looked_at += len(ids)
        if len(ids) < BATCH:
            return
