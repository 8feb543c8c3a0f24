"""Listens for IMAP clients and says who may open which mailbox."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping

from app.post_office.imap_out import Conversation
from app.post_office.imap_wire import LONGEST_LINE, Wire
from app.post_office.smtp_in import home_address
from app.post_office.store import PostStore


class ImapServer:
    """The listening server with its conversations, so that closing it ends them, too."""

    def __init__(self, store: PostStore, sign_in: Callable[[str, str], str | None]) -> None:
        self._store = store
        self._sign_in = sign_in
        self._conversations: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Start; the port that is listened on."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=LONGEST_LINE)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._conversations:
            task.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = Conversation(self._store, self._sign_in, Wire(reader, writer))
        task = asyncio.get_running_loop().create_task(conversation.run())
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)


def password_check(passwords: Mapping[str, str], anyone: str | None) -> Callable[[str, str], str | None]:
    """Who may sign in: `passwords` by address; every other address with `anyone`, if there is such a password."""

    def sign_in(user: str, password: str) -> str | None:
        address = home_address(user)
        expected = passwords.get(address, anyone)
        if "@" not in address or expected is None or not hmac.compare_digest(expected.encode(), password.encode()):
            return None
        return address

    return sign_in
