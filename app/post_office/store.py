"""Keeps the post office's mail in one SQLite file: folders with lasting UIDs, so that a restart confuses nobody."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

SEEN, DELETED = "\\Seen", "\\Deleted"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS folder (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid_next INTEGER NOT NULL DEFAULT 1,
    UNIQUE (address, name)
);
CREATE TABLE IF NOT EXISTS numbering (last_uid_validity INTEGER NOT NULL);
INSERT INTO numbering SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM numbering);
CREATE TABLE IF NOT EXISTS mail (
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uid INTEGER NOT NULL,
    flags TEXT NOT NULL,
    received_at REAL NOT NULL,
    envelope_from TEXT NOT NULL,
    size INTEGER NOT NULL,
    raw BLOB NOT NULL,
    PRIMARY KEY (folder_id, uid)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class FolderState:
    """A folder and its numbering."""

    id: int
    address: str
    name: str
    uid_validity: int
    uid_next: int


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One message; `raw` is read on demand with `PostStore.raw`."""

    uid: int
    flags: frozenset[str]
    received_at: datetime
    envelope_from: str
    size: int


@dataclass(frozen=True, slots=True)
class AddressSummary:
    """An address that has received mail: how many messages its inbox holds, and when the last one came."""

    address: str
    count: int
    latest: datetime | None


