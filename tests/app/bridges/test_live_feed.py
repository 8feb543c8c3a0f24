"""Snapshot + frames = fresh snapshot, for every action, as staff and as a customer see it, on both databases."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from websockets.asyncio.client import ClientConnection, connect

from app.bridges import live_counts
from app.cases import actions, moving
from app.cases.models import Case
from app.people.authentication import COOKIE
from app.queues.models import Queue
from tests.support.casework import actor, change, note, open_case, reply
from tests.support.desk import Browser, TestDesk

Frame = dict[str, Any]
Action = Callable[[TestDesk, Case], Awaitable[object]]


async def escalate(desk: TestDesk, case: Case) -> None:
    async with desk.desk.unit_of_work() as work:
        await actions.escalate(work, by=actor(desk.people["maria"]), case_id=case.id, reason="It burns.")


async def spam(desk: TestDesk, case: Case) -> None:
    async with desk.desk.unit_of_work() as work:
        await actions.mark_spam(work, by=actor(desk.people["maria"]), case_id=case.id, spam=True)


async def move(desk: TestDesk, case: Case) -> None:
    urgent = await Queue.get(purpose="escalation")
    await change(desk, case, queue_id=urgent.id)


ACTIONS: dict[str, Action] = {
    "staff reply": lambda desk, case: reply(desk, case, "maria"),
    "customer reply": lambda desk, case: reply(desk, case, "pavel"),
    "reply and wait": lambda desk, case: reply(desk, case, "maria", status="waiting"),
    "note": lambda desk, case: note(desk, case),
    "status": lambda desk, case: change(desk, case, status="resolved"),
    "priority": lambda desk, case: change(desk, case, priority="urgent"),
    "owner": lambda desk, case: change(desk, case, owner_id=desk.people["tomas"].id),
    "subject": lambda desk, case: change(desk, case, subject="Something else"),
    "tags": lambda desk, case: change(desk, case, tags=["oven", "cold"]),
    "queue": move,
    "escalate": escalate,
    "spam": spam,
}


class Socket:
    """One person's socket: collects the frames of each topic, and knows when a topic has reached a head."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def join(self, topic: str, since: int | None = None) -> None:
        joining = {"type": "join", "topic": topic, "ref": topic}
        await self._socket.send(json.dumps(joining if since is None else {**joining, "since": since}))
        await self.until(lambda frame: frame["type"] == "joined" and frame["topic"] == topic)

    async def until(self, wanted: Callable[[Frame], bool]) -> list[Frame]:
        """All frames up to the first that is wanted."""
        frames: list[Frame] = []
        async with asyncio.timeout(10):
            while True:
                frame = json.loads(await self._socket.recv())
                frames.append(frame)
                if wanted(frame):
                    return frames


@asynccontextmanager
async def socket_of(desk: TestDesk, browser: Browser) -> AsyncIterator[Socket]:
    url = desk.url.replace("http", "ws", 1) + "/live"
    cookie = f"{COOKIE}={browser.cookies[COOKIE]}"
    async with connect(url, additional_headers={"Cookie": cookie}) as socket:
        yield Socket(socket)


def apply_rows(rows: dict[str, Frame], frames: list[Frame], topic: str) -> dict[str, Frame]:
    """What the console does with the frames of a queue."""
    applied = dict(rows)
    for frame in frames:
        if frame.get("topic") != topic or frame["type"] not in ("row", "gone"):
            continue
        held = applied.get(frame["key"])
        if held is not None and held["version"] >= frame["version"]:
            continue
        if frame["type"] == "row":
            applied[frame["key"]] = frame["row"]
        else:
            applied.pop(frame["key"], None)
    return applied


def without_reader(rows: list[Frame]) -> dict[str, Frame]:
    return {str(row["id"]): {key: value for key, value in row.items() if key != "read_position"} for row in rows}


