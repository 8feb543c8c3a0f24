"""Setting up mailboxes, and trying a mailbox's settings before anybody relies on them."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import UNSET

from app.database import Work
from app.desk import Desk
from app.errors import Invalid, NotFound
from app.mailboxes.accounts import imap_settings, smtp_settings
from app.mailboxes.events import MailboxChanged
from app.mailboxes.models import Mailbox
from app.mailboxes.oauth import provider_of
from app.mailboxes.schemas import ChangeMailbox, Check, CheckResult
from app.people.models import Account
from app.people.rules import normal_address
from app.queues.models import Queue
from mail.probe import Finding, probe_imap, probe_smtp
from mail.spam import FILTERS

NEEDED = ("name", "address", "queue_id", "imap_host", "smtp_host")
PASSWORDS = ("imap_password", "smtp_password", "oauth_client_secret")
NOT_COLUMNS = (*PASSWORDS, "spam_filters", "skip_test", "id")
SETTINGS = (
    *(name for name in ChangeMailbox.__struct_fields__ if name not in ("skip_test", "id")),
    "sending_paused_until",
    "sending_problem",
    "oauth_refresh_token",
    "oauth_access_token",
    "oauth_problem",
)
"""The columns that administration writes."""


async def find_mailbox(mailbox_id: int) -> Mailbox:
    """Raises NotFound."""
    row = await Mailbox.get_or_none(id=mailbox_id)
    if row is None:
        raise NotFound("There is no such mailbox.")
    return row


def with_changes(desk: Desk, row: Mailbox, data: ChangeMailbox) -> Mailbox:
    """`row` with what is given, not saved; passwords sealed. Raises Invalid for what cannot be."""
    given = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET}
    before = _registration(row)
    for name, value in given.items():
        if name not in NOT_COLUMNS:
            setattr(row, name, value.strip() if isinstance(value, str) and name != "signature" else value)
    for name in PASSWORDS:
        if given.get(name):
            setattr(row, name, desk.keys.seal(given[name]))
    if "spam_filters" in given:
        if unknown := sorted(set(given["spam_filters"]) - set(FILTERS)):
            raise Invalid(f"There is no filter {unknown[0]!r}. There are: {', '.join(FILTERS)}.", field="spam_filters")
        row.spam_filters = ",".join(name for name in FILTERS if name in given["spam_filters"])
    if "dmarc" in row.spam_filters.split(",") and not row.spam_server:
        raise Invalid(
            "Name the server whose Authentication-Results count; anybody may write others.", field="spam_server"
        )
    for name in NEEDED:
        if not getattr(row, name, None):
            raise Invalid("This is needed.", field=name)
    row.address = normal_address(row.address, field="address")
    if not row.imap_user:
        row.imap_user = row.address
    if row.oauth_provider:
        if not row.oauth_client_id:
            raise Invalid("This is needed.", field="oauth_client_id")
        provider_of(row)
    if _registration(row) != before:
        # Consent was given to another application or for another account: it must be asked for anew.
        row.oauth_refresh_token = row.oauth_access_token = row.oauth_problem = ""
    if row.after_handling == "move" and not row.move_to:
        raise Invalid("Name the folder that handled mails are moved to.", field="move_to")
    return row


async def save_mailbox(desk: Desk, work: Work, row: Mailbox) -> Mailbox:
    """Store a new or changed mailbox; intake and delivery take it up by themselves. Raises Invalid."""
    if not await Queue.filter(id=row.queue_id, archived=False).exists():
        raise Invalid("There is no such queue, or it is archived.", field="queue_id")
    if row.account_id is not None and not await Account.exists(id=row.account_id):
        raise Invalid("There is no such company.", field="account_id")
    twin = await Mailbox.get_or_none(address=row.address)
    if twin is not None and twin.id != row.id:
        raise Invalid("There is a mailbox with this address already.", field="address")
    row.sending_paused_until, row.sending_problem = None, ""
    if row.pk is None:
        await row.save()
    else:
        # Never the whole row: lease and state belong to the intake that may be running meanwhile.
        await row.save(update_fields=[*SETTINGS])
    work.record(MailboxChanged(row.id))
    return row


def _registration(row: Mailbox) -> tuple[str, ...]:
    """What consent was given for."""
    return (row.oauth_provider, row.oauth_tenant, row.oauth_client_id, row.oauth_token_url, row.imap_user)


def sending_columns(row: Mailbox) -> tuple[object, ...]:
    """What sending stands on; the password sealed, so that one which cannot be opened any more can be compared too."""
    return (row.smtp_host, row.smtp_port, row.smtp_security, row.smtp_user, row.smtp_password, row.address)


async def resume_sending(work: Work, mailbox_id: int) -> None:
    """Try to send at once, whatever made the mailbox pause; what is still wrong makes it pause again."""
    await Mailbox.filter(id=mailbox_id).update(sending_paused_until=None, sending_problem="")
    work.record(MailboxChanged(mailbox_id))


def empty_mailbox(desk: Desk) -> Mailbox:
    return Mailbox(name="", address="", imap_host="", imap_user="", smtp_host="", created_at=desk.now())


async def check_mailbox(desk: Desk, row: Mailbox) -> CheckResult:
    """Try both servers as they are set in `row`; nothing is changed and nothing sent.

    Nothing is tried before somebody has connected the mailbox with its provider, for no sign-in could succeed.
    """
    if row.oauth_provider and not row.oauth_refresh_token:
        return CheckResult(None, None)
    incoming, outgoing = await asyncio.gather(
        probe_imap(imap_settings(desk, row)), probe_smtp(smtp_settings(desk, row), sender=row.address)
    )
    return CheckResult(_check(incoming, "imap"), _check(outgoing, "smtp"))


def require_working(result: CheckResult) -> None:
    """Raise Invalid with the words of the server's failure, at the setting to look at."""
    for name, check in (("imap", result.imap), ("smtp", result.smtp)):
        if check is not None and not check.ok:
            data: dict[str, Any] = {"test": name, "code": check.code}
            raise Invalid(check.message, field=check.field or f"{name}_host", data=data)


def _check(finding: Finding, prefix: str) -> Check:
    field = finding.field
    if field and field not in ("address", "move_to", "oauth_provider"):
        field = f"{prefix}_{field}"
    return Check(finding.ok, finding.code, finding.text, field or None)
