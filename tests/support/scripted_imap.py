"""An IMAP server that says exactly what a test tells it to, however wrong."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mail.accounts import ImapSettings, Security

Answer = bytes | Callable[["Dialogue", bytes], Awaitable[None]]

GREETING = b"* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE] ready\r\n"
SELECTED = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 4] next\r\nTAG OK [READ-WRITE] selected\r\n"


@dataclass
class Dialogue:
    """One connection: what the client said, and a way to answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tag: bytes = b""

    async def say(self, text: bytes) -> None:
        """Send `text`, TAG in it replaced by the current command's tag."""
        self.writer.write(text.replace(b"TAG", self.tag))
        await self.writer.drain()

    def cut(self) -> None:
        """Break the connection without a word."""
        self.writer.transport.abort()


@dataclass
class ScriptedImap:
    """`answers`: the first pattern that matches a command decides; sensible defaults stand behind it.

    An answer that is a list gives one answer per occurrence, the last one for ever.
    """

    answers: list[tuple[str, Answer | list[Answer]]]
    greeting: bytes = GREETING
    certificate: ssl.SSLContext | None = None
    heard: list[bytes] = field(default_factory=list)
    port: int = 0
    connections: int = 0

    defaults: tuple[tuple[str, bytes], ...] = (
        ("LOGIN", b"TAG OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE] signed in\r\n"),
        ("CAPABILITY", b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\nTAG OK done\r\n"),
        ("SELECT", SELECTED),
        ("UID SEARCH", b"* SEARCH\r\nTAG OK done\r\n"),
        ("LOGOUT", b"* BYE bye\r\nTAG OK done\r\n"),
        ("", b"TAG OK done\r\n"),
    )

    def mailbox(self, **changes: object) -> ImapSettings:
        settings: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": Security.NONE,
            "user": "help",
            "password": "secret",
        }
        return ImapSettings(**(settings | changes))  # type: ignore[arg-type]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        dialogue = Dialogue(reader, writer)
        try:
            await dialogue.say(self.greeting)
            while line := await reader.readline():
                self.heard.append(line.rstrip(b"\r\n"))
                dialogue.tag, _, command = line.rstrip(b"\r\n").partition(b" ")
                answer = self._answer(command)
                if isinstance(answer, bytes):
                    await dialogue.say(answer)
                else:
                    await answer(dialogue, command)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, command: bytes) -> Answer:
        for pattern, answer in (*self.answers, *self.defaults):
            if re.match(pattern, command.decode("latin-1"), re.IGNORECASE):
                if not isinstance(answer, list):
                    return answer
                return answer.pop(0) if len(answer) > 1 else answer[0]
        raise AssertionError("the last default matches everything")


@asynccontextmanager
async def scripted_imap(
    *answers: tuple[str, Answer | list[Answer]], greeting: bytes = GREETING, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ScriptedImap]:
    """Run the server in this loop on a free port; with `tls` the connection is secured from its first byte."""
    script = ScriptedImap(list(answers), greeting)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(script.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
