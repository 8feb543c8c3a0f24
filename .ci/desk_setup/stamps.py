"""Remembers by content hash what was installed and built, so that a second start does nothing twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path


def digest(files: Iterable[Path], *extra: str, base: Path) -> str:
    """One hash over the names (relative to `base`) and bytes of `files`, and over `extra`."""
    total = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(base).as_posix()} {content}\n".encode())
    for text in extra:
        total.update(f"{text}\n".encode())
    return total.hexdigest()


def read_stamp(path: Path) -> dict[str, str]:
    """What was noted at `path`; empty if nothing or nothing readable."""
    try:
        noted = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def write_stamp(path: Path, noted: Mapping[str, str]) -> None:
    """Note `noted` at `path`, all of it or nothing."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(dict(noted), indent=1, sort_keys=True))
    draft.replace(path)


def stale(noted: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """The names in `wanted` whose hash is not the noted one."""
    return [name for name, value in wanted.items() if noted.get(name) != value]
