"""The doors of the live feed: sockets, server-sent events, and what a process says that takes neither."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from app.cases import actions
from app.people import authentication
from app.people.authentication import COOKIE
from app.people.rights import SYSTEM
from app.queues.models import Queue
from channels.client import LiveClient
from channels.errors import CloseCode, Unreachable, comes_back
from channels.rounds import Rounds
from tests.channels.event_reader import EventReader
from tests.support.desk import TestDesk, running_desk
from tests.support.waiting import until
from tests.support.watching import watching


def code_of(closed: ConnectionClosed) -> int | None:
    """The close code that came from the other side."""
    return closed.rcvd and closed.rcvd.code


async def test_a_process_without_the_role_accepts_and_closes_with_a_code(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path, roles="web") as desk:
        maria = await desk.browser("maria")
        cookie = f"{COOKIE}={maria.cookies[COOKIE]}"
        async with connect(
            desk.url.replace("http", "ws", 1) + "/live", additional_headers={"Cookie": cookie}, open_timeout=5
        ) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
    assert code_of(closed.value) == CloseCode.UNAVAILABLE
    assert comes_back(CloseCode.UNAVAILABLE) == "later"


async def test_a_plain_request_is_told_to_upgrade(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path) as desk:
        answer = await (await desk.browser("maria")).get("/live")
    assert answer.status_code == 426


async def open_case(desk: TestDesk) -> int:
    async with desk.desk.unit_of_work() as work:
        opened = await actions.open_case(
            work,
            by=SYSTEM,
            contact_id=desk.people["pavel"].contact_id or 0,
            queue_id=(await Queue.get(name="Support")).id,
            subject="The oven stays cold",
            text="Since this morning.",
            channel="portal",
        )
    return opened.row.id


async def test_server_events_carry_a_case_until_the_session_ends(desk: TestDesk) -> None:
    case_id = await open_case(desk)
    pavel = await desk.browser("pavel")
    reader = EventReader(
        f"{desk.url}/live/events", {"Cookie": f"{COOKIE}={pavel.cookies[COOKIE]}"}, f"case/{case_id}", 0
    )
    try:
        await reader.until(1)
        maria = await desk.browser("maria")
        await maria.post(f"/api/cases/{case_id}/notes", json={"text": "An old oven."})
        await maria.post(f"/api/cases/{case_id}/replies", json={"text": "We look into it."})
        await reader.until(2)
        assert [entry["text"] for _, entry in reader.entries if entry["text"]] == [
            "Since this morning.",
            "We look into it.",
        ]
        await pavel.delete("/api/session")
        async with asyncio.timeout(20):
            await reader.task
        assert [close["come_back"] for close in reader.closes] == ["never"]
        assert reader.answers == [200, 401]
    finally:
        await reader.stop()


async def test_server_events_are_refused_as_problems(desk: TestDesk) -> None:
    case_id = await open_case(desk)
    for who, topic, status, code in (
        (None, f"case/{case_id}", 401, "not_signed_in"),
        ("liisa", f"case/{case_id}", 404, "not_found"),
        ("pavel", "queue/1", 404, "not_found"),
        ("pavel", "nothing", 422, "invalid"),
        ("pavel", f"case/{case_id}&since=x", 422, "invalid"),
    ):
        browser = await (desk.stranger() if who is None else desk.browser(who))
        answer = await browser.get(f"/live/events?topic={topic}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await browser.post("/live/events?topic=case/1")).status_code == 405


async def test_a_process_without_the_role_has_no_server_events(sqlite_database: str, tmp_path: Path) -> None:
    async with running_desk(sqlite_database, tmp_path, roles="web") as desk:
        answer = await (await desk.browser("maria")).get("/live/events?topic=case/1")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_while_nobody_can_say_who_it_is_readers_are_told_to_come_back(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away: a refused handshake would be the last word to a program, a 500 to an EventSource."""
    case_id = await open_case(desk)
    maria = await desk.browser("maria")
    cookie = f"{COOKIE}={maria.cookies[COOKIE]}"
    token = (await maria.post("/api/tokens", json={"name": "Bot", "scopes": ["read"]})).json()["token"]

    async def away(*_: object, **__: object) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(authentication, "session_of_token", away)
    monkeypatch.setattr(authentication, "live_api_token", away)
    for headers in ({"Cookie": cookie}, {"Authorization": f"Bearer {token}"}):
        async with connect(
            desk.url.replace("http", "ws", 1) + "/live", additional_headers=headers, open_timeout=5
        ) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert code_of(closed.value) == CloseCode.UNAVAILABLE
        answer = await (await desk.stranger(**headers)).get(f"/live/events?topic=case/{case_id}")
        assert answer.status_code == 200
        assert f'"code":{int(CloseCode.UNAVAILABLE)}' in answer.text
        assert '"come_back":"later"' in answer.text
    assert (await maria.get("/api/me")).status_code == 500


