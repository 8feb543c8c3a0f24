"""The first start of a desk, also when several processes begin at the same moment on one empty database."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from app.cases.models import Status
from app.database import connection, database, migrate_open_database, missing_migrations
from app.people.models import User
from app.queues.models import Queue
from app.service_levels.models import Calendar, Policy
from app.start_lock import one_start_at_a_time
from app.web.models import InstallationSecret
from tests.app.test_serving import environment
from tests.support.desk_process import COMMAND

PATIENCE = 120  # seconds on a busy machine


def invite(name: str, settings: dict[str, str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "invite-administrator", f"{name}@desk.example"],
        env=settings,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_processes_that_start_together_set_up_one_desk(empty_database: str, tmp_path: Path) -> None:
    settings = environment(tmp_path, database_url=empty_database, database_pool=1)
    starting = [invite(name, settings, tmp_path) for name in ("helmi", "olga", "maria")]
    said = [await asyncio.to_thread(process.communicate, timeout=PATIENCE) for process in starting]
    assert [process.returncode for process in starting] == [0, 0, 0], said
    assert all("/reset/" in out and not err for out, err in said), said
    async with database(empty_database):
        assert await missing_migrations() == []
        assert await Queue.all().order_by("sort").values_list("name", flat=True) == ["Support", "Urgent", "Spam"]
        assert await Status.all().count() == 6
        assert (await Calendar.all().count(), await Policy.all().count()) == (1, 1)
        assert await InstallationSecret.all().count() == 1
        assert await User.filter(role="administrator").count() == 3


async def test_a_second_start_waits_for_the_first(database: str) -> None:
    from app.database import database as opened

    async with opened(database, pool=1):
        async with one_start_at_a_time(connection()):
            second = asyncio.create_task(_hold_shortly())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(second), 0.2)
        await asyncio.wait_for(second, 10)


async def test_a_current_schema_is_left_alone(database: str) -> None:
    from app.database import database as opened

    async with opened(database, pool=1), one_start_at_a_time(connection()):
        assert await migrate_open_database() == []  # without waiting for the lock that is held


async def _hold_shortly() -> None:
    async with one_start_at_a_time(connection()):
        pass
