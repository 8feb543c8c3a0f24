"""Sums over milestones and judgements: one statement for each kind of number, grouped as asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.cases import rules as case_rules
from app.cases.queries import Filter, case_rows
from app.cases.schemas import CaseRow
from app.database import fetch_rows, moment
from app.people.models import Account, User
from app.queues.models import Queue
from app.reports.backlog import backlogs, left_at
from app.reports.facts import COLUMNS, NONE, Facts, Narrowed, narrow
from app.reports.periods import Period
from app.reports.schemas import By, Cell, Figures, WallPerson, WallQueue


async def figures(period: Period, *, by: By | None, narrowed: Narrowed) -> list[Figures]:
    """One line for each queue, owner, account, day or week that had anything to do; with `by` None one line in all."""
    spans = {"day": period.by_day, "week": period.by_week}.get(by or "", lambda: [period.whole])()
    lines: dict[str, Figures] = {}

    def line(key: str) -> Figures:
        return lines.setdefault(key, Figures(key=key, label=key))

    if by in ("day", "week", None):
        for span in spans:
            line("all" if by is None else span.name)
    await _count_turns(Facts("report_milestone", by, spans, narrowed), line)
    await _count_judgements(Facts("report_judgement", by, spans, narrowed), line)
    for kind, name in (("answered", "answer"), ("resolved", "resolution")):
        await _spread(Facts("report_milestone", by, spans, narrowed), kind, name, line)
    for key, left in (await backlogs(spans, by=by, narrowed=narrowed)).items():
        line(key).backlog = left
    return await _labelled([*lines.values()], by)


async def _count_turns(facts: Facts, line: Any) -> None:
    kinds = ("opened", "resolved", "reopened", "answered")
    sums = ", ".join(f"SUM(CASE WHEN f.kind = '{kind}' THEN 1 ELSE 0 END) AS {kind}" for kind in kinds)
    for row in await facts.rows(sums):
        for kind in kinds:
            setattr(line(row["key"]), kind, int(row[kind]))


async def _count_judgements(facts: Facts, line: Any) -> None:
    sums = "SUM(CASE WHEN f.kept THEN 1 ELSE 0 END) AS kept, SUM(CASE WHEN f.kept THEN 0 ELSE 1 END) AS broken"
    for row in await facts.rows(sums):
        found = line(row["key"])
        found.kept, found.broken = int(row["kept"]), int(row["broken"])


async def _spread(facts: Facts, kind: str, name: str, line: Any) -> None:
    """Nearest-rank median and ninetieth percentile: both are times that some case really took."""
    facts.add(f"f.kind = {facts.value(kind)}")
    ranked = (
        f"SELECT {facts.key} AS key, f.seconds, "
        f"ROW_NUMBER() OVER (PARTITION BY {facts.key} ORDER BY f.seconds) AS place, "
        f"COUNT(*) OVER (PARTITION BY {facts.key}) AS n FROM {facts.source} WHERE {facts}"
    )
    query = (
        f"{facts.head}SELECT key, MAX(CASE WHEN place = (n + 1) / 2 THEN seconds END) AS median, "
        f"MAX(CASE WHEN place = (n * 9 + 9) / 10 THEN seconds END) AS p90 FROM ({ranked}) ranked GROUP BY key"
    )
    for row in await fetch_rows(query, *facts.values):
        setattr(line(row["key"]), f"{name}_median", int(row["median"]))
        setattr(line(row["key"]), f"{name}_p90", int(row["p90"]))


async def _labelled(lines: list[Figures], by: By | None) -> list[Figures]:
    if by in COLUMNS:
        ids = [int(one.key) for one in lines if one.key != NONE]
        model: Any = {"queue": Queue, "owner": User, "account": Account}[by]
        names = {str(row.id): row.name for row in await model.filter(id__in=ids)}
        for one in lines:
            one.label = names.get(one.key, "" if one.key == NONE else f"#{one.key}")
        return sorted(lines, key=lambda one: (one.key == NONE, one.label.casefold()))
    return sorted(lines, key=lambda one: one.key)


async def cases_behind(
    cell: Cell,
    period: Period,
    *,
    narrowed: Narrowed,
    without: Sequence[By],
    reader_id: int | None,
    before: int | None,
    limit: int,
    standing: datetime | None = None,
) -> list[CaseRow]:
    """The cases that a number counts, the newest first; `without` names what they must have none of.

    `standing` is the moment of a backlog: what was to be done then, None for now.
    """
    chosen = Filter()
    inner = Filter()
    inner.values = chosen.values
    if cell == "backlog":
        chosen.add(f"c.id IN ({left_at(inner, standing, narrowed, without)})")
    else:
        judged = cell in ("kept", "broken")
        if judged:
            inner.add("f.kept" if cell == "kept" else "NOT f.kept")
        else:
            inner.add(f"f.kind = {inner.value(cell)}")
        inner.add(f"f.at >= {inner.value(period.whole.since)} AND f.at < {inner.value(period.whole.until)}")
        narrow(inner, "f", narrowed, without)
        table = "report_judgement" if judged else "report_milestone"
        chosen.add(f"c.id IN (SELECT f.case_id FROM {table} f WHERE {inner})")
    if before is not None:
        chosen.add(f"c.id < {chosen.value(before)}")
    return [row for row, _ in await case_rows(chosen, reader_id=reader_id, order="c.id DESC", limit=limit)]


async def wall_queues(now: datetime, *, soon: datetime) -> list[WallQueue]:
    chosen = Filter()
    ahead, late = chosen.value(soon), chosen.value(now)
    chosen.among("c.category", case_rules.ACTIVE)
    query = (
        "SELECT q.id, q.name, q.purpose, COUNT(c.id) AS active, COUNT(c.waiting_since) AS waiting, "
        "MIN(c.waiting_since) AS oldest, "
        f"COALESCE(SUM(CASE WHEN c.next_due_at > {late} AND c.next_due_at <= {ahead} THEN 1 ELSE 0 END), 0) AS soon, "
        f"COALESCE(SUM(CASE WHEN c.next_due_at <= {late} THEN 1 ELSE 0 END), 0) AS overdue, "
        "COALESCE(SUM(CASE WHEN c.id IS NOT NULL AND c.owner_id IS NULL THEN 1 ELSE 0 END), 0) AS unowned "
        f"FROM queue q LEFT JOIN desk_case c ON c.queue_id = q.id AND {chosen} "
        "WHERE q.purpose <> 'spam' AND NOT q.archived GROUP BY q.id, q.name, q.purpose, q.sort ORDER BY q.sort, q.name"
    )
    return [
        WallQueue(
            id=row["id"],
            name=row["name"],
            purpose=row["purpose"],
            active=int(row["active"]),
            waiting=int(row["waiting"]),
            oldest=moment(row["oldest"]),
            soon=int(row["soon"]),
            overdue=int(row["overdue"]),
            unowned=int(row["unowned"]),
        )
        for row in await fetch_rows(query, *chosen.values)
    ]


async def wall_people(now: datetime, *, since: datetime) -> list[WallPerson]:
    query = (
        "SELECT u.id, u.name, MAX(s.seen_at) AS seen_at, (SELECT COUNT(*) FROM desk_case c "
        "WHERE c.owner_id = u.id AND c.category IN ('new', 'open')) AS cases "
        "FROM app_user u JOIN session s ON s.user_id = u.id "
        "WHERE u.contact_id IS NULL AND u.active AND s.seen_at >= $1 AND s.expires_at > $2 "
        "GROUP BY u.id, u.name ORDER BY u.name"
    )
    return [
        WallPerson(id=row["id"], name=row["name"], seen_at=moment(row["seen_at"]) or now, open=int(row["cases"]))
        for row in await fetch_rows(query, since, now)
    ]


async def unknown_cases(*, after: int, limit: int) -> list[int]:
    """Cases that are older than the reports, and of which these know nothing yet, in the order of their ids."""
    query = (
        "SELECT c.id FROM desk_case c WHERE c.id > $1 AND NOT EXISTS (SELECT 1 FROM report_milestone m "
        f"WHERE m.case_id = c.id AND m.kind = 'opened') ORDER BY c.id LIMIT {int(limit)}"
    )
    return [row["id"] for row in await fetch_rows(query, after)]
