"""Fresh migrated databases for tests: each engine is migrated once, then copied."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from tortoise.backends.base.executor import EXECUTOR_CACHE

from tests.support.postgres import Postgres
from tests.support.processes import throwaway_folder

ENGINES = ("sqlite", "postgres")
ROOT = Path(__file__).resolve().parents[2]
MIGRATE = "import sys; from app.database import migrate; migrate(sys.argv[1])"


def migrate(url: str) -> None:
    """Bring a database's schema up to date in a process of its own: Tortoise keeps global state."""
    done = subprocess.run([sys.executable, "-c", MIGRATE, url], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"migrating {url} failed:\n{done.stderr}")


class Databases:
    """Hands out databases of both engines. PostgreSQL is started when the first test asks for it."""

    @cached_property
    def postgres(self) -> Postgres:
        return Postgres()

    @cached_property
    def _sqlite_template(self) -> Path:
        template = throwaway_folder("sqlite") / "template.sqlite3"
        migrate(f"sqlite://{template}")
        # What is still in the write-ahead log would be missing from a copy of the file alone.
        with sqlite3.connect(template) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return template

    @cached_property
    def _postgres_template(self) -> str:
        name = self.postgres.create_database()
        migrate(self.postgres.url(name))
        return name

    @contextmanager
    def fresh(self, engine: str, folder: Path, *, migrated: bool = True) -> Iterator[str]:
        """The URL of a new database; `folder` takes SQLite's file. Removed afterwards."""
        # Tortoise keeps each table's statements per process, in the dialect of the first database it met.
        EXECUTOR_CACHE.clear()
        if engine == "sqlite":
            file = folder / "casefeed.sqlite3"
            if migrated:
                shutil.copyfile(self._sqlite_template, file)
            yield f"sqlite://{file}"
            return
        name = self.postgres.create_database(template=self._postgres_template if migrated else None)
        try:
            yield self.postgres.url(name)
        finally:
            self.postgres.drop_database(name)

    def close(self) -> None:
        if "postgres" in self.__dict__:
            self.postgres.stop()