async def test_a_feed_that_ends_by_a_fault_begins_anew_and_its_readers_come_back(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, trip, runs = Rounds.run, asyncio.Event(), 0

    async def run_until_tripped(rounds: Rounds) -> None:
        nonlocal runs
        runs += 1
        if runs > 1:
            return await run(rounds)
        await trip.wait()
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(Rounds, "run", run_until_tripped)
    async with running_desk(sqlite_database, tmp_path) as desk:
        case_id, maria = await open_case(desk), await desk.browser("maria")
        topic = f"case/{case_id}"
        async with watching(desk.url, f"{COOKIE}={maria.cookies[COOKIE]}") as watcher:
            await watcher.join(topic, since=0)
            await watcher.reaches(topic, 1)
            trip.set()
            await until(lambda: watcher.client.connections == 2, what="coming back")
            assert watcher.client.close_codes == [CloseCode.MOVED]
            assert (await maria.post(f"/api/cases/{case_id}/replies", json={"text": "We look."})).status_code == 201
            await watcher.reaches(topic, 2)
    assert runs == 2


async def test_a_program_reads_events_with_a_token_of_the_right_scope_until_it_is_deleted(desk: TestDesk) -> None:
    case_id = await open_case(desk)
    maria = await desk.browser("maria")
    tokens = {
        scope: (await maria.post("/api/tokens", json={"name": scope, "scopes": [scope]})).json()
        for scope in ("read", "write")
    }
    url, topic = f"{desk.url}/live/events", f"case/{case_id}"
    refused = await (await desk.stranger(Authorization=f"Bearer {tokens['write']['token']}")).get(
        f"/live/events?topic={topic}"
    )
    assert (refused.status_code, refused.json()["data"]) == (403, {"missing_scopes": ["read"]})
    reader = EventReader(url, {"Authorization": f"Bearer {tokens['read']['token']}"}, topic, 0)
    try:
        await maria.post(f"/api/cases/{case_id}/notes", json={"text": "An old oven."})
        await reader.until(2)
        assert [entry["text"] for _, entry in reader.entries] == ["Since this morning.", "An old oven."]
        await maria.delete(f"/api/tokens/{tokens['read']['api_token']['id']}")
        async with asyncio.timeout(20):
            await reader.task
        assert [close["come_back"] for close in reader.closes] == ["never"]
        assert reader.answers == [200, 401]
    finally:
        await reader.stop()


async def test_a_socket_of_a_token_without_the_scope_to_read_is_refused_for_good(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    token = (await maria.post("/api/tokens", json={"name": "Bot", "scopes": ["write"]})).json()["token"]
    async with LiveClient(desk.url.replace("http", "ws", 1) + "/live", token=token) as client:
        following = client.follow("person/me")
        async with asyncio.timeout(20):
            with pytest.raises(Unreachable):
                await anext(following)
        assert client.connections == 0
