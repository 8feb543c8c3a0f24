"""One IMAP command on its way: the words still to send, the deadline, and what the server has answered so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aioimaplib import aioimaplib

from mail.errors import MailError, TimedOut
from mail.imap_reader import Segments
from mail.imap_responses import plain_text, response_code


@dataclass(frozen=True, slots=True)
class Literal:
    """A word of a command that travels as counted bytes."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """How a command ended: `status` is OK, NO or BAD; `code` and `code_arguments` come from [CODE arguments]."""

    status: str
    code: str
    code_arguments: str
    text: str
    responses: tuple[Segments, ...] = field(repr=False)


class RunningCommand(aioimaplib.Command):  # type: ignore[misc]
    """A command under way: its words still to send, and what the server has answered so far.

    `challenge` answers continuation requests that ask for more than the next literal (AUTHENTICATE, IDLE).
    """

    def __init__(
        self,
        name: str,
        tag: str,
        words: Sequence[str | Literal],
        *,
        timeout: float,
        challenge: Callable[[bytes], bytes] | None = None,
        on_response: Callable[[Segments], None] | None = None,
    ) -> None:
        self.responses: list[Segments] = []
        self.completion: Completion | None = None
        self.challenge = challenge
        self.on_response = on_response
        self.on_timeout: Callable[[MailError], None] = lambda error: None
        self._timeout: float | None
        super().__init__(name, tag, *(word for word in words if isinstance(word, str)), timeout=timeout)
        self.chunks = _chunks(f"{tag} {name}", words)

    def progress(self) -> None:
        """Something arrived: the deadline counts from now."""
        self._reset_timer()

    def without_deadline(self) -> None:
        """IDLE lasts as long as the caller likes."""
        self._timer.cancel()
        self._timeout = None

    def deadline(self, seconds: float) -> None:
        """Give the server `seconds` from now, and again from every sign of life."""
        self._timeout = seconds
        self._reset_timer()

    def complete(self, completion: Completion) -> None:
        self.completion = completion
        self._timer.cancel()
        self._event.set()

    def fail(self, error: Exception) -> None:
        if not self._event.is_set():
            self._exception = error
            self._timer.cancel()
            self._event.set()

    def forget_deadline(self) -> None:
        self._timer.cancel()

    def _timeout_callback(self) -> None:
        self.on_timeout(TimedOut(f"The server took too long to answer {self.name}."))


def _chunks(head: str, words: Sequence[str | Literal]) -> list[bytes]:
    """What is sent at once: up to an announced literal, then (when the server asks) the literal and what follows."""
    chunks = [bytearray(head, "ascii")]
    for word in words:
        if isinstance(word, Literal):
            chunks[-1] += b" {%d}\r\n" % len(word.content)
            chunks.append(bytearray(word.content))
        else:
            chunks[-1] += b" " + word.encode("ascii")
    chunks[-1] += b"\r\n"
    return [bytes(chunk) for chunk in chunks]


def completion_of(status: bytes, text: bytes, responses: tuple[Segments, ...]) -> Completion:
    """The end of a command from its status word and the text behind it."""
    code, arguments = response_code(text)
    return Completion(
        status=status.decode("ascii"), code=code, code_arguments=arguments, text=plain_text(text), responses=responses
    )
