"""Replays of the last days under a draft, one at a time beside everything else: bounded, told, cancellable."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.database import fetch_rows
from app.desk import Desk
from app.service_levels import rules
from app.service_levels.comparing import Comparison
from app.service_levels.models import Policy, Simulation
from app.service_levels.queries import Version, Versions
from app.service_levels.replaying import made_under, past_cases, pins_under, version_ids
from sla import calendar_from_json

log = structlog.get_logger(__name__)

BATCH = 50  # cases read at once: a few milliseconds of work between two looks at who else wants to do something
MOST = 50_000  # cases of one simulation, the newest of them
DEAD = timedelta(minutes=2)
"""A worker that has written nothing for so long has died; another one begins anew."""
LOOK_EVERY = 1.0  # seconds
KEPT = 20  # finished simulations; older ones are forgotten
DRAFT_VERSION = -1


async def keep_simulating(desk: Desk) -> None:
    """Until cancelled: one simulation at a time in this process."""
    while True:
        try:
            while (simulation := await _next(desk)) is not None:
                await _run(desk, simulation)
        except Exception:
            log.exception("simulations_not_run")
        await asyncio.sleep(LOOK_EVERY)


async def _next(desk: Desk) -> Simulation | None:
    now = desk.now()
    waiting = await Simulation.filter(state="waiting").order_by("id").first()
    found = waiting or await Simulation.filter(state="running", seen_at__lt=now - DEAD).order_by("id").first()
    if found is None:
        return None
    claimed = await Simulation.filter(id=found.id, state=found.state, seen_at=found.seen_at).update(
        state="running", seen_at=now, done=0
    )
    return await Simulation.get(id=found.id) if claimed else None


async def _run(desk: Desk, simulation: Simulation) -> None:
    try:
        result = await simulate(desk, simulation)
        if result is not None:
            await _finish(desk, simulation, state="done", result=result)
    except Exception as error:
        log.exception("simulation_failed", simulation=simulation.id)
        await _finish(desk, simulation, state="failed", problem=str(error)[:400] or type(error).__name__)
    old = await Simulation.all().order_by("-id").offset(KEPT).limit(500).values_list("id", flat=True)
    await Simulation.filter(id__in=[int(str(one)) for one in old], state__in=("done", "failed", "cancelled")).delete()


async def _finish(desk: Desk, simulation: Simulation, **columns: Any) -> None:
    await Simulation.filter(id=simulation.id, state="running").update(finished_at=desk.now(), **columns)


async def simulate(desk: Desk, simulation: Simulation) -> dict[str, Any] | None:
    """What the draft would have changed; None where somebody cancelled meanwhile."""
    now = desk.now()
    since = now - timedelta(days=simulation.days)
    versions = Versions()
    current = await drafted(simulation.draft, versions)
    after, total = await _extent(since)
    await Simulation.filter(id=simulation.id).update(total=total)
    comparison, done = Comparison(), 0
    while cases := await past_cases(since, after, BATCH):
        known = await versions.many(version_ids(cases))
        known |= {version.id: version for version in current}
        for case in cases:
            before = made_under(case, case.pins, known, now)
            comparison.add(case, before, made_under(case, pins_under(case, current), known, now), since)
            await asyncio.sleep(0)
        after, done = cases[-1].case_id, done + len(cases)
        going_on = await Simulation.filter(id=simulation.id, state="running").update(done=done, seen_at=desk.now())
        if not going_on:
            return None
    return {**comparison.to_json(), "left_out": max(0, total - comparison.cases)}


async def _extent(since: datetime) -> tuple[int, int]:
    """The id after which to begin, and how many cases there are."""
    query = "SELECT COUNT(*) AS cases FROM desk_case WHERE updated_at >= $1"
    total = int((await fetch_rows(query, since))[0]["cases"])
    if total <= MOST:
        return 0, total
    query = f"SELECT id FROM desk_case WHERE updated_at >= $1 ORDER BY id DESC LIMIT 1 OFFSET {MOST}"  # noqa: S608
    return int((await fetch_rows(query, since))[0]["id"]), MOST


async def drafted(draft: dict[str, Any], versions: Versions) -> list[Version]:
    """The policies in force with the draft among them, in the order in which they would be tried."""
    current = await versions.current()
    calendar_id = draft.get("calendar_id")
    hours = None if draft.get("calendar") is None else calendar_from_json(draft["calendar"])
    if draft.get("policy") is None:
        return [
            _with(version, calendar=hours, number=DRAFT_VERSION - index)
            if hours is not None and version.policy.calendar == str(calendar_id)
            else version
            for index, version in enumerate(current)
        ]
    policy_id = draft.get("policy_id") or 0
    policy = rules.read_policy(
        {
            **draft["policy"],
            "key": str(policy_id),
            "name": str(draft.get("name") or "draft"),
            "calendar": str(calendar_id),
        }
    )
    if hours is None:
        raise ValueError("a draft of a policy comes with its calendar")
    mine = Version(
        id=DRAFT_VERSION,
        policy_id=policy_id,
        policy=policy,
        calendar=hours,
        steps=rules.steps_of(policy),
        used=rules.facts_used(policy),
    )
    order = [int(str(one)) for one in await Policy.all().order_by("sort", "id").values_list("id", flat=True)]
    place = order.index(policy_id) if policy_id in order else len(order)
    others = [one for one in current if one.policy_id != policy_id]
    before = [one for one in others if order.index(one.policy_id) < place]
    return [*before, mine, *others[len(before) :]]


def _with(version: Version, *, calendar: Any, number: int) -> Version:
    return Version(
        id=number,
        policy_id=version.policy_id,
        policy=version.policy,
        calendar=calendar,
        steps=version.steps,
        used=version.used,
    )
