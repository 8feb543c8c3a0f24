"""Limits that trip just now, and what they hold back: for administration."""

from __future__ import annotations

from datetime import datetime

from app.cases.models import Case
from app.cases.rules import display_number
from app.mailboxes.limits import HALF, Sizes
from app.mailboxes.models import Allowance, OutboundEmail
from app.mailboxes.schemas import LimitsView, LimitView
from mail.limits import Bucket, filled

SHOWN = 2_000  # rows looked at; a flood has more, and one click on its limit is all that is wanted then


async def limits_view(sizes: Sizes, *, now: datetime) -> LimitsView:
    """Every limit that is tripped or holds something back, the fullest first."""
    held: dict[tuple[str, str], int] = {}
    for row in await OutboundEmail.filter(state="held").order_by("-id").limit(SHOWN):
        kind = row.held_by or "installation"
        key = {"address": row.recipients[0] if row.recipients else "", "case": str(row.case_id or "")}.get(kind, "")
        held[kind, key] = held.get((kind, key), 0) + 1
    tripped: dict[tuple[str, str], datetime | None] = {}
    for one in await Allowance.filter(tripped_at__isnull=False).order_by("-tripped_at").limit(SHOWN):
        kind, _, key = one.subject.partition(":")
        limit = sizes.limit("address" if kind == "address" else "case" if kind == "case" else "installation")
        if filled(Bucket(one.tokens, one.filled_at), limit, now).tokens >= limit.burst * HALF:
            continue  # over by itself, though nobody has come by since
        tripped[kind, "" if kind == "installation" else key] = one.tripped_at
    found = sorted({*held, *tripped}, key=lambda one: (-held.get(one, 0), one))
    cases = {int(key) for kind, key in found if kind == "case" and key.isdecimal()}
    numbers = {case.id: display_number(case.number) for case in await Case.filter(id__in=sorted(cases))}
    return LimitsView(
        per_address=sizes.address,
        per_case=sizes.case,
        per_installation=sizes.installation,
        limits=[
            LimitView(
                kind=kind,
                key=key,
                case_number=numbers.get(int(key)) if kind == "case" and key.isdecimal() else None,
                held=held.get((kind, key), 0),
                tripped_at=tripped.get((kind, key)),
            )
            for kind, key in found
        ],
    )
