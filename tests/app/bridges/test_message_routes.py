"""What a message is made of, over HTTP: its source, pictures fetched by the desk, and attached messages."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from app.cases import moving
from app.cases.models import Case, Entry, File
from tests.support.casework import actor, reply
from tests.support.desk import TestDesk, running_desk
from tests.support.mailwork import STRANGER, PostBox, a_post_box, letter
from tests.support.web_server import WebServer, web_server

DOT = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


@pytest.fixture
async def box(desk: TestDesk) -> PostBox:
    return await a_post_box(desk)


async def a_case_with_pictures(box: PostBox, server: WebServer) -> Case:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "pavel@northwind.example", "help@desk.example", "Photos"
    mail["Message-ID"] = "<photos@northwind.example>"
    mail.set_content("See the photos.")
    images = "".join(f'<img src="{server.url}/{name}">' for name in ("a.gif?x=1&amp;y=2", "page.html", "none"))
    mail.add_alternative(f"<p>See the photos.</p>{images}", subtype="html")
    row = await box.receive(mail.as_bytes())
    return await Case.get(id=row.case_id)


async def test_the_source_of_a_message_is_kept_whole(box: PostBox) -> None:
    raw = letter("It does not heat.")
    row = await box.receive(raw)
    maria = await box.desk.browser("maria")
    answer = await maria.get(f"/api/cases/{row.case_id}/entries/1/source")
    assert (answer.status_code, answer.content) == (200, raw)
    assert answer.headers["content-disposition"] == f'attachment; filename="case-{row.case_id}-1.eml"'
    said = await reply(box.desk, await Case.get(id=row.case_id), "maria")
    assert (await maria.get(f"/api/cases/{row.case_id}/entries/{said.position}/source")).status_code == 404


async def test_an_address_of_a_private_network_is_never_asked(box: PostBox) -> None:
    async with web_server() as server:
        case = await a_case_with_pictures(box, server)
        refused = await (await box.desk.browser("pavel")).get(f"/api/cases/{case.id}/entries/1/pictures/0")
        assert refused.status_code == 404
        assert "public network" in refused.json()["detail"]
        assert server.asked == []


async def test_pictures_are_fetched_by_the_desk_and_only_pictures(database: str, tmp_path: Path) -> None:
    async with web_server() as server, running_desk(database, tmp_path, private_hosts=server.host) as desk:
        box = await a_post_box(desk)
        server.answer = lambda asked: {
            "/a.gif?x=1&y=2": (200, {"Content-Type": "text/html"}, DOT),
            "/page.html": (200, {"Content-Type": "image/gif"}, b"<script>alert(1)</script>"),
        }.get(asked.path, (404, {}, b""))
        case = await a_case_with_pictures(box, server)
        pavel = await box.desk.browser("pavel")
        path = f"/api/cases/{case.id}/entries/1/pictures"
        found = await pavel.get(f"{path}/0")
        assert (found.status_code, found.headers["content-type"], found.content) == (200, "image/gif", DOT)
        assert "sandbox" in found.headers["content-security-policy"]
        for number in (1, 2, 3):
            assert (await pavel.get(f"{path}/{number}")).status_code == 404
        assert {name for one in server.asked for name in one.headers} & {"cookie", "referer"} == set()
        liisa = await box.desk.browser("liisa")
        assert (await liisa.get(f"{path}/0")).status_code == 404


async def test_a_message_that_was_taken_away_gives_customers_nothing(database: str, tmp_path: Path) -> None:
    async with web_server() as server, running_desk(database, tmp_path, private_hosts=server.host) as desk:
        box = await a_post_box(desk)
        server.answer = lambda _: (200, {}, DOT)
        case = await a_case_with_pictures(box, server)
        other = await box.receive(letter("Another", subject="Other"))
        async with box.desk.desk.unit_of_work() as work:
            by = actor(box.desk.people["maria"])
            await moving.move_to(work, by=by, case_id=case.id, position=1, to_case_id=other.case_id or 0)
        for who, status in (("pavel", 404), ("maria", 200)):
            browser = await box.desk.browser(who)
            assert (await browser.get(f"/api/cases/{case.id}/entries/1/pictures/0")).status_code == status


async def test_an_attached_message_is_read_in_place(box: PostBox) -> None:
    inner = letter("Could you look?", sender=STRANGER, subject="Smoke", files=[("smoke.txt", b"grey")])
    row = await box.receive(letter("See below.", files=[("Smoke.eml", inner), ("list.txt", b"1")]))
    entry = await Entry.get(case_id=row.case_id, position=1)
    message, other = await File.filter(entry_id=entry.id).order_by("id")
    maria = await box.desk.browser("maria")
    shown = (await maria.get(f"/api/files/{message.id}/message")).json()
    assert (shown["subject"], shown["text"]) == ("Smoke", "Could you look?")
    assert shown["sender"] == {"name": "Sven Holm", "address": "sven@elsewhere.example"}
    assert shown["files"] == [{"name": "smoke.txt", "size": 4}]
    assert (await maria.get(f"/api/files/{other.id}/message")).status_code == 422
    liisa = await box.desk.browser("liisa")
    assert (await liisa.get(f"/api/files/{message.id}/message")).status_code == 404
