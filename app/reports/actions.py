"""The only writer of the tables of reports: milestones as they happen, judgements as promises end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise

from app.bulk import insert_rows
from app.cases.models import Case
from app.reports.models import Judgement, Milestone
from app.reports.rules import Standing, Turn, Verdict, correction
from sla import Clocks

HOLDERS = ("queue_id", "owner_id", "account_id")


async def note_turns(turns: Iterable[tuple[int, Turn]]) -> None:
    """Write down what happened to cases, each by its id."""
    rows = [
        (case_id, turn.position, turn.kind, turn.at, turn.seconds, *(getattr(turn.standing, name) for name in HOLDERS))
        for case_id, turn in turns
    ]
    await insert_rows(Milestone, ("case_id", "position", "kind", "at", "seconds", *HOLDERS), rows)


async def forgive(case_id: int, positions: Collection[int]) -> None:
    """Changes of status that were taken back: what they reopened came back, but nobody reopened it."""
    if positions:
        wrong = Milestone.filter(case_id=case_id, position__in=sorted(positions), kind="reopened")
        await wrong.update(kind="restored")


async def judge(case_id: int, passed: Sequence[Clocks], *, hands: Callable[[Verdict], Standing] | None = None) -> None:
    """Write down which promises ended while the clocks of a case passed through these states.

    They count for who has the case now, or for whom `hands` names.
    """
    for before, after in pairwise(passed):
        for was, now in zip(before, after, strict=True):
            change = correction(was, now)
            if change.withdrawn is not None:
                kind, started_at = change.withdrawn
                await Judgement.filter(case_id=case_id, kind=str(kind), started_at=started_at).delete()
            if change.judged is not None:
                holder = hands(change.judged) if hands else await Case.get(id=case_id).only(*HOLDERS)
                # Several messages of one moment, as merging brings, begin and end one promise several times.
                await Judgement.update_or_create(
                    defaults={
                        "at": change.judged.at,
                        "kept": change.judged.kept,
                        "queue_id": holder.queue_id,
                        "owner_id": holder.owner_id,
                        "account_id": holder.account_id,
                    },
                    case_id=case_id,
                    kind=str(change.judged.kind),
                    started_at=change.judged.started_at,
                )


async def judge_together(moved: Sequence[tuple[int, Sequence[Clocks]]]) -> None:
    """The same for many cases at once, which all count for who has them now."""
    judged: list[tuple[int, Verdict]] = []
    for case_id, passed in moved:
        for before, after in pairwise(passed):
            for was, now in zip(before, after, strict=True):
                change = correction(was, now)
                if change.withdrawn is not None:
                    kind, started_at = change.withdrawn
                    await Judgement.filter(case_id=case_id, kind=str(kind), started_at=started_at).delete()
                if change.judged is not None:
                    judged.append((case_id, change.judged))
    if not judged:
        return
    chosen = Case.filter(id__in={case_id for case_id, _ in judged})
    holders = {id_: holder for id_, *holder in await chosen.values_list("id", *HOLDERS)}
    rows = [(case_id, str(one.kind), one.started_at, one.at, one.kept, *holders[case_id]) for case_id, one in judged]
    await insert_rows(Judgement, ("case_id", "kind", "started_at", "at", "kept", *HOLDERS), rows)


async def forget(case_id: int) -> None:
    """Before the reports of a case are made again from its feed."""
    await Milestone.filter(case_id=case_id).delete()
    await Judgement.filter(case_id=case_id).delete()
