"""A signed-in IMAP session with the few verbs that intake needs, each safe to give up and honest when it fails.

session = await ImapSession.open(ImapSettings(host="imap.example", user="help@example", password="…"))
folder = await session.select("INBOX")
for mail in await session.fetch(await session.search("UNSEEN")):
    print(mail.uid, len(mail.body or b""))
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aioimaplib import aioimaplib

from mail import imap_responses
from mail.accounts import ImapSettings
from mail.errors import ConnectionLost, FolderMissing, MailError, ProtocolViolation
from mail.imap_commands import Completion, Literal
from mail.imap_connection import TEMPORARY_CODES, open_connection, refused, require
from mail.imap_names import encode_folder, quote, uid_set
from mail.imap_protocol import ImapProtocol
from mail.imap_reader import ResponseReader, Segments
from mail.imap_responses import FetchedItem, ListedFolder

PATIENCE = 30.0
"""Seconds without a sign of life before a command is given up; large servers pause for some seconds under load."""

WHOLE_MESSAGE = "(UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[])"
"""PEEK, so that reading sets no flag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedFolder:
    """What the server told when it opened a folder."""

    name: str
    uidvalidity: int
    exists: int
    uidnext: int | None = None
    highestmodseq: int | None = None
    read_only: bool = False


class ImapSession:
    """One signed-in connection. Its methods may be called from several tasks: they take turns."""

    def __init__(self, protocol: ImapProtocol, *, patience: float) -> None:
        self._protocol = protocol
        self._patience = patience
        self._idle_signal: asyncio.Future[None] | None = None

    @classmethod
    async def open(
        cls, settings: ImapSettings, *, patience: float = PATIENCE, reader: ResponseReader | None = None
    ) -> ImapSession:
        """Connect, secure the connection and sign in.

        Raises ConnectFailed, TimedOut, TlsFailed, SignInRefused, ConnectionLost or ProtocolViolation.
        """
        return cls(await open_connection(settings, patience=patience, reader=reader), patience=patience)

    @property
    def exists(self) -> int | None:
        """Messages in the open folder, as far as the server has told."""
        return self._protocol.exists

    @property
    def expunged(self) -> int:
        """Messages that the server has told to be gone since the connection began, whoever took them away."""
        return self._protocol.expunged

    @property
    def failure(self) -> MailError | None:
        """Why the connection is gone; None while it lives."""
        return self._protocol.failure

    def has(self, capability: str) -> bool:
        """Whether the server offers `capability` (capital letters)."""
        return self._protocol.has(capability)

    async def select(self, folder: str, *, read_only: bool = False) -> SelectedFolder:
        """Open `folder`. Raises FolderMissing if there is none, CommandRefused if it cannot be opened now."""
        self._protocol.exists = None
        completion = await self._run("EXAMINE" if read_only else "SELECT", _folder(folder))
        if completion.status != "OK":
            self._protocol.state = aioimaplib.AUTH
            if completion.code in TEMPORARY_CODES:
                raise refused(completion, f"to open the folder {folder}")
            raise FolderMissing(f"The folder {folder} cannot be opened. The server says: {completion.text}")
        self._protocol.state = aioimaplib.SELECTED
        codes = dict(imap_responses.response_code(line[0][5:]) for line in completion.responses if _is_ok(line))
        if not codes.get("UIDVALIDITY", "").isdigit():
            raise ProtocolViolation(f"The server tells no UIDVALIDITY for {folder}; its messages cannot be told apart.")
        return SelectedFolder(
            name=folder,
            uidvalidity=int(codes["UIDVALIDITY"]),
            exists=self._protocol.exists or 0,
            uidnext=_int(codes.get("UIDNEXT")),
            highestmodseq=_int(codes.get("HIGHESTMODSEQ")),
            read_only=completion.code == "READ-ONLY",
        )

    async def list_folders(self, pattern: str = "*") -> list[ListedFolder]:
        """The folders whose names match `pattern` (`*` any, `%` one level)."""
        completion = await self._run("LIST", '""', _folder(pattern))
        require(completion, "to list folders")
        listed = (imap_responses.parse_list(segments) for segments in completion.responses)
        return [folder for folder in listed if folder is not None]

    async def status(self, folder: str, *items: str) -> dict[str, int]:
        """Counts of a folder that need not be open: MESSAGES, UNSEEN, UIDNEXT, UIDVALIDITY …"""
        completion = await self._run("STATUS", _folder(folder), "(" + " ".join(items or ("MESSAGES",)) + ")")
        if completion.status != "OK":
            raise FolderMissing(f"The folder {folder} cannot be asked. The server says: {completion.text}")
        counts: dict[str, int] = {}
        for segments in completion.responses:
            counts.update(imap_responses.parse_status(segments))
        return counts

    async def create(self, folder: str) -> None:
        """Make a folder; one that exists already is fine."""
        completion = await self._run("CREATE", _folder(folder))
        if completion.status != "OK" and completion.code != "ALREADYEXISTS":
            raise refused(completion, f"to make the folder {folder}")

    async def search(self, *criteria: str) -> list[int]:
        """UIDs that meet the criteria, ascending. ASCII only, so that no CHARSET is named: Exchange refuses UTF-8."""
        completion = await self._run("UID SEARCH", *(criteria or ("ALL",)))
        require(completion, "to search")
        found: set[int] = set()
        for segments in completion.responses:
            found.update(imap_responses.parse_search(segments))
        return sorted(found)

    async def fetch(self, uids: Sequence[int], items: str = WHOLE_MESSAGE) -> list[FetchedItem]:
        """What the server has of `uids`, ascending; messages that are gone are left out."""
        if not uids:
            return []
        wanted = set(uids)
        completion = await self._run("UID FETCH", uid_set(list(uids)), items)
        found: dict[int, FetchedItem] = {}
        for segments in completion.responses:
            item = imap_responses.parse_fetch(segments)
            # Servers mix in what others change meanwhile: flags of any message, with or without its UID.
            if item is not None and item.uid in wanted and (item.uid not in found or item.body is not None):
                found[item.uid] = item
        require(completion, "to hand out messages")
        return [found[uid] for uid in sorted(found)]

    async def add_flags(self, uids: Sequence[int], *flags: str) -> None:
        r"""Set flags such as \Seen; messages that are gone are no error."""
        if uids:
            words = uid_set(list(uids)), "+FLAGS.SILENT", "(" + " ".join(flags) + ")"
            require(await self._run("UID STORE", *words), "to set flags")

    async def copy(self, uids: Sequence[int], folder: str) -> None:
        """Copy messages; a missing target folder is made."""
        await self._into("UID COPY", uids, folder)

    async def move(self, uids: Sequence[int], folder: str) -> bool:
        """Move messages; a missing target folder is made. True if this folder holds them no longer.

        Without MOVE (RFC 6851) they are copied, then deleted.
        """
        if self.has("MOVE"):
            await self._into("UID MOVE", uids, folder)
            return True
        await self._into("UID COPY", uids, folder)
        return await self.delete(uids)

    async def delete(self, uids: Sequence[int]) -> bool:
        """Delete messages for good; True if the folder holds them no longer.

        Without UIDPLUS (RFC 4315) they are only marked: a plain EXPUNGE would take away what others have marked, too.
        """
        await self.add_flags(uids, "\\Deleted")
        if not self.has("UIDPLUS"):
            return False
        if uids:
            require(await self._run("UID EXPUNGE", uid_set(list(uids))), "to delete messages")
        return True

    async def append(
        self, folder: str, raw: bytes, *, flags: Sequence[str] = (), internal_date: datetime | None = None
    ) -> int | None:
        """Put a message into `folder`; its UID where the server tells it (UIDPLUS)."""
        words: list[str | Literal] = [_folder(folder)]
        if flags:
            words.append("(" + " ".join(flags) + ")")
        if internal_date is not None:
            words.append(aioimaplib.time2internaldate(internal_date))
        completion = await self._run("APPEND", *words, Literal(raw))
        require(completion, f"to put a message into {folder}")
        return _int(completion.code_arguments.rpartition(" ")[2]) if completion.code == "APPENDUID" else None

    async def noop(self) -> None:
        """Ask for news; `exists` is current afterwards."""
        require(await self._run("NOOP"), "to do nothing")

    async def idle(self, seconds: float) -> bool:
        """Wait until messages come or go, at most `seconds`; True if the server told of some (RFC 2177).

        `stop_idle` ends it early. A lost connection raises ConnectionLost at once; cancellation drops the connection.
        """
        protocol = self._protocol
        told = False
        ready = False
        async with protocol.exclusive():
            signal: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle_signal = signal

            def on_response(segments: Segments) -> None:
                nonlocal told
                counts = (imap_responses.parse_count(segments, word) for word in ("EXISTS", "EXPUNGE"))
                if any(count is not None for count in counts):
                    told = True
                    _settle(signal)

            def on_ready(text: bytes) -> bytes:
                nonlocal ready
                ready = True
                if signal.done():
                    return b"DONE\r\n"
                command.without_deadline()
                return b""

            command = protocol.start("IDLE", timeout=self._patience, challenge=on_ready, on_response=on_response)
            finish = asyncio.ensure_future(protocol.finish(command))
            try:
                waiting: set[asyncio.Future[Any]] = {finish, signal}
                await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                _settle(signal)
                if not finish.done() and ready:
                    command.deadline(self._patience)
                    protocol.write(b"DONE\r\n")
                require(await finish, "to wait for news")
            except asyncio.CancelledError:
                protocol.drop(ConnectionLost("IDLE was abandoned."))
                with suppress(MailError, asyncio.CancelledError):
                    await finish
                raise
            finally:
                self._idle_signal = None
        return told

    def stop_idle(self) -> None:
        """End a running `idle` in good order; without one nothing happens."""
        if self._idle_signal is not None:
            _settle(self._idle_signal)

    async def log_out(self) -> None:
        """Say goodbye and close; never raises for a server that is gone already."""
        with suppress(MailError):
            await self._run("LOGOUT")
        self.abort()

    def abort(self) -> None:
        """Close the connection now, without goodbye."""
        self._protocol.drop(ConnectionLost("The desk closed the connection."))

    async def _run(self, name: str, *words: str | Literal) -> Completion:
        return await self._protocol.run(name, *words, timeout=self._patience)

    async def _into(self, command: str, uids: Sequence[int], folder: str) -> None:
        if not uids:
            return
        completion = await self._run(command, uid_set(list(uids)), _folder(folder))
        if completion.status == "NO" and completion.code in ("TRYCREATE", "NONEXISTENT"):
            await self.create(folder)
            completion = await self._run(command, uid_set(list(uids)), _folder(folder))
        require(completion, f"to move messages to {folder}")


def _folder(name: str) -> str:
    return quote(encode_folder(name))


def _is_ok(segments: Segments) -> bool:
    return segments[0][:5].upper() == b"* OK "


def _int(word: str | None) -> int | None:
    return int(word) if word and word.isdigit() else None


def _settle(signal: asyncio.Future[None]) -> None:
    if not signal.done():
        signal.set_result(None)
