"""Where the bytes of attachments live: a small port that names content by its hash, and its implementation on disk."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import uuid
from collections.abc import AsyncIterable, AsyncIterator
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
            await asyncio.to_thread(self._move, aside, hasher.hexdigest())
        finally:
            await asyncio.to_thread(_discard, file, aside)
        return Stored(digest=hasher.hexdigest(), size=size)

    async def put_bytes(self, content: bytes) -> Stored:
        async def once() -> AsyncIterator[bytes]:
            yield content

        return await self.put(once(), limit=len(content))

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

    def _move(self, aside: Path, digest: str) -> None:
        target = self._path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(aside, target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _discard(file: BinaryIO, aside: Path) -> None:
    file.close()
    aside.unlink(missing_ok=True)
