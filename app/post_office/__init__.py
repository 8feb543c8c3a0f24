"""The demo's own post office: takes mail for any address by SMTP, keeps it in a file, hands it out by IMAP.

    async with post_office(Path("data/post_office.sqlite3"), passwords={"help@desk.example": "secret"}) as office:
        print(office.smtp_port, office.imap_port)

It knows nothing of the desk, so that the desk's real poller and real sender do their work against it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.post_office.imap_server import ImapServer, password_check
from app.post_office.smtp_in import SmtpServer
from app.post_office.store import AddressSummary, PostStore, StoredMail

__all__ = ["AddressSummary", "PostOffice", "PostStore", "StoredMail", "post_office"]


@dataclass(frozen=True, slots=True)
class PostOffice:
    """A running post office. Its store can be read at any time: `addresses`, `inbox`, `inbox_raw`."""

    store: PostStore
    host: str
    smtp_port: int
    imap_port: int


@asynccontextmanager
async def post_office(
    path: Path | str,
    *,
    passwords: Mapping[str, str],
    anyone: str | None = None,
    host: str = "127.0.0.1",
    smtp_port: int = 0,
    imap_port: int = 0,
) -> AsyncIterator[PostOffice]:
    """Open the post office in this event loop. Port 0 takes a free one; a port that is taken raises OSError.

    `path` is its file (":memory:" keeps nothing); `passwords` by address for signing in; every other address opens its
    own mailbox with the password `anyone`, if there is one.
    """
    store = PostStore(path)
    smtp = SmtpServer(store, passwords)
    imap = ImapServer(store, password_check(passwords, anyone))
    try:
        yield PostOffice(store, host, await smtp.listen(host, smtp_port), await imap.listen(host, imap_port))
    finally:
        await imap.close()
        await smtp.close()
        store.close()
