"""A mailbox is connected by a click: consent, sign-in at a real Dovecot and at an SMTP server, renewal, refusal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.mailboxes.accounts import imap_settings, smtp_settings
from app.mailboxes.models import Mailbox
from app.queues.models import Queue
from mail.errors import AccountProblem, ConnectFailed, SignInRefused
from mail.imap import ImapSession
from mail.smtp_connection import open_connection
from tests.support.desk import Browser, TestDesk
from tests.support.dovecot import running_dovecot
from tests.support.scripted_smtp import scripted_smtp
from tests.support.token_endpoint import CLIENT, SECRET, TokenEndpoint, token_endpoint

HELP = "help@desk.example"


async def settings(provider: TokenEndpoint, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Help", "address": HELP, "queue_id": (await Queue.get(name="Support")).id,
        "imap_host": "127.0.0.1", "imap_port": 9, "imap_security": "none", "imap_user": HELP,
        "smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_security": "none",
        "oauth_provider": "other", "oauth_client_id": CLIENT, "oauth_client_secret": SECRET,
        "oauth_authorise_url": f"{provider.url}/authorise", "oauth_token_url": f"{provider.url}/token",
        "oauth_scopes": "imap smtp", **changes,
    }  # fmt: skip


@asynccontextmanager
async def connected(desk: TestDesk, provider: TokenEndpoint, **changes: Any) -> AsyncIterator[tuple[Browser, int]]:
    helmi = await desk.browser("helmi")
    answer = await helmi.post("/api/admin/mailboxes", json=await settings(provider, **changes))
    assert answer.status_code == 201, answer.text
    number = answer.json()["id"]
    begun = await helmi.post(f"/api/admin/mailboxes/{number}/connect")
    assert begun.status_code == 200, begun.text
    assert begun.json()["redirect_uri"].endswith("/api/admin/mailboxes/oauth")
    back = urlsplit(provider.consent(begun.json()["url"]))
    arrived = await helmi.get(f"{back.path}?{back.query}")
    assert arrived.status_code == 302, arrived.text
    assert arrived.headers["location"] == f"/console/admin/mailboxes/{number}?connected=1"
    yield helmi, number


async def test_a_click_connects_the_mailbox_and_no_token_ever_comes_out(desk: TestDesk) -> None:
    with token_endpoint(HELP) as provider:
        async with connected(desk, provider) as (helmi, number):
            shown = await helmi.get("/api/admin/mailboxes")
            (view,) = shown.json()
            assert view["has_oauth_refresh_token"]
            assert view["has_oauth_client_secret"]
            row = await Mailbox.get(id=number)
            for secret in (SECRET, provider.refresh_token, *provider.good):
                assert secret not in shown.text
                assert secret not in row.oauth_client_secret + row.oauth_refresh_token + row.oauth_access_token
            assert desk.desk.keys.open(row.oauth_refresh_token) == provider.refresh_token


async def test_the_token_signs_in_at_a_real_server_and_is_renewed_before_it_runs_out(desk: TestDesk) -> None:
    with token_endpoint(HELP) as provider, running_dovecot(introspection=f"{provider.url}/introspect") as dovecot:
        async with connected(desk, provider) as (_, number):
            await Mailbox.filter(id=number).update(imap_port=dovecot.port)

            async def sign_in() -> None:
                session = await ImapSession.open(imap_settings(desk.desk, await Mailbox.get(id=number)))
                await session.select("INBOX")
                await session.log_out()

            await sign_in()
            await sign_in()
            assert len(provider.heard) == 1, "a token that holds is used again"
            desk.clock.now += timedelta(minutes=56)
            await sign_in()
            assert [one["grant_type"] for one in provider.heard] == ["authorization_code", "refresh_token"]
            assert desk.desk.keys.open((await Mailbox.get(id=number)).oauth_refresh_token) == provider.refresh_token
            # The person changed their password: the server refuses a token that should still hold.
            provider.good.clear()
            await sign_in()
            assert len(provider.heard) == 3


async def test_the_token_signs_in_for_sending(desk: TestDesk) -> None:
    with token_endpoint(HELP) as provider:
        async with scripted_smtp(tokens=provider.good) as server, connected(desk, provider) as (_, number):
            await Mailbox.filter(id=number).update(smtp_port=server.port)
            client = await open_connection(smtp_settings(desk.desk, await Mailbox.get(id=number)), patience=5)
            await client.quit()
            provider.good.clear()
            client = await open_connection(smtp_settings(desk.desk, await Mailbox.get(id=number)), patience=5)
            await client.quit()
            assert server.connections == 2
            assert [one["grant_type"] for one in provider.heard] == ["authorization_code", "refresh_token"]


async def test_consent_that_was_taken_back_pauses_the_mailbox_until_somebody_connects_it_anew(desk: TestDesk) -> None:
    with token_endpoint(HELP) as provider:
        async with connected(desk, provider) as (helmi, number):
            provider.revoked = True
            desk.clock.now += timedelta(hours=2)
            token = imap_settings(desk.desk, await Mailbox.get(id=number)).token
            assert token is not None, "the mailbox signs in with a token"
            for _ in range(3):
                with pytest.raises(SignInRefused, match="revoked"):
                    await token("")
            assert len(provider.heard) == 2, "the provider is asked once, not at every attempt"
            async with scripted_smtp(tokens=set()) as server:
                await Mailbox.filter(id=number).update(smtp_port=server.port)
                settings = smtp_settings(desk.desk, await Mailbox.get(id=number))
                with pytest.raises(AccountProblem, match="revoked"):
                    await open_connection(settings, patience=5)
            (view,) = (await helmi.get("/api/admin/mailboxes")).json()
            assert "revoked" in view["oauth_problem"]
            provider.revoked = False
            begun = await helmi.post(f"/api/admin/mailboxes/{number}/connect")
            back = urlsplit(provider.consent(begun.json()["url"]))
            assert (await helmi.get(f"{back.path}?{back.query}")).headers["location"].endswith("?connected=1")
            assert await token("") in provider.good


async def test_a_provider_that_is_away_is_no_refusal(desk: TestDesk) -> None:
    with token_endpoint(HELP) as provider:
        async with connected(desk, provider) as (_, number):
            desk.clock.now += timedelta(hours=2)
            provider.broken = True
            token = imap_settings(desk.desk, await Mailbox.get(id=number)).token
            assert token is not None, "the mailbox signs in with a token"
            with pytest.raises(ConnectFailed):
                await token("")
            provider.broken = False
            assert await token("") in provider.good
            assert (await Mailbox.get(id=number)).oauth_problem == ""


async def test_intake_and_delivery_that_ask_together_renew_once(desk: TestDesk) -> None:
    with token_endpoint(HELP) as provider:
        async with connected(desk, provider) as (_, number):
            desk.clock.now += timedelta(hours=2)
            row = await Mailbox.get(id=number)
            sources = [imap_settings(desk.desk, row).token, smtp_settings(desk.desk, row).token]
            tokens = await asyncio.gather(*(source("") for source in sources if source is not None))
            assert tokens[0] == tokens[1]
            assert len(provider.heard) == 2


async def test_another_person_cannot_finish_a_consent(desk: TestDesk) -> None:
    with token_endpoint(HELP) as provider:
        async with connected(desk, provider) as (helmi, number):
            begun = await helmi.post(f"/api/admin/mailboxes/{number}/connect")
            back = urlsplit(provider.consent(begun.json()["url"]))
            olga = await desk.browser("olga")
            assert (await olga.get(f"{back.path}?{back.query}")).status_code == 403
            forged = {**parse_qs(back.query), "state": "gAAAAA"}
            assert (await helmi.get(back.path, params=forged)).status_code == 422
            asked = len(provider.heard)
            refused = await helmi.get(
                back.path, params={"state": parse_qs(back.query)["state"][0], "error": "access_denied"}
            )
            assert refused.headers["location"] == f"/console/admin/mailboxes/{number}?refused=access_denied"
            assert len(provider.heard) == asked


async def test_another_account_or_application_must_be_consented_to_anew(desk: TestDesk) -> None:
    with token_endpoint(HELP) as provider:
        async with connected(desk, provider) as (helmi, number):
            await helmi.patch(f"/api/admin/mailboxes/{number}", json={"signature": "Yours", "skip_test": True})
            assert (await Mailbox.get(id=number)).oauth_refresh_token
            await helmi.patch(
                f"/api/admin/mailboxes/{number}", json={"imap_user": "other@desk.example", "skip_test": True}
            )
            assert (await Mailbox.get(id=number)).oauth_refresh_token == ""


async def test_what_is_missing_is_said_at_its_field(desk: TestDesk) -> None:
    helmi = await desk.browser("helmi")
    with token_endpoint(HELP) as provider:
        for changes, field in (
            ({"oauth_client_id": ""}, "oauth_client_id"),
            ({"oauth_token_url": ""}, "oauth_token_url"),
            ({"oauth_token_url": "ftp://somewhere"}, "oauth_token_url"),
            ({"account_id": 4711}, "account_id"),
        ):
            answer = await helmi.post("/api/admin/mailboxes", json=await settings(provider, **changes))
            assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
