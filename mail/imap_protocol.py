"""One IMAP connection that cannot hang: aioimaplib's protocol with the parts replaced that lose track of the server.

What differs from aioimaplib 2.0.3: responses are cut iteratively, one command runs at a time, a lost connection fails
the running command (IDLE too) at once, only the leading "* " of a line is taken away, and a server that breaks the
protocol is dropped.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from aioimaplib import aioimaplib

from mail.errors import ConnectionLost, MailError, ProtocolViolation
from mail.imap_commands import Completion, Literal, RunningCommand, completion_of
from mail.imap_reader import ResponseReader, Segments

MOST_JUNK_LINES = 20
"""Lines that are no IMAP and are overlooked per connection; proxies and virus scanners have been seen to add some."""


class ImapProtocol(aioimaplib.IMAP4ClientProtocol):  # type: ignore[misc]
    """The state of one connection. `mail.imap.ImapSession` gives it a friendlier face."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, reader: ResponseReader | None = None) -> None:
        super().__init__(loop)
        self.capabilities: set[str] = set()
        self.transport: asyncio.Transport | None = None
        self.greeting: asyncio.Future[Completion] = loop.create_future()
        self.goodbye = ""
        self.exists: int | None = None
        self.expunged = 0
        self._reader = reader or ResponseReader()
        self._command: RunningCommand | None = None
        self._lock = asyncio.Lock()
        self._junk = 0
        self._failure: MailError | None = None
        self._expects_no_more_plaintext = False
        self._closed = loop.create_future()

    @property
    def failure(self) -> MailError | None:
        """Why the connection is gone; None while it lives."""
        return self._failure

    def has(self, capability: str) -> bool:
        return capability in self.capabilities

    async def run(
        self,
        name: str,
        *words: str | Literal,
        timeout: float,
        challenge: Callable[[bytes], bytes] | None = None,
    ) -> Completion:
        """Send one command and wait for its end; others wait their turn.

        Raises ConnectionLost, TimedOut (the deadline counts from the last sign of life) or ProtocolViolation, all of
        which leave the connection closed; so does cancellation, because the answer of an abandoned command would
        confuse the next.
        """
        async with self._lock:
            command = self.start(name, *words, timeout=timeout, challenge=challenge)
            return await self.finish(command)

    def start(
        self,
        name: str,
        *words: str | Literal,
        timeout: float,
        challenge: Callable[[bytes], bytes] | None = None,
        on_response: Callable[[Segments], None] | None = None,
    ) -> RunningCommand:
        """Send a command without waiting; the caller holds `exclusive()`."""
        if self._failure is not None:
            raise self._failure
        base = name.removeprefix("UID ")
        if self.state not in aioimaplib.Commands[base].valid_states:
            raise ProtocolViolation(f"{name} is not possible before signing in or opening a folder.")
        command = RunningCommand(
            name, self.new_tag(), words, timeout=timeout, challenge=challenge, on_response=on_response
        )
        command.on_timeout = self.drop
        self._command = command
        self._send_chunks(command)
        return command

    async def finish(self, command: RunningCommand) -> Completion:
        """Wait for the end of a started command."""
        try:
            await command.wait()
        except asyncio.CancelledError:
            self.drop(ConnectionLost(f"{command.name} was abandoned."))
            raise
        finally:
            command.forget_deadline()
            if self._command is command:
                self._command = None
        if command.completion is None:
            raise ConnectionLost(f"{command.name} ended without an answer.")
        return command.completion

    def exclusive(self) -> asyncio.Lock:
        """Held by whoever runs a command."""
        return self._lock

    def write(self, data: bytes) -> None:
        if self.transport is not None and self._failure is None:
            self.transport.write(data)

    def drop(self, error: MailError) -> None:
        """Close the connection now; whatever waits for it fails with `error`."""
        self._fail(error)
        if self.transport is not None:
            self.transport.abort()

    async def closed(self) -> None:
        """Wait until the connection is gone."""
        await asyncio.shield(self._closed)

    def protect(self) -> None:
        """STARTTLS is under way: a byte that arrives in plain text from its OK on was put in by somebody else."""
        self._expects_no_more_plaintext = True

    async def start_tls(self, context: ssl.SSLContext, hostname: str) -> None:
        """Switch to TLS after the server's OK; capabilities told in plain text are forgotten (RFC 3501, 6.2.1)."""
        if self._failure is not None:
            raise self._failure
        if self.transport is None:
            raise ConnectionLost("There is no connection to secure.")
        self.transport = await self.loop.start_tls(self.transport, self, context, server_hostname=hostname)
        self._expects_no_more_plaintext = False
        self.capabilities = set()

    # asyncio.Protocol

    def data_received(self, data: bytes) -> None:
        if self._failure is not None:
            return
        if self._command is not None:
            self._command.progress()
        try:
            for segments in self._reader.feed(data):
                self._dispatch(segments)
                if self.failure is not None:
                    return
            if self._expects_no_more_plaintext and self._command_is_over() and self._reader.unread:
                raise _injected()
        except MailError as error:
            self.drop(error)

    def connection_lost(self, exc: Exception | None) -> None:
        said = f" It said: {self.goodbye}" if self.goodbye else ""
        self._fail(ConnectionLost(f"The server closed the connection.{said}"))
        if not self._closed.done():
            self._closed.set_result(None)
        super().connection_lost(exc)

    def _fail(self, error: MailError) -> None:
        if self._failure is None:
            self._failure = error
            self.state = aioimaplib.LOGOUT
        if self._command is not None:
            self._command.fail(error)
        if not self.greeting.done():
            self.greeting.set_exception(error)
            self.greeting.exception()  # nobody may be waiting: then it is no unseen error

    def _command_is_over(self) -> bool:
        return self._command is None or self._command.completion is not None

    def _dispatch(self, segments: Segments) -> None:
        line = segments[0]
        if self._expects_no_more_plaintext and self._command_is_over():
            raise _injected()
        if line.startswith(b"* "):
            self._untagged(segments)
        elif line.startswith(b"+"):
            self._continue(line[1:].strip())
        elif self._command is not None and line.startswith(self._command.tag.encode("ascii") + b" "):
            self._tagged(line)
        else:
            self._junk += 1
            if self._junk > MOST_JUNK_LINES:
                raise ProtocolViolation("The server sends something that is no IMAP.")

    def _untagged(self, segments: Segments) -> None:
        word, _, rest = segments[0][2:].partition(b" ")
        kind = word.upper()
        if kind in (b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"):
            completion = completion_of(kind, rest, ())
            if completion.code == "CAPABILITY":
                self._learn(completion.code_arguments)
            if not self.greeting.done():
                self._greet(completion)
                return
            if kind == b"PREAUTH" and not self.tagnum:
                self.state = aioimaplib.AUTH  # Courier greets with an alert first where it cannot watch its folders
            if kind == b"BYE":
                self.goodbye = completion.text
        elif kind == b"CAPABILITY":
            self._learn(rest.decode("ascii", "replace"))
        elif rest.upper() == b"EXISTS" and word.isdigit():
            self.exists = int(word)
        elif rest.upper() == b"EXPUNGE" and self.exists:
            self.exists -= 1
            self.expunged += 1
        if self._command is not None:
            self._command.responses.append(segments)
            if self._command.on_response is not None:
                self._command.on_response(segments)

    def _greet(self, completion: Completion) -> None:
        if completion.status == "BYE":
            raise ConnectionLost(f"The server does not accept connections now. It said: {completion.text}")
        self.state = aioimaplib.AUTH if completion.status == "PREAUTH" else aioimaplib.NONAUTH
        self.greeting.set_result(completion)

    def _continue(self, text: bytes) -> None:
        command = self._command
        if command is None:
            return
        if command.chunks:
            self._send_chunks(command)
        elif command.challenge is not None:
            answer = command.challenge(text)
            if answer:
                self.write(answer)

    def _tagged(self, line: bytes) -> None:
        command = self._command
        if command is None:
            return
        _, status, text = (*line.split(b" ", 2), b"", b"")[:3]
        if status.upper() not in (b"OK", b"NO", b"BAD"):
            raise ProtocolViolation("The server ended a command neither well nor badly.")
        completion = completion_of(status.upper(), text, tuple(command.responses))
        if completion.code == "CAPABILITY":
            self._learn(completion.code_arguments)
        command.complete(completion)

    def _learn(self, capabilities: str) -> None:
        self.capabilities = {word.upper() for word in capabilities.split()}

    def _send_chunks(self, command: RunningCommand) -> None:
        self.write(command.chunks.pop(0))


def _injected() -> ProtocolViolation:
    return ProtocolViolation("Somebody put data between STARTTLS and TLS; the connection is not safe.")
