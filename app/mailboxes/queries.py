"""Reading mailboxes, ledger and outbox for administration and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.database import connection, fetch_rows, is_sqlite
from app.mailboxes.models import InboundEmail, Mailbox, OutboundEmail


async def mailbox_reports() -> list[dict[str, Any]]:
    """Per mailbox: what it is doing, and whether the ledger holds what the server holds."""
    reports = []
    for mailbox in await Mailbox.all().order_by("id"):
        counted = await ledger_counts(mailbox)
        outbox = await outbox_counts(mailbox.id)
        reports.append(
            {
                "id": mailbox.id,
                "name": mailbox.name,
                "address": mailbox.address,
                "active": mailbox.active,
                "state": mailbox.intake_state if mailbox.active else "off",
                "problem": mailbox.intake_problem or mailbox.sending_problem,
                "sending_paused_until": mailbox.sending_paused_until,
                "checked_at": mailbox.checked_at,
                "lease_owner": mailbox.lease_owner,
                "lease_until": mailbox.lease_until,
                "server": mailbox.server_count,
                "ledger": counted["on_server"],
                "stored": counted["stored"],
                "unhandled": counted["unhandled"],
                "quarantined": counted["quarantined"],
                **outbox,
            }
        )
    return reports


async def ledger_counts(mailbox: Mailbox) -> dict[str, int]:
    """Rows of a mailbox: all, those whose copy should still be on the server, unhandled, quarantined.

    Only the latest numbering (UIDVALIDITY) of the folder counts as "on the server"; a copy that was moved or deleted,
    by the desk or by people, is no longer there.
    """
    query = (
        "SELECT COUNT(*) AS stored, "
        "COALESCE(SUM(CASE WHEN gone_at IS NULL AND folder = $2 AND uid_validity = (SELECT uid_validity "
        "FROM inbound_email WHERE mailbox_id = $1 AND folder = $2 ORDER BY id DESC LIMIT 1) THEN 1 ELSE 0 END), 0) "
        "AS on_server, "
        "COALESCE(SUM(CASE WHEN outcome = 'stored' THEN 1 ELSE 0 END), 0) AS unhandled, "
        "COALESCE(SUM(CASE WHEN outcome = 'quarantined' THEN 1 ELSE 0 END), 0) AS quarantined "
        "FROM inbound_email WHERE mailbox_id = $1"
    )
    row = (await fetch_rows(query, mailbox.id, mailbox.imap_folder))[0]
    return {name: int(row[name]) for name in ("stored", "on_server", "unhandled", "quarantined")}


async def outbox_counts(mailbox_id: int) -> dict[str, int]:
    outbox = OutboundEmail.filter(mailbox_id=mailbox_id)
    return {
        "waiting": await outbox.filter(due_at__isnull=False).count(),
        "failed": await outbox.filter(state="failed").count(),
    }


async def inbound_page(*, outcome: str | None, before: int | None, limit: int) -> list[InboundEmail]:
    """Rows of the ledger, the newest first."""
    chosen = InboundEmail.all()
    if outcome:
        chosen = chosen.filter(outcome=outcome)
    if before is not None:
        chosen = chosen.filter(id__lt=before)
    return await chosen.select_related("mailbox").order_by("-id").limit(limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxFilter:
    """What a person looks for in the outbox; None and "" do not count. `words` are of subject or address."""

    state: str | None = None
    mailbox_id: int | None = None
    kind: str | None = None
    case_id: int | None = None
    words: str = ""


async def outbound_page(chosen: OutboxFilter, *, before: int | None, limit: int) -> list[OutboundEmail]:
    """Rows of the outbox, the newest first."""
    rows = OutboundEmail.all()
    if chosen.state == "waiting":
        rows = rows.filter(due_at__isnull=False)
    elif chosen.state:
        rows = rows.filter(state=chosen.state)
    if chosen.mailbox_id is not None:
        rows = rows.filter(mailbox_id=chosen.mailbox_id)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.case_id is not None:
        rows = rows.filter(case_id=chosen.case_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    if words := chosen.words.strip().lower():
        # JSON cannot be searched by the ORM on SQLite; newest first, and no more than anybody looks through.
        query = (
            "SELECT id FROM outbound_email WHERE id < $2 AND (LOWER(subject) LIKE $1 ESCAPE '!' "
            "OR LOWER(CAST(recipients AS TEXT)) LIKE $1 ESCAPE '!') ORDER BY id DESC LIMIT 2000"
        )
        pattern = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        found = await fetch_rows(query, pattern, before or 2**62)
        rows = rows.filter(id__in=[int(row["id"]) for row in found])
    return await rows.order_by("-id").limit(limit)


async def one_at_a_time(message_key: str) -> None:
    """Let this transaction wait for another one that handles a message of the same key.

    Two mailboxes may get one message at the same moment, and neither transaction sees the other's row before its
    commit. SQLite has one writer anyway.
    """
    await many_at_a_time([message_key])


async def many_at_a_time(message_keys: Sequence[str]) -> None:
    """The same for several messages; in one order, so that two transactions never wait for each other in a circle."""
    if not is_sqlite():
        locks = "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) AS key"
        await connection().execute_query(locks, [sorted(set(message_keys))])


async def mailbox_of(mailbox_id: int | None) -> Mailbox | None:
    """The case's own mailbox, else the desk's first one that works."""
    if mailbox_id is not None and (own := await Mailbox.get_or_none(id=mailbox_id)) is not None:
        return own
    return await Mailbox.filter(active=True).order_by("id").first()
