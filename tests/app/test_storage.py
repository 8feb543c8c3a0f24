"""Keeping the bytes of files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.errors import NotFound, TooLarge
from app.storage import DiskStore


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_content_is_kept_under_its_hash_and_once(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    first = await store.put(chunks(b"bread ", b"and ", b"butter"), limit=100)
    second = await store.put_bytes(b"bread and butter")
    assert first == second
    assert first.digest == hashlib.sha256(b"bread and butter").hexdigest()
    assert first.size == 16
    assert len(files_in(tmp_path)) == 1
    assert await store.read_bytes(first.digest) == b"bread and butter"
    assert await store.size(first.digest) == 16


async def test_many_are_kept_at_once_in_their_order(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    kept = await store.put_all([b"bread", b"", b"butter", b"bread"])
    assert [one.size for one in kept] == [5, 0, 6, 5]
    assert [await store.read_bytes(one.digest) for one in kept] == [b"bread", b"", b"butter", b"bread"]
    assert len(files_in(tmp_path)) == 3
    assert await store.put_all([]) == []


async def test_files_and_their_folders_are_flushed_before_many_count_as_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    store = DiskStore(tmp_path)
    kept = await store.put_all([b"bread", b"butter"])
    assert [Path(one).parent for one in flushed[:2]] == [tmp_path / "incoming"] * 2
    holding = {tmp_path / one.digest[:2] / one.digest[2:4] for one in kept}
    naming = {tmp_path, tmp_path.parent} | {folder.parent for folder in holding}
    assert set(flushed[2:]) == {str(folder) for folder in holding | naming}

    flushed.clear()
    await store.put_all([b"bread"])
    assert set(flushed[1:]) == {str(tmp_path / kept[0].digest[:2] / kept[0].digest[2:4])}, "the names are safe already"


async def test_a_folder_that_another_process_made_is_flushed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await DiskStore(tmp_path).put_bytes(b"bread")
    flushed: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.readlink(f"/proc/self/fd/{handle}")))
    kept = await DiskStore(tmp_path).put_bytes(b"bread")
    assert {str(tmp_path), str(tmp_path / kept.digest[:2])} <= set(flushed)


async def test_a_full_disk_leaves_nothing_of_many_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        await DiskStore(tmp_path).put_all([b"bread", b"butter"])
    assert files_in(tmp_path) == []


async def test_a_part_can_be_read(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    kept = await store.put_bytes(b"bread and butter")
    assert b"".join([part async for part in store.read(kept.digest, start=6, length=3)]) == b"and"
    assert b"".join([part async for part in store.read(kept.digest, start=10)]) == b"butter"
    assert b"".join([part async for part in store.read(kept.digest, start=99)]) == b""


async def test_what_is_too_large_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await DiskStore(tmp_path).put(chunks(b"x" * 60, b"x" * 60), limit=100)
    assert files_in(tmp_path) == []


async def test_a_stream_that_breaks_leaves_nothing_behind(tmp_path: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await DiskStore(tmp_path).put(breaking(), limit=100)
    assert files_in(tmp_path) == []


async def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    for digest in ("0" * 64, "../../etc/passwd", ""):
        with pytest.raises(NotFound):
            await store.read_bytes(digest)
    assert await store.size("0" * 64) is None
    kept = await store.put_bytes(b"")
    await store.delete(kept.digest)
    await store.delete(kept.digest)
    assert await store.size(kept.digest) is None
