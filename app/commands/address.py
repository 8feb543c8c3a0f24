"""Remembers in the data folder where the desk was last served, for commands that print links beside it."""

from __future__ import annotations

from contextlib import suppress

from app.settings import Settings

FILE = "served-at.txt"


def remember_address(settings: Settings) -> None:
    """Write the address people use; a folder that cannot be written is reported by what needs it more."""
    with suppress(OSError):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        (settings.data_dir / FILE).write_text(settings.public_url, encoding="utf-8")


def with_served_address(settings: Settings) -> Settings:
    """Return settings whose links begin where the desk is served, unless a setting says where that is."""
    if settings.model_fields_set & {"public_url", "port", "host"}:
        return settings
    try:
        address = (settings.data_dir / FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return settings
    return settings.model_copy(update={"public_url": address}) if address else settings
