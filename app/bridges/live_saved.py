"""Views, macros and canned replies → consoles: what was saved under a name is another, and is to be asked for anew.

The frames of `saved/all` say only which of the three it is, never what is in it: what somebody keeps for themselves is
nobody else's business, and each console asks again for what its reader may know.
"""

from __future__ import annotations

from typing import Literal, get_args

from app.bridges import streams
from app.database import fetch_rows
from app.macros.events import CannedReplyChanged, MacroChanged
from app.views.events import ViewChanged
from channels.frames import Gone, StateFrame
from channels.hub import Hub

Saved = Literal["view", "macro", "canned_reply"]
TABLES: dict[Saved, str] = {"view": "saved_view", "macro": "macro", "canned_reply": "canned_reply"}
Mark = tuple[object, ...]
"""Of a table: differs whenever a row of it appeared, changed or went."""


class LiveSaved:
    """What was told, and what another process changed without this one hearing of it."""

    def __init__(self) -> None:
        self._told: dict[Saved, Mark] | None = None

    async def tell(self, hub: Hub, kind: Saved) -> None:
        """Read the marks before telling, so that whoever asks then finds all that they stand for."""
        if self._told is not None:
            self._told[kind] = (await _marks())[kind]
        hub.publish_state(*_hint(kind))

    async def unheard(self) -> list[tuple[str, StateFrame]]:
        """Frames for what was never told here; none at the first call, which is where it begins."""
        before, self._told = self._told, await _marks()
        return [] if before is None else [_hint(kind) for kind in TABLES if before[kind] != self._told[kind]]


class SavedFeed:
    """Publishes after each commit."""

    def __init__(self, hub: Hub, saved: LiveSaved) -> None:
        self._hub = hub
        self._saved = saved

    async def view_changed(self, event: ViewChanged) -> None:
        # Whoever looks through it asks for its cases anew, or learns that it is no longer theirs to look through.
        self._hub.rights_changed(topic=f"view/{event.view_id}")
        await self._saved.tell(self._hub, "view")

    async def macro_changed(self, _: MacroChanged) -> None:
        await self._saved.tell(self._hub, "macro")

    async def reply_changed(self, _: CannedReplyChanged) -> None:
        await self._saved.tell(self._hub, "canned_reply")


def _hint(kind: Saved) -> tuple[str, StateFrame]:
    return streams.SAVED, Gone("", kind, 0)


async def _marks() -> dict[Saved, Mark]:
    columns = "COUNT(*) AS n, MAX(id) AS newest, MAX(updated_at) AS changed"
    query = " UNION ALL ".join(f"SELECT '{kind}' AS kind, {columns} FROM {table}" for kind, table in TABLES.items())  # noqa: S608
    rows = {row["kind"]: (row["n"], row["newest"], row["changed"]) for row in await fetch_rows(query)}
    return {kind: rows[kind] for kind in get_args(Saved)}
