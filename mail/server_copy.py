"""What happens to a mail's copy on the server once the desk has handled it: left, flagged, moved or deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mail.accounts import AfterHandling, ImapSettings
from mail.imap import ImapSession
from mail.ports import Folder, Receiver

AT_ONCE = 200
"""Copies per command; keeps its line far below what servers accept."""


async def settle_copies(
    session: ImapSession, folder: Folder, settings: ImapSettings, receiver: Receiver, clock: Callable[[], datetime]
) -> None:
    """Do as set with the copy of every handled mail of `folder`, and note it in the ledger.

    A crash in between repeats the step, which does no harm: a flag is set twice, a copy that is gone stays gone. On a
    server without MOVE a copy may then stand twice in the target folder; it is never lost. Raises CommandRefused.
    """
    done: set[int] = set()
    while True:
        pending = await receiver.pending_acknowledgements(folder, limit=AT_ONCE)
        pending = [(row, uid) for row, uid in pending if row not in done]
        if not pending:
            return
        uids = [uid for _, uid in pending]
        gone = False
        match settings.after_handling:
            case AfterHandling.FLAG:
                await session.add_flags(uids, "\\Seen")
            case AfterHandling.MOVE:
                await session.add_flags(uids, "\\Seen")
                gone = await session.move(uids, settings.move_to or "Handled")
            case AfterHandling.DELETE:
                gone = await session.delete(uids)
            case AfterHandling.LEAVE:
                pass
        rows = [row for row, _ in pending]
        await receiver.acknowledged(rows, gone=gone, now=clock())
        done.update(rows)