@pytest.mark.parametrize("name", ACTIONS)
async def test_the_feed_agrees_with_the_database_for_staff(desk: TestDesk, name: str) -> None:
    case, other = await open_case(desk), await open_case(desk, "aino", subject="Another")
    maria = await desk.browser("maria")
    queue = f"/api/queues/{case.queue_id}/cases?state=all"
    async with socket_of(desk, maria) as socket:
        await socket.join(f"case/{case.id}", since=0)
        await socket.join(f"queue/{case.queue_id}")
        before = without_reader((await maria.get(queue)).json()["items"])
        await ACTIONS[name](desk, case)
        head = (await Case.get(id=case.id)).last_position
        seen = await socket.until(
            lambda frame: frame["type"] in ("row", "gone") and frame["key"] == str(case.id) and frame["version"] == head
        )
        if not any(frame["type"] == "entry" and frame["position"] == head for frame in seen):
            seen += await socket.until(lambda frame: frame["type"] == "entry" and frame["position"] == head)
    entries = [frame["entry"] for frame in seen if frame["type"] == "entry"]
    stored = (await maria.get(f"/api/cases/{case.id}/entries?after=1")).json()
    assert entries == stored["items"]
    fresh = without_reader((await maria.get(queue)).json()["items"])
    applied = apply_rows(before, seen, f"queue/{case.queue_id}")
    assert without_reader(list(applied.values())) == fresh
    assert str(other.id) in fresh


@pytest.mark.parametrize("name", ACTIONS)
async def test_a_customer_gets_what_the_portal_shows_and_nothing_else(desk: TestDesk, name: str) -> None:
    case = await open_case(desk)
    pavel = await desk.browser("pavel")
    async with socket_of(desk, pavel) as socket:
        await socket.join(f"case/{case.id}", since=0)
        await ACTIONS[name](desk, case)
        await reply(desk, case, "tomas", "The last word.")
        head = (await Case.get(id=case.id)).last_public_position
        seen = await socket.until(lambda frame: frame["type"] == "entry" and frame["position"] == head)
    entries = [frame["entry"] for frame in seen if frame["type"] == "entry"]
    stored = (await pavel.get(f"/api/portal/cases/{case.id}/entries")).json()["items"]
    assert entries == stored[-len(entries) :]
    assert [entry["position"] for entry in stored] == list(range(1, head + 1))
    assert {entry["audience"] for entry in stored} == {"public"}
    assert "Between us" not in json.dumps(seen)


async def test_opening_shows_the_row_in_the_queue_and_in_the_portal_of_the_company(desk: TestDesk) -> None:
    maria, aino = await desk.browser("maria"), await desk.browser("aino")
    queue = await Queue.get(name="Support")
    async with socket_of(desk, maria) as staff, socket_of(desk, aino) as customer:
        await staff.join(f"queue/{queue.id}")
        await staff.join("queues/all")
        await customer.join("cases/company")
        case = await open_case(desk)
        seen = await staff.until(lambda frame: frame["type"] == "row" and frame["topic"] == "queues/all")
        rows = [frame for frame in seen if frame["topic"] == f"queue/{queue.id}" and frame["type"] == "row"]
        assert [row["key"] for row in rows] == [str(case.id)]
        assert seen[-1]["row"]["new"] == 1
        row = (await customer.until(lambda frame: frame["type"] == "row"))[-1]["row"]
    assert (row["number"], row["version"]) == (f"#{case.number}", 1)


async def test_a_stranger_may_not_join_and_learns_nothing(desk: TestDesk) -> None:
    case = await open_case(desk)
    liisa = await desk.browser("liisa")
    async with socket_of(desk, liisa) as socket:
        for topic in (f"case/{case.id}", "case/999999", f"queue/{case.queue_id}", "queues/all", "cases/company"):
            await socket._socket.send(json.dumps({"type": "join", "topic": topic}))
            refused = (await socket.until(lambda frame: frame["type"] == "refused"))[-1]
            assert (refused["topic"], refused["code"]) == (topic, "not_found")


async def test_typing_reaches_the_other_side_and_a_private_one_only_colleagues(desk: TestDesk) -> None:
    case = await open_case(desk)
    maria, tomas, pavel = [await desk.browser(who) for who in ("maria", "tomas", "pavel")]
    async with socket_of(desk, maria) as first, socket_of(desk, tomas) as second, socket_of(desk, pavel) as third:
        for socket in (first, second, third):
            await socket.join(f"case/{case.id}")
        say = {"type": "typing", "topic": f"case/{case.id}", "on": True}
        await first._socket.send(json.dumps({**say, "private": True}))
        typing = (await second.until(lambda frame: frame["type"] == "typing"))[-1]
        assert typing["name"] == "Maria Keller"
        await third._socket.send(json.dumps(say))
        seen = await second.until(lambda frame: frame["type"] == "typing" and frame["name"] == "Pavel Orlov")
        assert seen[-1]["on"] is True
        await first._socket.send(json.dumps(say))
        heard = await third.until(lambda frame: frame["type"] == "typing" and frame["name"] == "Maria Keller")
    assert len([frame for frame in heard if frame["type"] == "typing" and frame["name"] == "Maria Keller"]) == 1


