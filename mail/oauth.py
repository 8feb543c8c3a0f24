"""Signing in with OAuth 2 instead of a password: where to ask a person for consent, and tokens got and renewed.

    url = consent_url(provider, client, redirect_uri="https://desk.example/…", state="…", verifier=verifier)
    tokens = await exchange(provider, client, code="…", verifier=verifier, redirect_uri="https://desk.example/…")
    tokens = await refresh(provider, client, refresh_token=tokens.refresh_token)

Authorisation code flow with PKCE (RFC 6749, section 4.1; RFC 7636); the tokens are for SASL XOAUTH2.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from mail.errors import ConnectFailed, SignInRefused, TransportError

PATIENCE = 15.0
"""Seconds for an answer of the provider."""

USUAL_LIFE = 3600
"""Seconds that a token is taken to hold where the provider does not say (RFC 6749, section 5.1, only recommends it)."""

LASTING = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope", "access_denied"})
"""Errors of RFC 6749, section 5.2, that no repetition mends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The endpoints of one provider, and what is asked of it."""

    name: str
    authorise_url: str
    token_url: str
    scopes: tuple[str, ...]
    more: tuple[tuple[str, str], ...] = ()
    """Further parameters of the consent page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The application as it was registered with the provider. A public client has no secret."""

    id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the provider handed out. Without a new `refresh_token` the old one stays good."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    seconds: int = USUAL_LIFE


GOOGLE = Provider(
    name="Google",
    authorise_url="https://accounts.google.com/o/oauth2/v2/auth",
    token_url="https://oauth2.googleapis.com/token",  # noqa: S106  # an address
    scopes=("https://mail.google.com/",),
    # Google hands out a refresh token only when asked for access offline, and again only after asking anew.
    more=(("access_type", "offline"), ("prompt", "consent")),
)


def microsoft(tenant: str = "") -> Provider:
    """Microsoft 365 and Outlook.com; `tenant` is a directory's id or domain, empty for any account."""
    base = f"https://login.microsoftonline.com/{quote(tenant.strip() or 'common', safe='')}/oauth2/v2.0"
    outlook = "https://outlook.office.com"
    return Provider(
        name="Microsoft",
        authorise_url=f"{base}/authorize",
        token_url=f"{base}/token",
        scopes=(f"{outlook}/IMAP.AccessAsUser.All", f"{outlook}/SMTP.Send", "offline_access"),
        more=(("prompt", "select_account"),),
    )


def consent_url(
    provider: Provider, client: Client, *, redirect_uri: str, state: str, verifier: str, user: str = ""
) -> str:
    """The page where a person consents; it comes back to `redirect_uri` with `code` and `state`.

    `verifier` is 43 to 128 unguessable characters (RFC 7636, section 4.1); only its digest goes out here.
    """
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    values = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"),
        "code_challenge_method": "S256",
        **({"login_hint": user} if user else {}),
        **dict(provider.more),
    }
    joint = "&" if "?" in provider.authorise_url else "?"
    return f"{provider.authorise_url}{joint}{urlencode(values)}"


async def exchange(provider: Provider, client: Client, *, code: str, verifier: str, redirect_uri: str) -> Tokens:
    """Tokens for the code that the consent page gave. Raises SignInRefused, or ConnectFailed: try again."""
    return await _ask(
        provider,
        client,
        {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect_uri},
    )


async def refresh(provider: Provider, client: Client, *, refresh_token: str) -> Tokens:
    """A new access token. Raises SignInRefused when consent was taken back or has run out, else ConnectFailed."""
    return await _ask(provider, client, {"grant_type": "refresh_token", "refresh_token": refresh_token})


async def _ask(provider: Provider, client: Client, values: dict[str, str]) -> Tokens:
    form = {**values, "client_id": client.id, **({"client_secret": client.secret} if client.secret else {})}
    try:
        async with httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False) as http:
            answer = await http.post(provider.token_url, data=form, headers={"Accept": "application/json"})
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        reason = str(error) or type(error).__name__
        raise ConnectFailed(
            f"{provider.name} cannot be asked for a token: {reason}", code="token_unavailable"
        ) from error
    try:
        told: Any = answer.json()
    except ValueError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    token = told.get("access_token")
    if answer.status_code == 200 and isinstance(token, str) and token:
        return Tokens(access_token=token, refresh_token=str(told.get("refresh_token") or ""), seconds=_life(told))
    raise _refusal(provider, answer.status_code, told)


def _refusal(provider: Provider, status: int, told: dict[str, Any]) -> TransportError:
    word = str(told.get("error") or "")
    said = " ".join(str(told.get("error_description") or word or f"HTTP status {status}").split())[:300]
    if word in LASTING:
        return SignInRefused(f"{provider.name} gives no token any more. It says: {said}", code="token_refused")
    return ConnectFailed(f"{provider.name} gives no token now. It says: {said}", code="token_unavailable")


def _life(told: dict[str, Any]) -> int:
    try:
        return max(int(told.get("expires_in", USUAL_LIFE)), 0)
    except (TypeError, ValueError):
        return USUAL_LIFE
