"""Every route × every role: who is let in and who is not, against the table in tests/support/rights_table.py."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import httpx
from litestar.routes import HTTPRoute

from app.cases import actions
from app.cases.files import keep
from app.main import create_app
from app.people.models import Contact
from app.people.rights import Actor
from app.queues.models import Queue
from tests.support.desk import Browser, TestDesk, running_desk, settings_for
from tests.support.rights_table import NOT_ROUTES_OF_OURS, PEOPLE, TABLE, Row

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
MISSING = re.compile(r"999999|unknown|nothing")
BLANK = re.compile(r"\{[^}]*\}|999999|unknown")


def template_of(row: Row) -> str:
    return row.route or BLANK.sub("{}", row.path)


def test_every_route_has_its_row(tmp_path: Path) -> None:
    """A new route does not go unnoticed: it fails here until the table says who may use it."""
    app = create_app(settings_for("sqlite://:memory:", tmp_path))
    paths = {route.path for route in app.routes}
    routes = {
        (method, re.sub(r"\{[^}]*\}", "{}", route.path))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods & METHODS
    }
    rows = {(row.method, template_of(row)) for row in TABLE}
    assert sorted(routes - rows) == [], "routes that tests/support/rights_table.py does not know"
    assert sorted(rows - routes) == [], "rows without a route"
    assert {path for path in paths if "/live" in path} <= NOT_ROUTES_OF_OURS


async def test_everybody_gets_in_where_they_belong_and_nowhere_else(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path) as desk:
        names, fresh = await furnish(desk), itertools.count(1)
        wrong: list[str] = []
        for column, who in PEOPLE.items():
            browser = await visit(desk, who)
            for row in TABLE:
                answer = await ask(browser, row, {**names, "fresh": f"{column}{next(fresh)}"})
                if verdict := judge(row, column, answer):
                    wrong.append(f"{row.method} {row.path} as {column}: {verdict} {answer.text[:160]}")
                if row.path.startswith("/api/session"):  # it may have ended
                    browser = await visit(desk, who)
        assert wrong == []


async def visit(desk: TestDesk, who: str | None) -> Browser:
    return await (desk.stranger() if who is None else desk.browser(who))


async def furnish(desk: TestDesk) -> dict[str, str]:
    """Pavel's case with a file in a public entry and another one in a note; answers what the braces stand for."""
    pavel, maria = desk.people["pavel"], desk.people["maria"]
    contact = await Contact.get(id=pavel.contact_id)
    queue = await Queue.get(name="Support")
    as_pavel = Actor(kind="contact", user_id=pavel.id, contact_id=contact.id, name=pavel.name)
    as_maria = Actor(kind="staff", user_id=maria.id, contact_id=None, name=maria.name)
    async with desk.desk.unit_of_work() as work:
        files = [
            await keep(
                desk.desk,
                work,
                name="a.txt",
                content_type="text/plain",
                content=b"bread",
                inline=False,
                content_id=None,
            )
            for _ in range(2)
        ]
        opened = await actions.open_case(
            work,
            by=as_pavel,
            contact_id=contact.id,
            queue_id=queue.id,
            subject="The oven stays cold",
            text="Since this morning.",
            channel="portal",
            files=files[:1],
        )
        case_id = opened.row.id
        await actions.add_note(work, by=as_maria, case_id=case_id, text="An old oven.", files=files[1:])
    return {
        "case": str(case_id),
        "file": str(files[0].id),
        "note_file": str(files[1].id),
        "contact": str(contact.id),
        "account": str(contact.account_id),
        "queue": str(queue.id),
        "pavel": str(pavel.id),
    }


async def ask(browser: Browser, row: Row, names: dict[str, str]) -> httpx.Response:
    options: dict[str, Any] = {}
    if row.body is not None:
        options["json"] = filled(row.body, names)
    elif row.multipart:
        options["files"] = {"file": ("a.txt", b"bread", "text/plain")}
    elif row.raw is not None:
        options.update(content=row.raw, headers={"Content-Type": "image/png"})
    return await browser.request(row.method, row.path.format(**names) + row.query, **options)


def judge(row: Row, column: str, answer: httpx.Response) -> str | None:
    """What is wrong with the answer, if anything."""
    status = answer.status_code
    if column in row.allowed:
        fine = status < 400 or status in row.also or (status in {404, 410} and MISSING.search(row.path))
        return None if fine else f"should be let in, got {status}"
    if column == "anonymous":
        return None if status == 401 else f"should be asked to sign in, got {status}"
    if status == 403 or (status == 404 and row.hidden):
        return None
    return f"should be refused, got {status}"


def filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, names) for inner in value]
    if isinstance(value, str):
        text = value.format(**names)
        return int(text) if value.startswith("{") and text.isdigit() else text
    return value
