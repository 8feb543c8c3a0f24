"""Names of mail workers, and taking back at once what a killed process of this computer still holds."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

from app.mailboxes.models import Mailbox, OutboundEmail

NAME_LENGTH = 64  # characters; the width of the columns


def this_computer() -> str:
    """The host's name, and the set of process numbers we are in: containers may share the one but not the other."""
    numbers = ""
    with suppress(OSError):  # only Linux tells
        numbers = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    return f"{numbers}.{socket.gethostname()}" if numbers else socket.gethostname()


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
    """Give back mailboxes and mails that a killed process held, so that a restart need not wait for their leases.

    The one mail that was being handed over when the process died may go out twice, under the same Message-ID; the
    others of its batch would otherwise wait a quarter of an hour.
    """
    freed = 0
    for mailbox in await Mailbox.filter(lease_owner__isnull=False).only("id", "lease_owner"):
        if mailbox.lease_owner is not None and is_dead(mailbox.lease_owner, host=host, process=process):
            held = Mailbox.filter(id=mailbox.id, lease_owner=mailbox.lease_owner)
            freed += await held.update(lease_owner=None, lease_until=None)
    workers = await OutboundEmail.filter(lease_owner__isnull=False).distinct().values_list("lease_owner", flat=True)
    for worker in [str(one) for one in workers]:
        if is_dead(worker, host=host, process=process):
            freed += await OutboundEmail.filter(lease_owner=worker).update(lease_owner=None, lease_until=None)
    return freed


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's process
        return True
    return True
