"""Where the bytes of attachments live: a small port that names content by its hash, and its implementation on disk."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from app.errors import NotFound, TooLarge

CHUNK = 256 * 1024  # bytes read from disk at a time: few thread hops, little memory per download
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """Content that is safely kept: its SHA-256 in hex and its size in bytes."""

    digest: str
    size: int


class FileStore(Protocol):
    async def put(self, chunks: AsyncIterable[bytes], *, limit: int) -> Stored:
        """Keep a stream of at most `limit` bytes; equal content is kept once.

        Raises TooLarge as soon as the limit is passed; nothing is left behind then.
        """
        ...

    async def put_bytes(self, content: bytes) -> Stored:
        """Keep content that is already in memory."""
        ...

    async def put_all(self, contents: Sequence[bytes]) -> list[Stored]:
        """The same for many at once, in their order. All of them are safe when it returns; it may fail halfway."""
        ...

    def read(self, digest: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` on, in chunks. Raises NotFound when the content is not there."""
        ...

    async def read_bytes(self, digest: str) -> bytes:
        """All of it at once; for content that is known to be small."""
        ...

    async def size(self, digest: str) -> int | None:
        """Size in bytes, or None when the content is not there."""
        ...

    async def delete(self, digest: str) -> None:
        """Forget the content; no error when it is not there."""
        ...


class DiskStore:
    """A FileStore in a folder: `ab/cd/abcd…`, written aside, flushed to the disk and moved into place in one step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lasting: set[Path] = set()  # folders whose names were flushed since they exist; at most 65,793

    async def put(self, chunks: AsyncIterable[bytes], *, limit: int) -> Stored:
        aside = self._folder / "incoming" / uuid.uuid4().hex
        await asyncio.to_thread(aside.parent.mkdir, parents=True, exist_ok=True)
        hasher, size = hashlib.sha256(), 0
        file = await asyncio.to_thread(aside.open, "xb")
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"The file is larger than {limit // (1024 * 1024)} MB.", data={"limit": limit})
                hasher.update(chunk)
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_flush, file)
            await asyncio.to_thread(self._move, {aside: hasher.hexdigest()})
        finally:
            await asyncio.to_thread(_discard, file, aside)
        return Stored(digest=hasher.hexdigest(), size=size)

    async def put_bytes(self, content: bytes) -> Stored:
        return (await self.put_all([content]))[0]

    async def put_all(self, contents: Sequence[bytes]) -> list[Stored]:
        return await asyncio.to_thread(self._put_all, contents) if contents else []

    async def read(self, digest: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._path(digest).open, "rb")
        except FileNotFoundError as error:
            raise NotFound("The file is no longer there.") from error
        try:
            await asyncio.to_thread(file.seek, start)
            left = length
            while left is None or left > 0:
                chunk = await asyncio.to_thread(file.read, CHUNK if left is None else min(CHUNK, left))
                if not chunk:
                    return
                left = None if left is None else left - len(chunk)
                yield chunk
        finally:
            await asyncio.to_thread(file.close)

    async def read_bytes(self, digest: str) -> bytes:
        return b"".join([chunk async for chunk in self.read(digest)])

    async def size(self, digest: str) -> int | None:
        try:
            return (await asyncio.to_thread(self._path(digest).stat)).st_size
        except FileNotFoundError:
            return None

    async def delete(self, digest: str) -> None:
        await asyncio.to_thread(self._path(digest).unlink, missing_ok=True)

    def _path(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise NotFound("The file is no longer there.")
        return self._folder / digest[:2] / digest[2:4] / digest

    def _put_all(self, contents: Sequence[bytes]) -> list[Stored]:
        """One visit to the disk: each file is flushed before it gets its name, each folder once after its last one."""
        kept = [Stored(digest=hashlib.sha256(content).hexdigest(), size=len(content)) for content in contents]
        incoming = self._folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        aside = {incoming / uuid.uuid4().hex: one.digest for one in kept}
        try:
            for path, content in zip(aside, contents, strict=True):
                with path.open("xb") as file:
                    file.write(content)
                    _flush(file)
            self._move(aside)
        finally:
            for path in aside:
                path.unlink(missing_ok=True)
        return kept

    def _move(self, aside: Mapping[Path, str]) -> None:
        """Give flushed files their place by digest; what is in place afterwards survives a loss of power."""
        folders = set()
        for path, digest in aside.items():
            target = self._path(digest)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)
            folders.add(target.parent)
        # A folder is a name in its parent. Another process, or one that died, may not have flushed it.
        named = {name for folder in folders for name in (folder, folder.parent, self._folder)} - self._lasting
        for folder in folders | {name.parent for name in named}:
            _flush_folder(folder)
        self._lasting |= named


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _discard(file: BinaryIO, aside: Path) -> None:
    file.close()
    aside.unlink(missing_ok=True)
