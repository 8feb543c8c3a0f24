"""A desk full of open cases on PostgreSQL, made by SQL from one case that was really opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tortoise.transactions import in_transaction

from app.bridges.wiring import subscribe_inside
from app.cases import actions
from app.database import connection, database
from app.desk import Desk
from app.first_start import make_ready
from app.main import build_desk
from app.people.models import Account, Contact, Team, TeamMember, User
from app.people.rights import Actor
from app.queues.models import Queue
from app.settings import Settings
from app.web.secrets import unlock_keys
from tests.support.databases import migrate
from tests.support.postgres import Postgres

OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday, when the office opens: the first answer is due at 13:00, the warning comes at 12:30."""


@asynccontextmanager
async def desk_with_one_case(postgres: Postgres) -> AsyncIterator[tuple[Desk, int]]:
    """A fresh desk with the usual policy, a team with a lead, an escalation queue, and one case of a customer."""
    url = postgres.url(postgres.create_database())
    migrate(url)
    with TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, database_url=url, data_dir=Path(folder), log_level="error")
        desk = build_desk(settings, now=lambda: OPENED)
        async with database(url):
            await unlock_keys(desk.keys, settings)
            await make_ready(desk)
            subscribe_inside(desk)
            yield desk, await _one_case(desk)


async def _one_case(desk: Desk) -> int:
    team = await Team.create(name="Ovens", created_at=OPENED)
    for name, role in (("Maria", "agent"), ("Olga", "team_lead")):
        user = await User.create(
            email=f"{name.lower()}@desk.example", name=name, role=role, language="en", active=True, created_at=OPENED
        )
        await TeamMember.create(team_id=team.id, user_id=user.id)
    queue = await Queue.filter(purpose="work").order_by("id").first()
    urgent = await Queue.filter(purpose="escalation").order_by("id").first()
    assert queue is not None
    assert urgent is not None
    await Queue.all().update(team_id=team.id)
    await Queue.filter(id=queue.id).update(escalation_queue_id=urgent.id)
    account = await Account.create(name="Northwind Bakery", created_at=OPENED)
    contact = await Contact.create(name="Aino Virtanen", account_id=account.id, created_at=OPENED)
    async with desk.unit_of_work() as work:
        case = await actions.open_case(
            work,
            by=Actor("contact", None, contact.id, contact.name),
            contact_id=contact.id,
            queue_id=queue.id,
            subject="The oven stays cold",
            text="It does not heat.",
            channel="portal",
        )
    return case.row.id


async def multiply(case_id: int, first: int, last: int, *, entries: bool, spread: bool = False) -> None:
    """Copies of the case with the ids `first` to `last`, with its clocks and, where asked for, its feed.

    With `spread` the moments of the clocks lie in the coming weeks, as those of open cases do.
    """
    tables = {
        "desk_case": ("id", "number", "id + 1000"),
        "case_clock": ("case_id", None, ""),
        **({"entry": ("case_id", None, "")} if entries else {}),
    }
    for table, (key, second, value) in tables.items():
        columns = [
            row["column_name"]
            for row in await connection().execute_query_dict(
                "SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position",
                [table],
            )
        ]
        taken = [one for one in columns if one != "id" or key == "id"]
        chosen = [
            "copy"
            if one == key
            else f"{one} + (copy % 100000) * interval '17 seconds'"
            if spread and one in {"claim_at", "wake_at"}
            else f"copy + {value.rpartition(' ')[2]}"
            if one == second
            else f'"{one}"'
            for one in taken
        ]
        names = ", ".join(f'"{one}"' for one in taken)
        async with in_transaction():
            await connection().execute_query(
                f"INSERT INTO {table} ({names}) SELECT {', '.join(chosen)} "
                f"FROM {table}, generate_series({first}, {last}) AS copy WHERE {table}.{key} = {case_id}"
            )
    # Ids were given, not drawn; the next real case draws a free one.
    await connection().execute_query("SELECT setval(pg_get_serial_sequence('desk_case', 'id'), $1)", [last])
    await connection().execute_script("ANALYZE desk_case; ANALYZE case_clock; ANALYZE entry")
