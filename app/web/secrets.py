"""Unlocking the installation's keys: from the settings, or with a random secret that the first start stores."""

from __future__ import annotations

import secrets

from tortoise.exceptions import IntegrityError

from app.keys import MASTER, Keys
from app.settings import Settings
from app.web.models import InstallationSecret


async def unlock_keys(keys: Keys, settings: Settings) -> None:
    """Needs an open and migrated database; safe when two processes start at the same moment."""
    if settings.secret_key is not None:
        keys.unlock(settings.secret_key.get_secret_value())
        return
    row = await InstallationSecret.get_or_none(name=MASTER)
    if row is None:
        try:
            row = await InstallationSecret.create(name=MASTER, value=secrets.token_urlsafe(48))
        except IntegrityError:
            row = await InstallationSecret.get(name=MASTER)
    keys.unlock(row.value)
