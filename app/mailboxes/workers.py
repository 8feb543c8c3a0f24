"""Names of mail workers, and taking back at once what a killed process of this computer still holds."""

from __future__ import annotations

import os

from app.mailboxes.models import Mailbox

NAME_LENGTH = 64  # characters; the width of the columns


def worker_name(*, host: str, process: int, token: str) -> str:
    """A name nobody else has, from which another start on the same computer can tell whose it was."""
    return f"mail@{process}:{token[:8]}:{host}"[:NAME_LENGTH]


def is_dead(worker: str, *, host: str, process: int) -> bool:
    """Whether the worker ran on this computer and its process is gone. `process` is our own: a container gives its
    only process the same number at every start. Should two computers share a name, the ledger's rules still hold: the
    worst is that both look into one mailbox and one of them finds everything handled."""
    kind, _, rest = worker.partition("@")
    number, _, rest = rest.partition(":")
    token, _, _ = rest.partition(":")
    if kind != "mail" or worker != f"mail@{number}:{token}:{host}"[:NAME_LENGTH]:
        return False
    return number.isdecimal() and (int(number) == process or not _runs(int(number)))


async def free_leases_of_the_dead(*, host: str, process: int) -> int:
    """Give back mailboxes that a killed process held, so that a restart need not wait for their leases to run out.

    Mails being sent are not touched: their lease is what keeps them from being sent twice.
    """
    freed = 0
    for mailbox in await Mailbox.filter(lease_owner__isnull=False).only("id", "lease_owner"):
        if mailbox.lease_owner is not None and is_dead(mailbox.lease_owner, host=host, process=process):
            held = Mailbox.filter(id=mailbox.id, lease_owner=mailbox.lease_owner)
            freed += await held.update(lease_owner=None, lease_until=None)
    return freed


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's process
        return True
    return True
