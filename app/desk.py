"""What every route, bridge and command is handed: the settings, the clock, randomness and the ways to the data."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from app.database import Work, unit_of_work
from app.events import Bus
from app.keys import Keys
from app.settings import Settings
from app.storage import FileStore


@dataclass(frozen=True, slots=True)
class Desk:
    """One running installation."""

    settings: Settings
    bus: Bus
    now: Callable[[], datetime]
    """The current moment, aware, in UTC."""
    token: Callable[[], str]
    """A fresh random token of 32 bytes, safe in URLs."""
    store: FileStore
    keys: Keys

    def unit_of_work(self) -> AbstractAsyncContextManager[Work]:
        """One transaction at the current moment; see app.database.unit_of_work."""
        return unit_of_work(self.bus, now=self.now())
