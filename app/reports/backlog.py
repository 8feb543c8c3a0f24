"""What is left to do: now, and at the end of any day that has passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.cases import rules as case_rules
from app.cases.queries import Filter
from app.database import fetch_rows
from app.reports.facts import COLUMNS, Facts, Narrowed, key_of, narrow
from app.reports.periods import Span
from app.reports.rules import COMES, GOES
from app.reports.schemas import By

_COMES, _GOES = (", ".join(f"'{kind}'" for kind in kinds) for kinds in (COMES, GOES))
_FOREVER = datetime.max.replace(tzinfo=UTC)


async def backlogs(spans: Sequence[Span], *, by: By | None, narrowed: Narrowed) -> dict[str, int]:
    """What is to be worked on now, less what came and plus what went since the end of each span.

    By owner that is what they have now: a case that changes hands leaves no trace in comings and goings.
    """
    later = Span("later", spans[-1].until, _FOREVER)
    if by in COLUMNS:
        left = await _left_now(by, narrowed)
        if by != "owner":
            for key, net in (await _net([later], by, narrowed)).items():
                left[key] = left.get(key, 0) - net
        return left
    standing = (await _left_now(None, narrowed)).get("all", 0)
    moved = await _net([*spans, later], "day", narrowed)
    found: dict[str, int] = {}
    for span in reversed([*spans, later]):
        if span is not later:
            found["all" if by is None else span.name] = standing
        standing -= moved.get(span.name, 0)
    return found


def left_at(chosen: Filter, standing: datetime | None, narrowed: Narrowed, without: Sequence[By]) -> str:
    """SQL for the ids of the cases that were to be worked on at `standing` (None: now), summed like `backlogs`."""
    chosen.among("f.category", case_rules.ACTIVE)
    narrow(chosen, "f", narrowed, without)
    active = f"SELECT f.id AS case_id, 1 AS n FROM desk_case f WHERE {chosen}"
    if standing is None:
        return f"SELECT case_id FROM ({active}) active"
    since = Filter()
    since.values = chosen.values
    since.add(f"f.at >= {since.value(standing)} AND f.kind IN ({_COMES}, {_GOES})")
    narrow(since, "f", narrowed, without)
    undone = (
        f"SELECT f.case_id, CASE WHEN f.kind IN ({_COMES}) THEN -1 ELSE 1 END AS n "
        f"FROM report_milestone f WHERE {since}"
    )
    return f"SELECT case_id FROM ({active} UNION ALL {undone}) moves GROUP BY case_id HAVING SUM(n) > 0"


async def _left_now(by: By | None, narrowed: Narrowed) -> dict[str, int]:
    chosen = Filter()
    chosen.among("f.category", case_rules.ACTIVE)
    narrow(chosen, "f", narrowed)
    key = "'all'" if by is None else key_of(by)
    query = f"SELECT {key} AS key, COUNT(*) AS n FROM desk_case f WHERE {chosen} GROUP BY 1"
    return {row["key"]: int(row["n"]) for row in await fetch_rows(query, *chosen.values)}


async def _net(spans: Sequence[Span], by: By, narrowed: Narrowed) -> dict[str, int]:
    """How many cases more there were to work on at the end of each span, or by each key, than at the beginning."""
    net = f"SUM(CASE WHEN f.kind IN ({_COMES}) THEN 1 WHEN f.kind IN ({_GOES}) THEN -1 ELSE 0 END) AS net"
    return {row["key"]: int(row["net"]) for row in await Facts("report_milestone", by, spans, narrowed).rows(net)}
