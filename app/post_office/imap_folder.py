"""An open folder as one IMAP client knows it: its numbering of the messages, and the commands on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from app.post_office.imap_items import expand, marks_as_seen, needs_content, render
from app.post_office.imap_search import Candidate, compile_search, number_set
from app.post_office.imap_wire import Refused, Value, Wire, as_bytes, as_text
from app.post_office.store import DELETED, SEEN, FolderState, PostStore

_STANDARD_FLAGS = rb"\Answered \Flagged \Deleted \Seen \Draft"


class OpenFolder:
    """Sequence numbers belong to a client: they move only when it has been told (RFC 3501, section 7.4.1)."""

    def __init__(
        self, store: PostStore, folder: FolderState, wire: Wire, *, read_only: bool,
        target: Callable[[Value], FolderState],
    ) -> None:  # fmt: skip
        self.state = folder
        self._store = store
        self._wire = wire
        self._read_only = read_only
        self._target = target
        self._known = store.flags(folder)

    def introduce(self) -> bytes:
        """Tell the client what it has opened; the text of the OK."""
        self._wire.say(b"* FLAGS (" + _STANDARD_FLAGS + b")")
        self._wire.say(b"* OK [PERMANENTFLAGS (" + _STANDARD_FLAGS + rb" \*)] Flags stay")
        self._wire.say(b"* %d EXISTS" % len(self._known))
        self._wire.say(b"* 0 RECENT")
        self._wire.say(b"* OK [UIDVALIDITY %d] UIDs hold" % self.state.uid_validity)
        self._wire.say(b"* OK [UIDNEXT %d] Next UID" % self.state.uid_next)
        return b"[READ-ONLY] Opened" if self._read_only else b"[READ-WRITE] Opened"

    async def fetch(self, words: list[Value], by_uid: bool) -> bytes:
        folder = self.state
        asked = words[1] if isinstance(words[1], list) else words[1:]
        items = expand([as_bytes(item) for item in asked])
        if by_uid and b"UID" not in [item.upper() for item in items]:
            items.insert(0, b"UID")
        reading = marks_as_seen(items) and not self._read_only
        for number, uid in self._chosen(words[0], by_uid):
            mail = self._store.mail(folder, uid)
            raw = self._store.raw(folder, uid) if any(map(needs_content, items)) else b""
            if mail is None or raw is None:
                continue  # deleted by another client meanwhile
            flags = mail.flags
            if reading and SEEN not in flags:
                flags |= {SEEN}
                self._store.set_flags(folder, {uid: flags})
            shown = [b"FLAGS"] if flags != mail.flags and b"FLAGS" not in items else []
            values = {
                b"UID": b"UID %d" % uid,
                b"FLAGS": b"FLAGS (%s)" % " ".join(sorted(flags)).encode(),
                b"RFC822.SIZE": b"RFC822.SIZE %d" % mail.size,
                b"INTERNALDATE": mail.received_at.strftime('INTERNALDATE "%d-%b-%Y %H:%M:%S %z"').encode("ascii"),
            }
            parts = [values.get(item.upper()) or render(item, raw) for item in [*items, *shown]]
            self._wire.say(b"* %d FETCH (%s)" % (number, b" ".join(part for part in parts if part is not None)))
            self._known[uid] = flags
            await self._wire.drain()
        return b"Done"

    async def store_flags(self, words: list[Value], by_uid: bool) -> bytes:
        self._require_writable()
        folder = self.state
        action = as_text(words[1]).upper()
        given = frozenset(as_text(flag) for flag in (words[2] if isinstance(words[2], list) else words[2:]))
        current = self._flags_now()
        chosen = [(number, uid) for number, uid in self._chosen(words[0], by_uid) if uid in current]
        changed: dict[int, frozenset[str]] = {}
        for _, uid in chosen:
            old = current[uid]
            changed[uid] = old | given if action[0] == "+" else old - given if action[0] == "-" else given
        self._store.set_flags(folder, changed)
        self._known.update(changed)
        if not action.endswith(".SILENT"):
            for number, uid in chosen:
                told = b"* %d FETCH (UID %d FLAGS (%s))" % (number, uid, " ".join(sorted(changed[uid])).encode())
                self._wire.say(told)
        return b"Done"

    async def search(self, words: list[Value], by_uid: bool) -> bytes:
        folder = self.state
        if by_uid:
            self.tell_changes()
        order = list(self._known)
        criterion = compile_search(words, highest_number=len(order), highest_uid=order[-1] if order else 0)
        mails = {mail.uid: mail for mail in self._store.mails(folder)}
        found = []
        for number, uid in enumerate(order, 1):
            if uid in mails and criterion(Candidate(number, mails[uid], partial(self._content, uid))):
                found.append(uid if by_uid else number)
        self._wire.say(b"* SEARCH" + b"".join(b" %d" % one for one in found))
        return b"Done"

    async def copy(self, words: list[Value], by_uid: bool) -> bytes:
        return self._copied(words, by_uid)[1] + b"Copied"

    async def move(self, words: list[Value], by_uid: bool) -> bytes:
        self._require_writable()
        copied, code = self._copied(words, by_uid)
        if code:
            self._wire.say(b"* OK " + code + b"Moved")
        self._remove(copied)
        return b"Done"

    async def expunge(self, words: list[Value], by_uid: bool) -> bytes:
        self._require_writable()
        chosen = {uid for _, uid in self._chosen(words[0], by_uid=True)} if by_uid else set(self._known)
        self._remove(uid for uid, flags in self._flags_now().items() if DELETED in flags and uid in chosen)
        return b"Done"

    def _copied(self, words: list[Value], by_uid: bool) -> tuple[list[int], bytes]:
        target = self._target(words[1])
        uids = [uid for _, uid in self._chosen(words[0], by_uid)]
        copied = self._store.copy(self.state, uids, target)
        if not copied:
            return [], b""
        old, new = (",".join(map(str, numbers)) for numbers in (copied.keys(), copied.values()))
        return list(copied), f"[COPYUID {target.uid_validity} {old} {new}] ".encode("ascii")

    def _remove(self, uids: Iterable[int]) -> None:
        self._store.remove(self.state, list(uids))

    def _flags_now(self) -> dict[int, frozenset[str]]:
        return self._store.flags(self.state)

    def _chosen(self, numbers: Value, by_uid: bool) -> list[tuple[int, int]]:
        """(sequence number, UID) of the messages in a set, as this client numbers them."""
        if by_uid:
            self.tell_changes(gone=False)
        order = list(self._known)
        highest = (order[-1] if order else 0) if by_uid else len(order)
        chosen = number_set(as_text(numbers), highest)
        return [(number, uid) for number, uid in enumerate(order, 1) if chosen(uid if by_uid else number)]

    def tell_changes(self, *, gone: bool = True) -> None:
        """Untagged responses for what has changed since the client last heard (`gone`: also for what was deleted)."""
        current = self._store.flags(self.state)
        if gone:
            for number, uid in reversed(list(enumerate(self._known, 1))):
                if uid not in current:
                    self._wire.say(b"* %d EXPUNGE" % number)
                    del self._known[uid]
        fresh = [uid for uid in current if uid not in self._known]
        changed = [uid for uid, flags in self._known.items() if current.get(uid, flags) != flags]
        self._known.update(current)
        if fresh:
            self._wire.say(b"* %d EXISTS" % len(self._known))
        order = {uid: number for number, uid in enumerate(self._known, 1)} if changed else {}
        for uid in changed:
            self._wire.say(
                b"* %d FETCH (UID %d FLAGS (%s))" % (order[uid], uid, " ".join(sorted(current[uid])).encode())
            )

    def close(self) -> None:
        """CLOSE takes away what is marked as deleted, without telling."""
        if not self._read_only:
            self._remove(uid for uid, flags in self._flags_now().items() if DELETED in flags)

    def _content(self, uid: int) -> bytes:
        return self._store.raw(self.state, uid) or b""

    def _require_writable(self) -> None:
        if self._read_only:
            raise Refused("[READ-ONLY] The folder is open for reading only")
