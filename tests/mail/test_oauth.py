"""OAuth 2: what the providers' pages are asked, what their token endpoints answer, and what an answer means."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from mail.errors import ConnectFailed, SignInRefused
from mail.oauth import GOOGLE, Client, Provider, consent_url, exchange, microsoft, refresh
from tests.support.ports import free_port
from tests.support.token_endpoint import CLIENT, SECRET, TokenEndpoint, token_endpoint

BACK = "https://desk.example/api/admin/mailboxes/oauth"
VERIFIER = "v" * 64
OURS = Client(id=CLIENT, secret=SECRET)


def at(provider: Provider, endpoint: TokenEndpoint) -> Provider:
    return replace(provider, authorise_url=f"{endpoint.url}/authorise", token_url=f"{endpoint.url}/token")


def asked(provider: Provider) -> dict[str, str]:
    url = consent_url(provider, OURS, redirect_uri=BACK, state="s", verifier=VERIFIER, user="help@desk.example")
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_google_is_asked_for_lasting_access_to_mail() -> None:
    values = asked(GOOGLE)
    assert (values["scope"], values["access_type"], values["prompt"]) == (
        "https://mail.google.com/",
        "offline",
        "consent",
    )
    assert (values["client_id"], values["redirect_uri"], values["login_hint"]) == (CLIENT, BACK, "help@desk.example")
    assert VERIFIER not in str(values), "the verifier never leaves before the code came"
    assert SECRET not in str(values)


def test_microsoft_is_asked_at_its_tenant_for_both_directions() -> None:
    provider = microsoft("desk.example")
    assert provider.token_url == "https://login.microsoftonline.com/desk.example/oauth2/v2.0/token"
    assert microsoft().authorise_url.startswith("https://login.microsoftonline.com/common/")
    scope = asked(provider)["scope"].split()
    assert "https://outlook.office.com/IMAP.AccessAsUser.All" in scope
    assert "https://outlook.office.com/SMTP.Send" in scope
    assert "offline_access" in scope


@pytest.mark.parametrize("provider", [GOOGLE, microsoft()], ids=lambda one: one.name)
async def test_a_code_becomes_tokens_and_tokens_are_renewed(provider: Provider) -> None:
    with token_endpoint("help@desk.example") as endpoint:
        here = at(provider, endpoint)
        back = endpoint.consent(consent_url(here, OURS, redirect_uri=BACK, state="s", verifier=VERIFIER))
        code = parse_qs(urlsplit(back).query)["code"][0]
        first = await exchange(here, OURS, code=code, verifier=VERIFIER, redirect_uri=BACK)
        assert first.seconds == 3600
        second = await refresh(here, OURS, refresh_token=first.refresh_token)
        assert second.access_token != first.access_token
        assert endpoint.good == {first.access_token, second.access_token}


async def test_a_code_without_its_verifier_is_worth_nothing() -> None:
    with token_endpoint("help@desk.example") as endpoint:
        here = at(GOOGLE, endpoint)
        back = endpoint.consent(consent_url(here, OURS, redirect_uri=BACK, state="s", verifier=VERIFIER))
        code = parse_qs(urlsplit(back).query)["code"][0]
        with pytest.raises(SignInRefused, match="not yours"):
            await exchange(here, OURS, code=code, verifier="w" * 64, redirect_uri=BACK)


async def test_what_lasts_is_told_from_what_passes() -> None:
    with token_endpoint("help@desk.example") as endpoint:
        here = at(GOOGLE, endpoint)
        with pytest.raises(SignInRefused, match="revoked") as lasting:
            await refresh(here, OURS, refresh_token="an old one")
        assert lasting.value.code == "token_refused"
        with pytest.raises(SignInRefused, match="unknown"):
            await refresh(here, Client(id="nobody"), refresh_token="an old one")
        endpoint.broken = True
        with pytest.raises(ConnectFailed, match="503") as passing:
            await refresh(here, OURS, refresh_token="an old one")
        assert passing.value.code == "token_unavailable"
    nobody = replace(GOOGLE, token_url=f"http://127.0.0.1:{free_port()}/token")
    with pytest.raises(ConnectFailed):
        await refresh(nobody, OURS, refresh_token="an old one")
