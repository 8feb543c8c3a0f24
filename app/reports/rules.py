"""What the feed of a case means to the reports: turns in its life, and promises that were judged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from app.cases.entries import Recorded, brought_by_merging
from app.cases.events import CaseState
from app.cases.rules import DONE
from sla import Clock, Kind, State

MilestoneKind = Literal["opened", "answered", "resolved", "reopened", "dropped", "restored", "left", "entered"]
COMES: tuple[MilestoneKind, ...] = ("opened", "reopened", "restored", "entered")
"""After these its queue has one case more to work on."""
GOES: tuple[MilestoneKind, ...] = ("resolved", "dropped", "left")
"""After these it has one less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the reports know of a case between two entries."""

    queue_id: int
    owner_id: int | None
    account_id: int | None
    opened_at: datetime
    done: bool = False
    answered: bool = False
    away: bool = False
    """Spam, or merged into another case: not resolved, but no work any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    kind: MilestoneKind
    position: int
    at: datetime
    standing: Standing

    @property
    def seconds(self) -> int:
        return max(0, round((self.at - self.standing.opened_at).total_seconds()))


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a promise ended: kept at `at`, or broken then."""

    kind: Kind
    started_at: datetime
    at: datetime
    kept: bool


def standing_of(case: CaseState) -> Standing:
    return Standing(
        queue_id=case.queue_id,
        owner_id=case.owner_id,
        account_id=case.account_id,
        opened_at=case.opened_at,
        done=case.category in DONE,
        answered=case.replied,
    )


def first_standing(feed: Sequence[Recorded], now: CaseState) -> Standing:
    """How the case stood when it was opened: what its first change of queue says it came from, else as it is now."""
    changes = {entry.kind: entry.data.get("from") for entry in reversed(feed)}
    queue = changes.get("queue_changed")
    return Standing(
        queue_id=int(queue["id"]) if isinstance(queue, dict) else now.queue_id,
        owner_id=None if "owner_changed" in changes else now.owner_id,
        account_id=now.account_id,
        opened_at=now.opened_at,
    )


def turns(standing: Standing, entries: Iterable[Recorded]) -> Iterator[Turn]:
    """The milestones among these entries, in their order.

    A case that is closed as spam, merged or emptied was not resolved but dropped; what comes back from there was not
    reopened. A change of status that was taken back opened or resolved nothing either: see `mistaken`.
    """
    feed = list(entries)
    mistakes = mistaken(feed)
    for entry in feed:
        before, standing = standing, _after(standing, entry)
        kind = _turn(before, standing, entry)
        if kind == "reopened" and entry.position in mistakes:
            kind = "restored"
        if kind is not None:
            # The first answer is its author's: a case becomes theirs only by it.
            mine = entry.author.user_id if kind == "answered" else None
            whose = standing if mine is None else replace(standing, owner_id=mine)
            yield Turn(kind=kind, position=entry.position, at=entry.at, standing=whose)
        if before.queue_id != standing.queue_id and not standing.done:
            yield Turn(kind="left", position=entry.position, at=entry.at, standing=before)
            yield Turn(kind="entered", position=entry.position, at=entry.at, standing=standing)


def mistaken(entries: Iterable[Recorded]) -> frozenset[int]:
    """Positions of the changes of status that these entries take back; a reopening there is no reopening."""
    return frozenset(
        entry.data["restores"] for entry in entries if entry.kind == "status_changed" and "restores" in entry.data
    )


def hands(first: Standing, feed: Sequence[Recorded], judged: Verdict) -> Standing:
    """Who had the case when the promise ended: a broken one was theirs from whom it was then taken."""
    standing = first
    for entry in feed:
        if entry.at > judged.at or (entry.at == judged.at and not judged.kept):
            break
        standing = _after(standing, entry)
    return standing


def _after(standing: Standing, entry: Recorded) -> Standing:
    match entry.kind:
        case "queue_changed":
            return replace(standing, queue_id=int(_part(entry, "to", "id")))
        case "owner_changed":
            owner = entry.data.get("to")
            return replace(standing, owner_id=int(owner["id"]) if isinstance(owner, dict) else None)
        case "status_changed":
            done = _part(entry, "to", "category") in DONE
            return replace(standing, done=done, away=standing.away and done)
        case "message" if entry.author.kind == "staff" and not brought_by_merging(entry):
            return replace(standing, answered=True)
        case "spam_marked" | "merged":
            return replace(standing, away=True)
        case "moved_out" if entry.data.get("emptied"):
            return replace(standing, away=True)
        case "unmerged":
            # Until its status is restored, which is then no reopening; where it was done before, it is so again.
            return replace(standing, away=bool(entry.data.get("undone")))
        case _:
            return standing


def _turn(before: Standing, after: Standing, entry: Recorded) -> MilestoneKind | None:
    if entry.kind == "opened":
        return "opened"
    if after.answered and not before.answered:
        return "answered"
    if after.done and not before.done:
        return "dropped" if after.away or "restores" in entry.data else "resolved"
    if before.done and not after.done:
        return "restored" if before.away else "reopened"
    return None


def _part(entry: Recorded, name: str, key: str) -> Any:
    part = entry.data.get(name)
    return part.get(key) if isinstance(part, dict) else None


def verdict(clock: Clock) -> Verdict | None:
    """How the promise ended, None while nobody can say or where nothing was promised."""
    if clock.started_at is None or clock.target_seconds is None:
        return None
    if clock.state is State.MET and clock.met_at is not None:
        return Verdict(clock.kind, clock.started_at, clock.met_at, kept=True)
    if clock.state in {State.BREACHED, State.MISSED}:
        at = clock.breached_at or clock.due_at or clock.met_at
        return None if at is None else Verdict(clock.kind, clock.started_at, at, kept=False)
    return None


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be written after a clock moved: a promise is no longer judged, or it is now."""

    withdrawn: tuple[Kind, datetime] | None = None
    judged: Verdict | None = None


def correction(before: Clock | None, after: Clock) -> Correction:
    """A promise begins anew with another `started_at`, and what was judged of the one before it stays."""
    was = None if before is None else verdict(before)
    now = verdict(after)
    if was == now:
        return Correction()
    if was is not None and after.started_at == was.started_at:
        return Correction(withdrawn=(was.kind, was.started_at), judged=now)
    return Correction(judged=now)
