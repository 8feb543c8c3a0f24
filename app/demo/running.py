"""The running demo: its post office, and the desk filled at the first start."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from app.demo.people import CUSTOMERS, MAILBOX, PASSWORD, STAFF
from app.demo.seed import mailbox_at, people_and_queues, tell_stories
from app.desk import Desk
from app.events import Bus
from app.people.models import User
from app.post_office import PostOffice, post_office

LOOPBACK = "127.0.0.1"


class DemoOffice:
    """Where the demo's pages find the post office while it is open."""

    def __init__(self) -> None:
        self.office: PostOffice | None = None


@asynccontextmanager
async def demo_running(desk: Desk, office: DemoOffice, quiet_bus: Callable[[], Bus]) -> AsyncIterator[PostOffice]:
    """Open the post office, then see that the desk has people, a mailbox that leads to it, and something to do.

    `quiet_bus` gives a bus with the clocks but without mails, for what happened before the demo began.
    """
    settings = desk.settings
    async with post_office(
        settings.data_dir / "post_office.sqlite3",
        passwords={MAILBOX: PASSWORD},
        anyone=PASSWORD,
        smtp_port=free_or_any(settings.demo_smtp_port),
        imap_port=free_or_any(settings.demo_imap_port),
    ) as opened:
        office.office = opened
        bus = quiet_bus()
        first = not await User.exists()
        if first:
            await people_and_queues(desk, bus)
        await mailbox_at(desk, smtp_port=opened.smtp_port, imap_port=opened.imap_port)
        if first:
            await tell_stories(desk, bus)
        try:
            yield opened
        finally:
            office.office = None


def free_or_any(port: int) -> int:
    """`port`, or 0 (any free one) where another program has it: a second demo is no reason not to start."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return 0
    return port


def _moved(desk: Desk, opened: PostOffice) -> str:
    """Says which ports of the post office were taken, and where it is instead."""
    settings = desk.settings
    pairs = (("SMTP", settings.demo_smtp_port, opened.smtp_port), ("IMAP", settings.demo_imap_port, opened.imap_port))
    return "".join(
        f"Port {wanted} is in use by another program; {name} of the demo's post office is on port {port} instead.\n"
        for name, wanted, port in pairs
        if wanted and wanted != port
    )


def welcome(desk: Desk, opened: PostOffice) -> str:
    """What an operator reads when the demo has started."""
    url = desk.settings.public_url.rstrip("/")
    staff = "\n".join(f"  {one.role.replace('_', ' '):22} {one.email:28} {url}/console" for one in STAFF)
    customers = "\n".join(
        f"  {one.role.replace('_', ' '):22} {one.email:28} {url}/" for one in CUSTOMERS if one.role is not None
    )
    return (
        f"\nCasefeed is running at {url}\n\nSign in (the password of all is {PASSWORD}):\n{staff}\n{customers}\n\n"
        f"Send it a mail: {url}/demo/mail, or by SMTP to {MAILBOX}:\n"
        f"  swaks --server {opened.host}:{opened.smtp_port} --from you@mailing.example --to {MAILBOX} \\\n"
        f"        --header 'Subject: Hello' --body 'My oven is cold.'\n"
        f"What the desk has sent: {url}/demo/mail, or IMAP at {opened.host}:{opened.imap_port} "
        f"(any address, password {PASSWORD})\n{_moved(desk, opened)}\nStop with Ctrl+C.\n"
    )
