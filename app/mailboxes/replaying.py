"""Trying quarantined mails again: after an upgrade, or when somebody has mended the cause."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from app.desk import Desk
from app.mailboxes.ledger import TOO_LARGE, quarantine, raw_bytes
from app.mailboxes.models import InboundEmail, RawMail
from mail.errors import ParseRefused

NO_SUCH_ROW = "there is no such row"


async def replay_rows(desk: Desk, understand: Callable[[int], Awaitable[None]], ids: Sequence[int]) -> dict[int, str]:
    """Answers, per row, what became of it in words."""
    results: dict[int, str] = {}
    for row_id in ids:
        if await _is_beginning_only(row_id):
            results[row_id] = f"quarantined again: {TOO_LARGE} only its beginning was fetched"
            continue
        taken = await InboundEmail.filter(id=row_id, outcome="quarantined").update(
            outcome="stored", reason="", detail="", attempts=0, handled_at=None
        )
        if not taken:
            known = await InboundEmail.get_or_none(id=row_id)
            results[row_id] = NO_SUCH_ROW if known is None else f"not in quarantine ({known.outcome})"
            continue
        try:
            await understand(row_id)
        except ParseRefused as refused:
            await quarantine(row_id, reason=refused.reason, detail=refused.detail, now=desk.now())
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            await quarantine(row_id, reason="internal", detail=detail, now=desk.now())
        results[row_id] = await _told(row_id)
    return results


async def _is_beginning_only(row_id: int) -> bool:
    row = await InboundEmail.get_or_none(id=row_id, outcome="quarantined", reason=TOO_LARGE)
    if row is None:
        return False
    stored = await RawMail.get(id=row.raw_mail_id).only("id", "size")
    return int(stored.size) > len(await raw_bytes(row.raw_mail_id))


async def _told(row_id: int) -> str:
    row = await InboundEmail.get(id=row_id)
    if row.outcome == "quarantined":
        return f"quarantined again: {row.reason} {row.detail}".strip()
    return row.outcome if row.case_id is None else f"{row.outcome}, case {row.case_id} entry {row.position}"
