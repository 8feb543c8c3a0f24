"""Hands mail out by IMAP4rev1 (RFC 3501): enough for the desk's own poller and for real mail programs, and no more."""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from app.post_office.imap_folder import OpenFolder
from app.post_office.imap_search import BadSearch
from app.post_office.imap_wire import Refused, Value, Wire, as_bytes, as_list, as_text
from app.post_office.store import SEEN, FolderState, PostStore
from mail.errors import ProtocolViolation
from mail.imap_names import decode_folder, encode_folder, quote
from mail.imap_responses import parse_internal_date, parse_values

CAPABILITIES = b"IMAP4rev1 IDLE UIDPLUS MOVE LITERAL+ NAMESPACE UNSELECT ENABLE ID CHILDREN AUTH=PLAIN SASL-IR"

Command = Callable[[list[Value]], Awaitable[bytes]]


class Conversation:
    """One client: signs in, opens a folder, asks; each command is answered before the next is read."""

    def __init__(self, store: PostStore, sign_in: Callable[[str, str], str | None], wire: Wire) -> None:
        self._store = store
        self._sign_in = sign_in
        self._wire = wire
        self._address = ""
        self._open: OpenFolder | None = None
        self._news = asyncio.Event()
        self._over = False
        self._anywhere: dict[str, Command] = {
            "CAPABILITY": self._capability, "NOOP": self._noop, "LOGOUT": self._logout, "ID": self._id,
            "LOGIN": self._login, "AUTHENTICATE": self._authenticate,
        }  # fmt: skip
        self._signed_in: dict[str, Command] = {
            "SELECT": self._select, "EXAMINE": self._examine, "STATUS": self._status, "LIST": self._list,
            "LSUB": self._list, "CREATE": self._create, "DELETE": self._delete, "RENAME": self._rename,
            "SUBSCRIBE": self._nothing, "UNSUBSCRIBE": self._nothing, "NAMESPACE": self._namespace,
            "APPEND": self._append, "ENABLE": self._nothing,
        }  # fmt: skip
        self._opened: dict[str, Command] = {
            "IDLE": self._idle, "CHECK": self._noop, "CLOSE": self._close, "UNSELECT": self._unselect,
        }  # fmt: skip

    async def run(self) -> None:
        """Serve until the client says goodbye or goes away."""
        self._store.listeners.add(self._on_change)
        try:
            self._wire.say(b"* OK [CAPABILITY " + CAPABILITIES + b"] Casefeed post office")
            while not self._over:
                segments = await self._wire.command()
                if segments is None:
                    break
                await self._answer(segments)
                await self._wire.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client is gone
        finally:
            self._store.listeners.discard(self._on_change)
            self._wire.close()

    def _on_change(self, folder: int) -> None:
        if self._open is not None and folder == self._open.state.id:
            self._news.set()

    async def _answer(self, segments: tuple[bytes, ...]) -> None:
        tag, _, rest = segments[0].partition(b" ")
        name, _, arguments = rest.partition(b" ")
        verb = name.upper().decode("ascii", "replace")
        if verb == "UID":
            name, _, arguments = arguments.partition(b" ")
            verb = "UID " + name.upper().decode("ascii", "replace")
        if not tag or not verb:
            self._wire.say(b"* BAD A command begins with a tag")
            return
        try:
            words = parse_values((arguments, *segments[1:]))
            text = await self._perform(verb, words)
            self._wire.say(tag + b" OK " + text)
        except Refused as refusal:
            self._wire.say(tag + b" " + refusal.status + b" " + str(refusal).encode())
        except (BadSearch, ProtocolViolation, ValueError, IndexError) as error:
            self._wire.say(tag + b" BAD " + (str(error) or "That is no command").encode("utf-8", "replace"))

    async def _perform(self, verb: str, words: list[Value]) -> bytes:
        if verb in self._anywhere:
            return await self._anywhere[verb](words)
        by_uid, base = verb.startswith("UID "), verb.removeprefix("UID ")
        if not self._address:
            raise Refused("Sign in first")
        if verb in self._signed_in:
            return await self._signed_in[verb](words)
        if self._open is None:
            raise Refused("Open a folder first, or ask for something that is known here", status=b"BAD")
        if verb in self._opened:
            return await self._opened[verb](words)
        match base:
            case "FETCH":
                text = await self._open.fetch(words, by_uid)
            case "STORE":
                text = await self._open.store_flags(words, by_uid)
            case "SEARCH":
                text = await self._open.search(words, by_uid)
            case "COPY":
                text = await self._open.copy(words, by_uid)
            case "MOVE":
                text = await self._open.move(words, by_uid)
            case "EXPUNGE":
                text = await self._open.expunge(words, by_uid)
            case _:
                raise Refused(f"{verb} is not known here", status=b"BAD")
        if by_uid or base in ("EXPUNGE", "MOVE"):
            self._open.tell_changes()
        return text

    async def _capability(self, words: list[Value]) -> bytes:
        self._wire.say(b"* CAPABILITY " + CAPABILITIES)
        return b"That is all"

    async def _id(self, words: list[Value]) -> bytes:
        self._wire.say(b'* ID ("name" "Casefeed post office")')
        return b"Pleased to meet you"

    async def _nothing(self, words: list[Value]) -> bytes:
        return b"Done"

    async def _noop(self, words: list[Value]) -> bytes:
        self._tell_changes()
        return b"Done"

    async def _logout(self, words: list[Value]) -> bytes:
        self._wire.say(b"* BYE Goodbye")
        self._over = True
        return b"Done"

    async def _login(self, words: list[Value]) -> bytes:
        return self._enter(as_text(words[0]), as_text(words[1]))

    async def _authenticate(self, words: list[Value]) -> bytes:
        if as_text(words[0]).upper() != "PLAIN":
            raise Refused("Only PLAIN is known here")
        if len(words) < 2:
            self._wire.say(b"+ ")
            await self._wire.drain()
            words = [*words, (await self._wire.line()).strip()]
        _, user, password = b64decode(as_text(words[1])).decode("utf-8").split("\x00")
        return self._enter(user, password)

    def _enter(self, user: str, password: str) -> bytes:
        address = self._sign_in(user, password)
        if address is None:
            raise Refused("[AUTHENTICATIONFAILED] Wrong user name or password")
        self._address = address
        return b"[CAPABILITY " + CAPABILITIES + b"] Signed in"

    async def _namespace(self, words: list[Value]) -> bytes:
        self._wire.say(b'* NAMESPACE (("" "/")) NIL NIL')
        return b"Done"

    async def _list(self, words: list[Value]) -> bytes:
        pattern = decode_folder(as_bytes(words[0]) + as_bytes(words[1]))
        if not pattern:
            self._wire.say(b'* LIST (\\Noselect) "/" ""')
            return b"Done"
        matches = re.compile(re.escape(pattern).replace(r"\*", ".*").replace("%", "[^/]*"), re.IGNORECASE)
        for name in self._store.folder_names(self._address):
            if matches.fullmatch(name):
                self._wire.say(b'* LIST (\\HasNoChildren) "/" ' + quote(encode_folder(name)).encode("ascii"))
        return b"Done"

    async def _create(self, words: list[Value]) -> bytes:
        name = decode_folder(as_bytes(words[0])).rstrip("/")
        if self._store.folder(self._address, name) is not None:
            raise Refused("[ALREADYEXISTS] There is such a folder")
        self._store.folder(self._address, name, make=True)
        return b"Made"

    async def _delete(self, words: list[Value]) -> bytes:
        folder = self._named(words[0])
        if folder.name == "INBOX":
            raise Refused("[CANNOT] The inbox stays")
        self._store.remove_folder(folder)
        return b"Deleted"

    async def _rename(self, words: list[Value]) -> bytes:
        folder, name = self._named(words[0]), decode_folder(as_bytes(words[1]))
        if folder.name == "INBOX" or self._store.folder(self._address, name) is not None:
            raise Refused("[CANNOT] That name cannot be given")
        self._store.rename_folder(folder, name)
        return b"Renamed"

    async def _status(self, words: list[Value]) -> bytes:
        folder = self._named(words[0])
        flags = self._store.flags(folder)
        counts = {
            b"MESSAGES": len(flags),
            b"RECENT": 0,
            b"UNSEEN": sum(SEEN not in one for one in flags.values()),
            b"UIDNEXT": folder.uid_next,
            b"UIDVALIDITY": folder.uid_validity,
        }
        wanted = [as_bytes(item).upper() for item in as_list(words[1])]
        pairs = b" ".join(b"%s %d" % (item, counts[item]) for item in wanted if item in counts)
        self._wire.say(b"* STATUS %s (%s)" % (quote(encode_folder(folder.name)).encode("ascii"), pairs))
        return b"Done"

    async def _append(self, words: list[Value]) -> bytes:
        folder = self._named(words[0])
        options, raw = words[1:-1], as_bytes(words[-1])
        flags = [as_text(flag) for option in options if isinstance(option, list) for flag in option]
        dates = [parse_internal_date(option) for option in options if isinstance(option, bytes)]
        received_at = dates[0] if dates and dates[0] is not None else datetime.now(UTC)
        uid = self._store.add(folder, raw, received_at=received_at, flags=flags)
        self._tell_changes()
        return b"[APPENDUID %d %d] Stored" % (folder.uid_validity, uid)

    async def _examine(self, words: list[Value]) -> bytes:
        return self._open_folder(words, read_only=True)

    async def _select(self, words: list[Value]) -> bytes:
        return self._open_folder(words, read_only=False)

    def _open_folder(self, words: list[Value], *, read_only: bool) -> bytes:
        self._open = None
        folder = self._named(words[0])
        self._open = OpenFolder(self._store, folder, self._wire, read_only=read_only, target=self._move_target)
        return self._open.introduce()

    async def _idle(self, words: list[Value]) -> bytes:
        self._wire.say(b"+ idling")
        done = asyncio.ensure_future(self._wire.line())
        try:
            while True:
                self._news.clear()
                self._tell_changes()
                await self._wire.drain()
                news = asyncio.ensure_future(self._news.wait())
                await asyncio.wait({done, news}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                if done.done():
                    break
        finally:
            done.cancel()
        line = done.result()
        if line.strip().upper() != b"DONE":
            self._over = not line
            raise Refused("IDLE ends with DONE", status=b"BAD")
        return b"Done"

    async def _close(self, words: list[Value]) -> bytes:
        if self._open is not None:
            self._open.close()
        return await self._unselect(words)

    async def _unselect(self, words: list[Value]) -> bytes:
        self._open = None
        return b"Closed"

    def _tell_changes(self) -> None:
        if self._open is not None:
            self._open.tell_changes()

    def _move_target(self, name: Value) -> FolderState:
        return self._named(name, missing="[TRYCREATE] There is no such folder")

    def _named(self, name: Value, *, missing: str = "[NONEXISTENT] There is no such folder") -> FolderState:
        folder = self._store.folder(self._address, decode_folder(as_bytes(name)))
        if folder is None:
            raise Refused(missing)
        return folder
