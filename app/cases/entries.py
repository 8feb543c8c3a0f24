"""The two types of feed entry: one that customers may see, one that they never see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

AuthorKind = Literal["staff", "contact", "system"]
PUBLIC_KINDS = frozenset({"opened", "message", "status_changed", "subject_changed", "moved_out", "merged", "unmerged"})
"""Kinds that may be public; every other kind is internal, whoever writes it."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    id: int
    name: str
    content_type: str
    size: int
    """Bytes."""
    digest: str
    inline: bool
    content_id: str | None


@dataclass(frozen=True, slots=True)
class Author:
    kind: AuthorKind
    name: str
    user_id: int | None = None
    contact_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    case_id: int
    position: int
    kind: str
    author: Author
    at: datetime
    text: str = ""
    html: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    amends: int | None = None
    client_id: str | None = None
    files: tuple[FileRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEntry(_Recorded):
    """An entry that everybody on the case sees; the only type that the mail and portal renderers accept."""

    public_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalEntry(_Recorded):
    """A note, or a change that is the desk's own business."""


Recorded = PublicEntry | InternalEntry


def public_only(entries: Iterable[Recorded]) -> tuple[PublicEntry, ...]:
    return tuple(entry for entry in entries if isinstance(entry, PublicEntry))


def brought_by_merging(entry: Recorded) -> bool:
    """Whether it was said in another case that was merged into this one: nobody asks or answers anything by it."""
    joined = entry.data.get("joined")
    return isinstance(joined, dict) and joined.get("by") == "merged"
