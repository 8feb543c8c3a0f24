"""Signing in, sessions and what ends them."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from app.people.authentication import COOKIE
from app.people.events import SignedOut
from app.people.models import Session, SignInAttempt, User
from app.people.tokens import token_hash
from tests.support.desk import PASSWORD, TestDesk


async def test_signing_in_tells_who_one_is(desk: TestDesk) -> None:
    browser = await desk.stranger()
    answer = await browser.sign_in("  Aino@Northwind.example ")
    assert answer.status_code == 200
    me = answer.json()
    assert me["user"]["name"] == "Aino Virtanen"
    assert me["user"]["role"] == "company_administrator"
    assert me["user"]["account_id"] == (await desk.people["aino"].contact).account_id
    assert me["staff"] is False
    assert me["rights"] == []
    assert (await browser.get("/api/me")).json() == me


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: TestDesk) -> None:
    answer = await (await desk.stranger()).sign_in("maria@desk.example")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert answer.headers["cache-control"] == "no-store"


async def test_only_the_hash_of_the_token_is_stored(desk: TestDesk) -> None:
    browser = await desk.stranger()
    await browser.sign_in("maria@desk.example")
    token = browser.cookies[COOKIE]
    session = await Session.get(user_id=desk.people["maria"].id)
    assert session.token_hash == token_hash(token)
    assert token not in str(vars(session))


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("maria@desk.example", "three blue heron"),
        ("nobody@desk.example", PASSWORD),
        ("not an address", PASSWORD),
        ("maria@desk.example", ""),
        ("maria@desk.example", "x" * 900),
        ("", ""),
    ],
)
async def test_wrong_credentials_all_sound_alike(desk: TestDesk, email: str, password: str) -> None:
    answer = await (await desk.stranger()).sign_in(email, password)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "wrong_credentials"
    assert "set-cookie" not in answer.headers


async def test_a_deactivated_user_cannot_sign_in(desk: TestDesk) -> None:
    await User.filter(email="maria@desk.example").update(active=False)
    answer = await (await desk.stranger()).sign_in("maria@desk.example")
    assert answer.json()["code"] == "wrong_credentials"


async def test_an_offered_session_id_is_never_taken_over(desk: TestDesk) -> None:
    """Session fixation: the attacker plants a cookie, the victim signs in, the planted one stays worthless."""
    planted = "a-token-that-the-attacker-knows"
    victim = await desk.stranger()
    victim.cookies.set(COOKIE, planted, domain=httpx.URL(desk.url).host)
    answer = await victim.sign_in("maria@desk.example")
    assert answer.status_code == 200
    assert COOKIE in answer.headers["set-cookie"]
    assert planted not in answer.headers["set-cookie"]
    attacker = await desk.stranger()
    attacker.cookies.set(COOKIE, planted, domain=httpx.URL(desk.url).host)
    assert (await attacker.get("/api/me")).status_code == 401


async def test_signing_in_again_ends_what_the_browser_had(desk: TestDesk) -> None:
    browser = await desk.browser("maria")
    before = browser.cookies[COOKIE]
    assert (await browser.sign_in("maria@desk.example")).status_code == 200
    thief = await desk.stranger(Cookie=f"{COOKIE}={before}")
    assert (await thief.get("/api/me")).status_code == 401
    assert await Session.filter(user_id=desk.people["maria"].id).count() == 1


async def test_signing_out_ends_the_session_on_the_server(desk: TestDesk) -> None:
    browser = await desk.browser("maria")
    token = browser.cookies[COOKIE]
    session = await Session.get(user_id=desk.people["maria"].id)
    assert (await browser.delete("/api/session")).status_code == 204
    assert desk.events == [SignedOut((session.id,))]
    thief = await desk.stranger(Cookie=f"{COOKIE}={token}")
    assert (await thief.get("/api/me")).status_code == 401


async def test_sessions_are_listed_and_ended_one_by_one(desk: TestDesk) -> None:
    here, there = await desk.stranger(), await desk.stranger(**{"User-Agent": "Mozilla/5.0 (iPhone) Safari/605"})
    await there.sign_in("maria@desk.example")
    desk.clock.advance(minutes=1)
    await here.sign_in("maria@desk.example")
    listed = (await here.get("/api/sessions")).json()
    assert [(row["device"], row["address"], row["current"]) for row in listed] == [
        ("Firefox · Linux", "127.0.0.1", True),
        ("Safari · iPhone", "127.0.0.1", False),
    ]
    assert (await here.delete(f"/api/sessions/{listed[1]['id']}")).status_code == 204
    assert (await there.get("/api/me")).status_code == 401
    assert (await here.get("/api/me")).status_code == 200
    assert (await here.delete(f"/api/sessions/{listed[1]['id']}")).json()["code"] == "not_found"


async def test_nobody_ends_somebody_elses_session(desk: TestDesk) -> None:
    await desk.browser("maria")
    marias = await Session.get(user_id=desk.people["maria"].id)
    answer = await (await desk.browser("helmi")).delete(f"/api/sessions/{marias.id}")
    assert answer.status_code == 404
    assert await Session.exists(id=marias.id)


async def test_signing_out_everywhere_else_keeps_this_place(desk: TestDesk) -> None:
    here, there, elsewhere = [await desk.browser("maria") for _ in range(3)]
    assert (await here.delete("/api/sessions")).status_code == 204
    assert [(await browser.get("/api/me")).status_code for browser in (here, there, elsewhere)] == [200, 401, 401]
    [event] = desk.events
    assert isinstance(event, SignedOut)
    assert len(event.session_ids) == 2


async def test_a_session_lasts_while_it_is_used(desk: TestDesk) -> None:
    used, left = await desk.browser("maria"), await desk.browser("tomas")
    for _ in range(3):
        desk.clock.advance(days=12)
        answer = await used.get("/api/me")
        assert answer.status_code == 200
        assert COOKIE in answer.headers["set-cookie"]
    assert (await left.get("/api/me")).status_code == 401


async def test_being_seen_is_written_every_few_minutes_only(desk: TestDesk) -> None:
    browser = await desk.browser("maria")
    desk.clock.advance(minutes=4)
    assert "set-cookie" not in (await browser.get("/api/me")).headers
    first = await Session.get(user_id=desk.people["maria"].id)
    desk.clock.advance(minutes=2)
    await browser.get("/api/me")
    second = await Session.get(user_id=desk.people["maria"].id)
    assert (second.seen_at - first.seen_at).total_seconds() == 360


async def test_guessing_at_one_account_is_stopped(desk: TestDesk) -> None:
    browser = await desk.stranger()
    answers = [await browser.sign_in("maria@desk.example", f"guess number {n}") for n in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    problem = answers[-1].json()
    assert problem["code"] == "too_many_attempts"
    assert problem["data"]["retry_after"] == 900
    assert answers[-1].headers["retry-after"] == "900"
    assert (await browser.sign_in("maria@desk.example")).status_code == 429
    assert (await browser.sign_in("tomas@desk.example")).status_code == 200
    desk.clock.advance(seconds=901)
    assert (await browser.sign_in("maria@desk.example")).status_code == 200


async def test_success_clears_the_counter_of_the_account(desk: TestDesk) -> None:
    browser = await desk.stranger()
    for _ in range(9):
        await browser.sign_in("maria@desk.example", "wrong password")
    assert (await browser.sign_in("maria@desk.example")).status_code == 200
    assert not await SignInAttempt.exists(subject="account:maria@desk.example")


async def test_unknown_accounts_are_limited_like_known_ones(desk: TestDesk) -> None:
    browser = await desk.stranger()
    answers = [await browser.sign_in("nobody@desk.example", "wrong password") for _ in range(11)]
    assert answers[-1].status_code == 429


async def test_guessing_from_one_address_is_stopped(desk: TestDesk) -> None:
    async with desk.desk.unit_of_work() as work:
        for _ in range(60):
            await SignInAttempt.create(subject="address:127.0.0.1", succeeded=False, at=work.now)
    answer = await (await desk.stranger()).sign_in("maria@desk.example")
    assert answer.status_code == 429


async def test_me_needs_a_session(desk: TestDesk) -> None:
    answer = await (await desk.stranger()).get("/api/me")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"


async def test_rights_change_at_once_in_running_sessions(desk: TestDesk) -> None:
    helmi, maria = await desk.browser("helmi"), await desk.browser("maria")
    assert (await maria.get("/api/admin/teams")).status_code == 403
    changed = await helmi.patch(f"/api/admin/users/{desk.people['maria'].id}", json={"role": "team_lead"})
    assert changed.status_code == 200
    assert (await maria.get("/api/admin/teams")).status_code == 200
    assert "teams" in (await maria.get("/api/me")).json()["rights"]


async def test_parallel_guesses_do_not_outrun_the_limit(desk: TestDesk) -> None:
    browser = await desk.stranger()
    answers = await asyncio.gather(*(browser.sign_in("maria@desk.example", f"guess number {n}") for n in range(16)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 6


async def test_an_unknown_user_costs_as_much_as_a_known_one(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def compare(password_hash: str, password: str) -> bool:
        compared.append(password_hash)
        return True

    monkeypatch.setattr("app.people.passwords._verify", compare)
    answer = await (await desk.stranger()).sign_in("nobody@desk.example", "whatever it is")
    assert answer.status_code == 401
    assert [kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for kept in compared] == [True]


async def test_a_weakly_kept_password_is_kept_better_after_signing_in(desk: TestDesk) -> None:
    weak = (await User.get(email="maria@desk.example")).password_hash
    assert (await (await desk.stranger()).sign_in("maria@desk.example")).status_code == 200
    strong = (await User.get(email="maria@desk.example")).password_hash
    assert strong != weak
    assert str(strong).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (await (await desk.stranger()).sign_in("maria@desk.example")).status_code == 200


async def test_spellings_of_one_address_share_one_counter(desk: TestDesk) -> None:
    browser = await desk.stranger()
    spellings = ["maria@desk.example", "MARIA@desk.example", " maria@Desk.example", "maria\u200b@desk.example"]
    answers = [await browser.sign_in(spellings[n % 4], f"guess number {n}") for n in range(11)]
    assert answers[-1].status_code == 429


async def test_other_cookies_do_not_hide_the_session(desk: TestDesk) -> None:
    token = (await desk.browser("maria")).cookies[COOKIE]
    for cookies in (f'odd={{"a": "b, c"}}; {COOKIE}={token}', f"=; ;{COOKIE}={token}; x", f"a=1; {COOKIE}={token}"):
        assert (await (await desk.stranger(Cookie=cookies)).get("/api/me")).status_code == 200
    for cookies in (f"x{COOKIE}={token}", f"{COOKIE}=", COOKIE, f"{COOKIE}={token}x"):
        assert (await (await desk.stranger(Cookie=cookies)).get("/api/me")).status_code == 401