async def test_signing_out_ends_the_socket_for_good(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    async with socket_of(desk, maria) as socket:
        await socket.join("person/me")
        assert (await maria.delete("/api/session")).status_code in (200, 204)
        async with asyncio.timeout(10):
            await socket._socket.wait_closed()
        assert socket._socket.close_code == 4200


async def test_a_read_mark_is_told_to_both_sides_in_their_own_positions(desk: TestDesk) -> None:
    case = await open_case(desk)
    await note(desk, case)
    await reply(desk, case, "pavel", "Hello?")
    maria, pavel = await desk.browser("maria"), await desk.browser("pavel")
    async with socket_of(desk, maria) as staff, socket_of(desk, pavel) as customer:
        await staff.join(f"case/{case.id}")
        await customer.join(f"case/{case.id}")
        await staff._socket.send(json.dumps({"type": "read", "topic": f"case/{case.id}", "position": 3}))
        assert (await customer.until(lambda frame: frame["type"] == "read"))[-1]["position"] == 2
        answer = await pavel.put(f"/api/portal/cases/{case.id}/read", json={"position": 2})
        assert answer.status_code == 204
        seen = await staff.until(
            lambda frame: frame["type"] == "read" and frame["member"] == f"user/{desk.people['pavel'].id}"
        )
    assert seen[-1]["position"] == 3


async def test_whoever_is_taken_out_of_a_case_gets_nothing_from_then_on(desk: TestDesk) -> None:
    """A message of Liisa is moved away, and with it her part in the case."""
    case, other = await open_case(desk), await open_case(desk, "aino", subject="Another")
    contact_id = desk.people["liisa"].contact_id or 0
    async with desk.desk.unit_of_work() as work:
        await actions.add_participant(work, by=actor(desk.people["maria"]), case_id=case.id, contact_id=contact_id)
        moved = await actions.reply(work, by=actor(desk.people["liisa"]), case_id=case.id, text="Not here.")
    liisa, pavel = await desk.browser("liisa"), await desk.browser("pavel")
    async with socket_of(desk, liisa) as out, socket_of(desk, pavel) as stays:
        await stays.join(f"case/{case.id}")
        await out.join(f"case/{case.id}", since=0)
        await out.join("cases/mine")
        before = (await Case.get(id=case.id)).last_public_position
        await out.until(lambda frame: frame["type"] == "entry" and frame["position"] == before)
        async with desk.desk.unit_of_work() as work:
            await moving.move_to(
                work, by=actor(desk.people["maria"]), case_id=case.id, position=moved.position, to_case_id=other.id
            )
        await reply(desk, case, "maria", "Only for Pavel.")
        await stays.until(lambda frame: frame["type"] == "entry" and frame["entry"]["text"] == "Only for Pavel.")
        seen = await out.until(lambda frame: frame["type"] == "left")
        if not any(frame["type"] == "gone" for frame in seen):
            seen += await out.until(lambda frame: frame["type"] == "gone")
        await out._socket.send(json.dumps({"type": "ping"}))
        seen += await out.until(lambda frame: frame["type"] == "pong")
    assert [frame["reason"] for frame in seen if frame["type"] == "left"] == ["rights"]
    gone = {(frame["topic"], frame["key"]) for frame in seen if frame["type"] == "gone"}
    assert gone == {("cases/mine", str(case.id))}
    assert "Only for Pavel." not in json.dumps(seen)


async def test_a_count_that_fails_is_no_error_that_nobody_sees(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    failed: list[str] = []

    async def lost() -> int:
        failed.append("fold")
        raise asyncpg.ConnectionDoesNotExistError("the server has ended this connection")

    monkeypatch.setattr(live_counts, "fold", lost)
    case = await open_case(desk)
    async with socket_of(desk, await desk.browser("maria")) as socket:
        await socket.join(f"queue/{case.queue_id}")
        for owner in ("maria", "tomas"):
            await change(desk, case, owner_id=desk.people[owner].id)
            await socket.until(lambda frame: frame["type"] == "counters")
    await asyncio.sleep(0)
    gc.collect()
    assert set(failed) == {"fold"}
    assert unseen == []
