"""Claimed rows of the outbox → messages ready to send, with one look-up of mailboxes and files for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.cases.models import File
from app.desk import Desk
from app.errors import DeskError
from app.keys import SealBroken
from app.mailboxes.accounts import smtp_settings
from app.mailboxes.models import Mailbox, OutboundEmail
from mail.compose import Automatic, Draft, OutgoingFile, compose, envelope_address
from mail.errors import MailError
from mail.message import Address
from mail.ports import Outgoing

MOST_BYTES = 64 * 1024 * 1024
"""Of files, in the memory of one claim: a mail that would exceed it waits for the next one."""


@dataclass(frozen=True, slots=True)
class NotComposed:
    """A row that makes no message now, and why: for good (`MailError` …), for now (`OSError`), or for want of keys."""

    row: OutboundEmail
    error: Exception


@dataclass(slots=True)
class Composed:
    """What became of one claim's rows; `too_much` were not looked at."""

    ready: list[Outgoing]
    failed: list[NotComposed]
    too_much: list[OutboundEmail]


async def compose_all(desk: Desk, rows: Sequence[OutboundEmail]) -> Composed:
    """The messages of `rows`, in their order."""
    mailboxes = {row.id: row for row in await Mailbox.filter(id__in={row.mailbox_id for row in rows})}
    sealed = {mailbox.id: error for mailbox in mailboxes.values() if (error := _sealed(desk, mailbox)) is not None}
    wanted = {one for row in rows for one in _file_ids(row)}
    files = {file.id: file for file in await File.filter(id__in=wanted)} if wanted else {}
    result, size = Composed([], [], []), 0
    for row in rows:
        await asyncio.sleep(0)  # mails that are on their way meanwhile go on between two of them
        own = sum(files[one].size for one in _file_ids(row) if one in files)
        if result.too_much or (size and size + own > MOST_BYTES):
            result.too_much.append(row)
            continue
        size += own
        mailbox = mailboxes[row.mailbox_id or 0]
        if mailbox.id in sealed:
            result.failed.append(NotComposed(row, sealed[mailbox.id]))
            continue
        try:
            result.ready.append(await _outgoing(desk, row, mailbox, files))
        except (MailError, DeskError, KeyError, TypeError, ValueError, OSError) as error:
            result.failed.append(NotComposed(row, error))
    return result


def names(row: OutboundEmail, part: str) -> list[str]:
    """Recipients that `content` remembers apart: those still `open`, those `lost` for good."""
    kept = row.content.get(part)
    return [str(one) for one in kept] if isinstance(kept, list) else []


def _sealed(desk: Desk, mailbox: Mailbox) -> SealBroken | None:
    """Why the password of `mailbox` cannot be read: told here, where the mailbox can be paused, not while sending."""
    try:
        smtp_settings(desk, mailbox)
    except SealBroken as error:
        return error
    return None


def _file_ids(row: OutboundEmail) -> list[int]:
    kept = row.content.get("files")
    return [one for one in kept if isinstance(one, int)] if isinstance(kept, list) else []


async def _outgoing(desk: Desk, row: OutboundEmail, mailbox: Mailbox, files: dict[int, File]) -> Outgoing:
    addresses = names(row, "open") or row.recipients
    return Outgoing(
        row=row.id,
        mailbox=mailbox.id,
        token=row.lease_token,
        sender=mailbox.address,
        recipients=tuple(envelope_address(Address(str(one))) for one in addresses),
        raw=await _message(desk, row, mailbox, files),
        attempts=row.attempts,
        first_due=row.created_at,
        lease_until=row.lease_until or desk.now(),
    )


async def _message(desk: Desk, row: OutboundEmail, mailbox: Mailbox, known: dict[int, File]) -> bytes:
    content: dict[str, Any] = row.content
    files = [
        OutgoingFile(
            filename=file.name,
            content_type=file.content_type,
            content=await desk.store.read_bytes(file.digest),
            content_id=file.content_id or "",
        )
        for file in (known[one] for one in content["files"])
    ]
    return compose(
        Draft(
            message_id=row.message_id,
            date=row.created_at,
            sender=Address(mailbox.address, str(content["sender_name"])),
            to=tuple(Address(one, str(content.get("to_name", ""))) for one in content["to"]),
            cc=tuple(Address(one) for one in content["cc"]),
            reply_to=Address(content["reply_to"], mailbox.sender_name) if content.get("reply_to") else None,
            subject=row.subject,
            text=content["text"],
            html=content["html"],
            files=tuple(files),
            in_reply_to=content["in_reply_to"],
            references=tuple(content["references"]),
            automatic=Automatic.GENERATED if content["automatic"] else Automatic.NO,
            language=content["language"],
            topic=str(content.get("topic", "")),
            unsubscribe=str(content.get("unsubscribe", "")),
        )
    )