@dataclass
class PostStore:
    """All mailboxes. Reads and writes are short and local, so they run in the caller's thread."""

    path: Path | str
    listeners: set[Callable[[int], None]] = field(default_factory=set)
    """Called with a folder's id after anything in it has changed."""

    def __post_init__(self) -> None:
        if isinstance(self.path, Path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        self._database.close()

    def folder(self, address: str, name: str = "INBOX", *, make: bool = False) -> FolderState | None:
        """The folder, or None. An inbox exists for every address; other folders are made when asked for (`make`)."""
        name = "INBOX" if name.upper() == "INBOX" else name
        query = "SELECT id, address, name, uid_validity, uid_next FROM folder WHERE address = ? AND name = ?"
        row = self._database.execute(query, (address, name)).fetchone()
        if row is None and (make or name == "INBOX"):
            # A folder that is deleted and made again must get another number than before, even in the same second.
            [(validity,)] = self._database.execute(
                "UPDATE numbering SET last_uid_validity = max(last_uid_validity + 1, ?) RETURNING last_uid_validity",
                (int(datetime.now(UTC).timestamp()),),
            ).fetchall()
            self._database.execute(
                "INSERT OR IGNORE INTO folder (address, name, uid_validity) VALUES (?, ?, ?)", (address, name, validity)
            )
            row = self._database.execute(query, (address, name)).fetchone()
        return FolderState(*row) if row else None

    def folder_names(self, address: str) -> list[str]:
        rows = self._database.execute("SELECT name FROM folder WHERE address = ? ORDER BY name", (address,))
        return list(dict.fromkeys(["INBOX", *(str(row[0]) for row in rows)]))

    def remove_folder(self, folder: FolderState) -> None:
        self._database.execute("DELETE FROM folder WHERE id = ?", (folder.id,))
        self._changed(folder.id)

    def rename_folder(self, folder: FolderState, name: str) -> None:
        self._database.execute("UPDATE folder SET name = ? WHERE id = ?", (name, folder.id))

    def add(
        self,
        folder: FolderState,
        raw: bytes,
        *,
        received_at: datetime,
        envelope_from: str = "",
        flags: Iterable[str] = (),
    ) -> int:
        """Store a message under the folder's next UID, which is returned."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            [(uid,)] = self._database.execute(
                "UPDATE folder SET uid_next = uid_next + 1 WHERE id = ? RETURNING uid_next - 1", (folder.id,)
            ).fetchall()
            self._database.execute(
                "INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?, ?)",
                (folder.id, uid, _joined(flags), received_at.timestamp(), envelope_from, len(raw), raw),
            )
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
        self._changed(folder.id)
        return int(uid)

    def flags(self, folder: FolderState) -> dict[int, frozenset[str]]:
        """UIDs, ascending, with their flags."""
        rows = self._database.execute("SELECT uid, flags FROM mail WHERE folder_id = ? ORDER BY uid", (folder.id,))
        return {int(uid): frozenset(flags.split()) for uid, flags in rows}

    def mails(self, folder: FolderState) -> list[StoredMail]:
        """The folder's messages, oldest first."""
        rows = self._database.execute(
            "SELECT uid, flags, received_at, envelope_from, size FROM mail WHERE folder_id = ? ORDER BY uid",
            (folder.id,),
        )
        return [_stored(row) for row in rows]

    def mail(self, folder: FolderState, uid: int) -> StoredMail | None:
        row = self._database.execute(
            "SELECT uid, flags, received_at, envelope_from, size FROM mail WHERE folder_id = ? AND uid = ?",
            (folder.id, uid),
        ).fetchone()
        return _stored(row) if row else None

    def raw(self, folder: FolderState, uid: int) -> bytes | None:
        row = self._database.execute(
            "SELECT raw FROM mail WHERE folder_id = ? AND uid = ?", (folder.id, uid)
        ).fetchone()
        return bytes(row[0]) if row else None

    def set_flags(self, folder: FolderState, flags: dict[int, frozenset[str]]) -> None:
        self._database.executemany(
            "UPDATE mail SET flags = ? WHERE folder_id = ? AND uid = ?",
            [(_joined(new), folder.id, uid) for uid, new in flags.items()],
        )
        self._changed(folder.id)

    def copy(self, folder: FolderState, uids: Iterable[int], target: FolderState) -> dict[int, int]:
        """Copy messages with their flags and dates; old UIDs to new ones."""
        copied: dict[int, int] = {}
        for uid in uids:
            mail, raw = self.mail(folder, uid), self.raw(folder, uid)
            if mail is not None and raw is not None:
                copied[uid] = self.add(
                    target,
                    raw,
                    received_at=mail.received_at,
                    envelope_from=mail.envelope_from,
                    flags=mail.flags,
                )
        return copied

    def remove(self, folder: FolderState, uids: Iterable[int]) -> None:
        self._database.executemany(
            "DELETE FROM mail WHERE folder_id = ? AND uid = ?", [(folder.id, uid) for uid in uids]
        )
        self._changed(folder.id)

    # What a web page shows.

    def addresses(self) -> list[AddressSummary]:
        """Every address with an inbox, the one with the latest mail first."""
        rows = self._database.execute(
            "SELECT address, count(uid), max(received_at) FROM folder LEFT JOIN mail ON folder_id = id"
            " WHERE name = 'INBOX' GROUP BY address ORDER BY max(received_at) DESC NULLS LAST, address"
        )
        return [
            AddressSummary(address, count, None if latest is None else datetime.fromtimestamp(latest, UTC))
            for address, count, latest in rows
        ]

    def inbox(self, address: str, *, limit: int = 100) -> list[StoredMail]:
        """The newest messages of an address's inbox, newest first."""
        folder = self.folder(address)
        return self.mails(folder)[::-1][:limit] if folder else []

    def inbox_raw(self, address: str, uid: int) -> bytes | None:
        """One message of an address's inbox as bytes."""
        folder = self.folder(address)
        return self.raw(folder, uid) if folder else None

    def _changed(self, folder: int) -> None:
        for listener in list(self.listeners):
            listener(folder)


def _joined(flags: Iterable[str]) -> str:
    return " ".join(sorted(set(flags)))


def _stored(row: tuple[int, str, float, str, int]) -> StoredMail:
    uid, flags, received_at, envelope_from, size = row
    return StoredMail(uid, frozenset(flags.split()), datetime.fromtimestamp(received_at, UTC), envelope_from, size)
