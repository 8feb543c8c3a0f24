"""API tokens: made and ended by people, narrowed by scopes, and never more than their user."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from websockets.asyncio.client import connect

from app.cases import actions
from app.commands.tail import follow
from app.people.actions.sessions import SEEN_EVERY
from app.people.actions.tokens import MAX_TOKENS
from app.people.actions.users import change_user
from app.people.authentication import COOKIE
from app.people.models import ApiToken, Session
from app.people.rights import SYSTEM
from app.people.tokens import token_hash
from app.queues.models import Queue
from app.web.models import RememberedAnswer
from channels.client import LiveClient
from channels.errors import Unreachable
from channels.frames import Entry
from tests.support.desk import Browser, TestDesk

WAIT = 20.0  # seconds until a wait counts as failed


async def token_for(desk: TestDesk, who: str, *scopes: str, **more: object) -> str:
    answer = await (await desk.browser(who)).post("/api/tokens", json={"name": "Bot", "scopes": scopes, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def program(desk: TestDesk, token: str) -> Browser:
    return await desk.stranger(Authorization=f"Bearer {token}", **{"User-Agent": "bot/1.0"})


async def a_case(desk: TestDesk) -> int:
    pavel = desk.people["pavel"]
    async with desk.desk.unit_of_work() as work:
        opened = await actions.open_case(
            work,
            by=SYSTEM,
            contact_id=pavel.contact_id or 0,
            queue_id=(await Queue.get(name="Support")).id,
            subject="The oven stays cold",
            text="Since this morning.",
            channel="portal",
        )
    return opened.row.id


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_token_is_shown_once_and_only_its_hash_is_stored(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    made = (await maria.post("/api/tokens", json={"name": " Night  bot ", "scopes": ["write", "read"]})).json()
    assert made["token"].startswith("casefeed_")
    assert made["api_token"]["name"] == "Night bot"
    assert made["api_token"]["scopes"] == ["read", "write"]
    row = await ApiToken.get(id=made["api_token"]["id"])
    assert row.token_hash == token_hash(made["token"])
    listed = await maria.get("/api/tokens")
    assert listed.json() == [made["api_token"]]
    assert made["token"] not in listed.text
    assert (await (await desk.browser("tomas")).get("/api/tokens")).json() == []


async def test_a_repeated_request_makes_one_token_which_no_table_remembers(desk: TestDesk) -> None:
    key, wanted = {"Idempotency-Key": "token-of-the-bot"}, {"name": "Bot", "scopes": ["read"]}
    maria, tomas = await desk.browser("maria"), await desk.browser("tomas")
    first = await maria.post("/api/tokens", json=wanted, headers=key)
    again = await maria.post("/api/tokens", json=wanted, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    token = first.json()["token"]
    assert all(token not in row.body for row in await RememberedAnswer.all())
    assert (await (await program(desk, token)).get("/api/me")).json()["user"]["name"] == "Maria Keller"
    assert (await tomas.post("/api/tokens", json=wanted, headers=key)).json()["token"] != token
    other = await maria.post("/api/tokens", json={**wanted, "name": "Another"}, headers=key)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_program_acts_as_its_user_without_cookie_and_csrf_token(desk: TestDesk) -> None:
    case_id = await a_case(desk)
    bot = await program(desk, await token_for(desk, "maria", "read", "write"))
    me = (await bot.get("/api/me")).json()
    assert (me["user"]["name"], me["csrf_token"]) == ("Maria Keller", "")
    answer = await bot.post(
        f"/api/cases/{case_id}/notes", json={"text": "Seen by a bot."}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["author"]["name"] == "Maria Keller"
    assert "set-cookie" not in answer.headers


async def test_rights_are_those_of_the_user(desk: TestDesk) -> None:
    bot = await program(desk, await token_for(desk, "pavel", "read", "write", "admin"))
    assert (await bot.get("/api/portal/cases")).status_code == 200
    assert told(await bot.get("/api/cases")) == (403, "forbidden")
    assert told(await bot.get("/api/admin/users")) == (403, "forbidden")


@pytest.mark.parametrize(
    ("scopes", "reads", "writes", "administers", "changes_the_desk"),
    [
        (("read",), True, False, False, False),
        (("write",), False, True, False, False),
        (("admin",), False, False, False, False),
        (("read", "write"), True, True, False, False),
        (("read", "admin"), True, False, True, False),
        (("read", "write", "admin"), True, True, True, True),
    ],
)
async def test_scopes_narrow_what_a_token_does(
    desk: TestDesk, scopes: tuple[str, ...], reads: bool, writes: bool, administers: bool, changes_the_desk: bool
) -> None:
    bot = await program(desk, await token_for(desk, "helmi", *scopes))
    answers = [
        await bot.get("/api/queues"),
        await bot.post("/api/contacts", json={"name": "Kaisa Laine"}),
        await bot.get("/api/admin//users/"),
        await bot.post("/api/admin/teams", json={"name": "Bakers"}),
    ]
    assert [answer.status_code < 300 for answer in answers] == [reads, writes, administers, changes_the_desk]
    for answer in answers:
        if answer.status_code >= 300:
            assert told(answer) == (403, "forbidden")
            assert answer.json()["data"]["missing_scopes"]


async def test_access_itself_is_managed_by_people_only(desk: TestDesk) -> None:
    token = await token_for(desk, "maria", "read", "write", "admin")
    bot = await program(desk, token)
    sessions = await Session.all().count()
    for method, path, body in (
        ("POST", "/api/tokens", {"name": "More", "scopes": ["admin"]}),
        ("GET", "/api/tokens", None),
        ("DELETE", "/api/tokens/1", None),
        ("GET", "/api/sessions", None),
        ("DELETE", "/api/sessions", None),
        ("POST", "/api/session", {"email": "tomas@desk.example", "password": "three blue herons"}),
        ("PATCH", "/api/me", {"name": "Mallory"}),
    ):
        assert told(await bot.request(method, path, json=body)) == (403, "forbidden"), path
    assert await Session.all().count() == sessions
    assert await ApiToken.all().count() == 1


async def test_whoever_shows_a_wrong_token_is_nobody_even_with_a_cookie(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    cookie = f"{COOKIE}={maria.cookies[COOKIE]}"
    wrong = await desk.stranger(Authorization="Bearer casefeed_nothing", Cookie=cookie)
    assert told(await wrong.get("/api/me")) == (401, "not_signed_in")
    other_scheme = await desk.stranger(Authorization="Basic eDp5", Cookie=cookie)
    assert (await other_scheme.get("/api/me")).status_code == 200


async def test_a_token_ends_by_time_by_deletion_and_with_its_user(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    until = desk.desk.now() + timedelta(days=2)
    short = await program(desk, await token_for(desk, "maria", "read", expires_at=until.isoformat()))
    assert (await short.get("/api/queues")).status_code == 200
    desk.clock.advance(days=2)
    assert told(await short.get("/api/queues")) == (401, "not_signed_in")

    deleted = await program(desk, await token_for(desk, "maria", "read"))
    token_id = (await maria.get("/api/tokens")).json()[0]["id"]
    tomas = await desk.browser("tomas")
    assert told(await tomas.delete(f"/api/tokens/{token_id}")) == (404, "not_found")
    assert (await maria.delete(f"/api/tokens/{token_id}")).status_code == 204
    assert told(await deleted.get("/api/queues")) == (401, "not_signed_in")

    orphan = await program(desk, await token_for(desk, "tomas", "read"))
    async with desk.desk.unit_of_work() as work:
        await change_user(work, user_id=desk.people["tomas"].id, active=False)
    assert told(await orphan.get("/api/queues")) == (401, "not_signed_in")
    assert await ApiToken.filter(user_id=desk.people["tomas"].id).count() == 0


async def test_a_new_password_ends_what_a_thief_may_have_made(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    bot = await program(desk, await token_for(desk, "maria", "read"))
    change = {"current_password": "three blue herons", "new_password": "nine orange lighthouses"}
    assert (await maria.patch("/api/me", json=change)).status_code == 200
    assert told(await bot.get("/api/queues")) == (401, "not_signed_in")


async def test_the_owner_sees_when_a_token_was_last_used(desk: TestDesk) -> None:
    bot = await program(desk, await token_for(desk, "maria", "read"))
    assert (await ApiToken.get()).used_at is None
    first = desk.desk.now()
    await bot.get("/api/queues")
    desk.clock.advance(seconds=SEEN_EVERY.total_seconds() / 2)
    await bot.get("/api/queues")
    assert (await ApiToken.get()).used_at == first
    desk.clock.advance(seconds=SEEN_EVERY.total_seconds())
    await bot.get("/api/queues")
    assert (await ApiToken.get()).used_at == desk.desk.now()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Bot", "scopes": []}, "scopes"),
        ({"name": " ", "scopes": ["read"]}, "name"),
        ({"name": "x" * 121, "scopes": ["read"]}, "name"),
        ({"name": "Bot", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ],
)
async def test_what_cannot_be_made_is_told_by_field(desk: TestDesk, body: dict[str, object], field: str) -> None:
    answer = await (await desk.browser("maria")).post("/api/tokens", json=body)
    assert told(answer) == (422, "invalid")
    assert answer.json()["field"] == field


async def test_unknown_scopes_and_too_many_tokens_are_refused(desk: TestDesk) -> None:
    maria = await desk.browser("maria")
    assert told(await maria.post("/api/tokens", json={"name": "Bot", "scopes": ["root"]})) == (422, "invalid")
    for number in range(MAX_TOKENS):
        await ApiToken.create(
            user_id=desk.people["maria"].id,
            token_hash=f"{number}",
            name="Bot",
            scopes=["read"],
            created_at=desk.desk.now(),
        )
    assert told(await maria.post("/api/tokens", json={"name": "Bot", "scopes": ["read"]})) == (422, "invalid")


async def test_the_live_feed_takes_a_token_until_it_is_deleted(desk: TestDesk) -> None:
    case_id = await a_case(desk)
    token = await token_for(desk, "maria", "read")
    url = desk.url.replace("http", "ws", 1) + "/live"
    arrived, ended = asyncio.Event(), asyncio.Event()

    async def listen() -> None:
        async with LiveClient(url, token=token) as client:
            try:
                async for frame in client.follow(f"case/{case_id}", since=0):
                    assert isinstance(frame, Entry)
                    arrived.set()
            except Unreachable:
                ended.set()

    listening = asyncio.create_task(listen())
    async with asyncio.timeout(WAIT):
        await arrived.wait()
        maria = await desk.browser("maria")
        await maria.delete(f"/api/tokens/{(await ApiToken.get()).id}")
        await ended.wait()
    await listening


async def test_a_reading_token_cannot_mark_as_read(desk: TestDesk) -> None:
    case_id = await a_case(desk)
    for scopes, answer in ((("read",), '"type":"error"'), (("read", "write"), '"type":"read"')):
        token = await token_for(desk, "maria", *scopes)
        async with connect(
            desk.url.replace("http", "ws", 1) + "/live", additional_headers={"Authorization": f"Bearer {token}"}
        ) as socket:
            await socket.send(f'{{"type":"join","topic":"case/{case_id}","since":0}}')
            async with asyncio.timeout(WAIT):
                while '"up_to_date"' not in str(await socket.recv()):
                    pass
                await socket.send(f'{{"type":"read","topic":"case/{case_id}","position":1}}')
                while answer not in (frame := str(await socket.recv())):
                    assert '"type":"error"' not in frame


async def test_tail_prints_with_a_token_and_says_when_it_is_no_good(
    desk: TestDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    case_id = await a_case(desk)
    token = await token_for(desk, "maria", "read")
    tailing = asyncio.create_task(follow(f"case/{case_id}", url=desk.url, since=0, token=token))
    out = ""
    async with asyncio.timeout(WAIT):
        while "Since this morning." not in out:
            await asyncio.sleep(0.02)
            out += capsys.readouterr().out
    maria = await desk.browser("maria")
    await maria.delete(f"/api/tokens/{(await ApiToken.get()).id}")
    async with asyncio.timeout(WAIT):
        assert await tailing == 1
        assert await follow(f"case/{case_id}", url=desk.url, since=0, token="casefeed_nothing") == 1
