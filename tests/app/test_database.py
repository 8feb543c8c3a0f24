"""What a database URL says: which engine, and which file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.database import tortoise_config


@pytest.mark.parametrize("slashes", ["sqlite://", "sqlite:///"])
def test_a_path_that_begins_with_a_slash_is_absolute_with_three_slashes_and_with_four(
    slashes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "elsewhere"
    here.mkdir()
    monkeypatch.chdir(here)

    assert file_of(f"{slashes}{tmp_path}/desk/casefeed.sqlite3") == f"{tmp_path}/desk/casefeed.sqlite3"
    assert (tmp_path / "desk").is_dir()
    assert list(here.iterdir()) == []


def test_a_path_without_a_slash_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert file_of("sqlite://data/casefeed.sqlite3") == "data/casefeed.sqlite3"
    assert (tmp_path / "data").is_dir()


def test_what_stands_behind_the_path_stays(tmp_path: Path) -> None:
    connection = tortoise_config(f"sqlite:///{tmp_path}/casefeed.sqlite3?synchronous=NORMAL")["connections"]["default"]

    assert connection["credentials"]["synchronous"] == "NORMAL"
    assert connection["credentials"]["file_path"] == f"{tmp_path}/casefeed.sqlite3"


def file_of(url: str) -> str:
    return str(tortoise_config(url)["connections"]["default"]["credentials"]["file_path"])
