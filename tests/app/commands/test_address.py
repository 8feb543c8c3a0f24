"""A link printed beside a running desk leads to that desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.address import remember_address, with_served_address
from app.settings import Settings


def settings(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **given)  # type: ignore[call-arg, arg-type]


def test_links_lead_to_where_the_desk_was_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PUBLIC_URL", "PORT", "HOST"):
        monkeypatch.delenv(f"CASEFEED_{name}", raising=False)
    assert with_served_address(settings(tmp_path)).public_url == "http://127.0.0.1:8000"
    remember_address(settings(tmp_path, port=8300))
    assert with_served_address(settings(tmp_path)).public_url == "http://127.0.0.1:8300"
    assert with_served_address(settings(tmp_path, port=8400)).public_url == "http://127.0.0.1:8400"
    said = settings(tmp_path, public_url="https://desk.example.org")
    assert with_served_address(said).public_url == "https://desk.example.org"
