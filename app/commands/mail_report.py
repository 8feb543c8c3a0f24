"""The words of `casefeed mail status`: each mailbox, its ledger beside the server, and the mails in quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.mailboxes.models import InboundEmail

SHOWN = 20  # a screen of quarantined mails; more have one cause, most of the time


def mailbox_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Three lines for a mailbox of `mailbox_reports`, and a fourth where server and ledger differ."""
    yield f"{report['name']} <{report['address']}>: {report['state']} {report['problem']}".rstrip()
    differs = report["server"] != report["ledger"]
    server = "unknown" if report["server"] is None else report["server"]
    yield (
        f"  server {server} {'≠' if differs else '='} ledger {report['ledger']}; "
        f"{report['quarantined']} in quarantine, {report['unhandled']} not handled yet"
    )
    yield f"  outbox {report['waiting']} waiting, {report['failed']} failed"
    if differs:
        yield f"  {_counted(report['checked_at'])}; {_held(report['lease_owner'], report['lease_until'])}"


def quarantine_lines(rows: Sequence[InboundEmail], count: int) -> Iterator[str]:
    """The newest mails in quarantine with their reason, `count` of them in all."""
    if not rows:
        return
    yield f"In quarantine ({count}); `casefeed mail replay ID` tries one again:"
    for row in rows:
        yield f"  {row.id}  {row.reason}  {row.detail}".rstrip()
    if count > len(rows):
        yield f"  and {count - len(rows)} more"


def no_such_mail(row_id: int) -> str:
    return f"no inbound e-mail has the id {row_id}; `casefeed mail status` lists those in quarantine"


def _counted(checked_at: datetime | None) -> str:
    if checked_at is None:
        return "the server has not been asked yet"
    return f"the server's count is from {_moment(checked_at)}"


def _held(owner: str | None, until: datetime | None) -> str:
    if owner is None:
        return "no worker holds the mailbox; one runs with `casefeed serve`"
    return f"held by {owner}" + (f" until {_moment(until)}" if until else "")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
