"""Mailboxes that sign in with OAuth 2: the consent of a person, started and finished, and tokens renewed in time."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import defaultdict
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken

from app.database import Work
from app.desk import Desk
from app.errors import Invalid
from app.mailboxes.events import MailboxChanged
from app.mailboxes.models import Mailbox
from mail import oauth
from mail.errors import SignInRefused
from mail.oauth import Client, Provider, Tokens

CALLBACK = "/api/admin/mailboxes/oauth"
"""Where the provider sends the administrator back to; to be registered with the provider."""

CONSENT_WITHIN = 20 * 60
"""Seconds that a person has on the provider's pages."""

RENEW_BEFORE = timedelta(minutes=5)
"""Before a token runs out it is renewed, so that it holds through a sign-in on a slow connection."""

NOT_CONNECTED = "Not connected yet: open the mailbox in administration and connect it with the provider."

_renewing: defaultdict[tuple[int, int], asyncio.Lock] = defaultdict(asyncio.Lock)
"""One renewal at a time per desk and mailbox: intake and delivery ask at the same moment."""


def redirect_uri(desk: Desk) -> str:
    return f"{desk.settings.public_url.rstrip('/')}{CALLBACK}"


def provider_of(row: Mailbox) -> Provider:
    """Raises Invalid where the mailbox uses a password, or its own provider is not wholly set."""
    match row.oauth_provider:
        case "google":
            return oauth.GOOGLE
        case "microsoft":
            return oauth.microsoft(row.oauth_tenant)
        case "other":
            for name in ("oauth_authorise_url", "oauth_token_url", "oauth_scopes"):
                value = getattr(row, name)
                if not value:
                    raise Invalid("This is needed for a provider of your own.", field=name)
                if name.endswith("_url") and not value.startswith(("https://", "http://")):
                    raise Invalid("An address that begins with https:// is needed.", field=name)
            return Provider(
                name="The provider",
                authorise_url=row.oauth_authorise_url,
                token_url=row.oauth_token_url,
                scopes=tuple(row.oauth_scopes.split()),
            )
    raise Invalid("This mailbox signs in with a password.", field="oauth_provider")


def begin(desk: Desk, row: Mailbox, *, user_id: int | None) -> str:
    """The consent page's address. What the answer is recognised by travels sealed, so that nobody can forge it."""
    verifier = secrets.token_urlsafe(48)
    state = desk.keys.seal(json.dumps({"mailbox": row.id, "user": user_id, "verifier": verifier}))
    return oauth.consent_url(
        provider_of(row),
        _client(desk, row),
        redirect_uri=redirect_uri(desk),
        state=state,
        verifier=verifier,
        user=row.imap_user,
    )


def read_state(desk: Desk, state: str, *, user_id: int | None) -> tuple[int, str]:
    """Mailbox and verifier of an answer. Raises Invalid where it is not ours, too old, or another person's."""
    try:
        told = json.loads(desk.keys.open_recent(state, seconds=CONSENT_WITHIN))
    except (InvalidToken, ValueError) as error:
        raise Invalid("This consent was begun elsewhere or too long ago; begin anew.", field="state") from error
    if not isinstance(told, dict) or told.get("user") != user_id:
        raise Invalid("This consent was begun by somebody else; begin anew.", field="state")
    return int(told["mailbox"]), str(told["verifier"])


async def finish(desk: Desk, row: Mailbox, *, code: str, verifier: str) -> Tokens:
    """Tokens for the code. Raises Invalid in the provider's words, or TransportError where it cannot be asked."""
    try:
        tokens = await oauth.exchange(
            provider_of(row), _client(desk, row), code=code, verifier=verifier, redirect_uri=redirect_uri(desk)
        )
    except SignInRefused as error:
        raise Invalid(error.text, field="oauth_client_id") from error
    if not tokens.refresh_token:
        raise Invalid("The provider gave no lasting access (no refresh token).", field="oauth_scopes")
    return tokens


async def connect(desk: Desk, work: Work, row: Mailbox, tokens: Tokens) -> None:
    """Keep the tokens; intake and delivery take them up at once."""
    await Mailbox.filter(id=row.id).update(
        **_columns(desk, tokens), oauth_problem="", sending_paused_until=None, sending_problem=""
    )
    work.record(MailboxChanged(row.id))


def connected(row: Mailbox) -> bool:
    return bool(row.oauth_refresh_token) and not row.oauth_problem


class MailboxToken:
    """The TokenSource of one mailbox: the stored access token while it holds, else a new one."""

    def __init__(self, desk: Desk, mailbox: int) -> None:
        self._desk = desk
        self._mailbox = mailbox

    async def __call__(self, refused: str = "") -> str:
        """Raises SignInRefused until somebody connects the mailbox anew, ConnectFailed where the provider is away."""
        async with _renewing[id(self._desk), self._mailbox]:
            row = await Mailbox.get(id=self._mailbox)
            if row.oauth_problem:
                raise SignInRefused(row.oauth_problem, code="token_refused")
            if not row.oauth_refresh_token:
                raise SignInRefused(NOT_CONNECTED, code="not_connected")
            held = self._desk.keys.open(row.oauth_access_token) if row.oauth_access_token else ""
            if held and held != refused and _holds(row.oauth_expires_at, self._desk.now()):
                return held
            return await self._renew(row)

    async def _renew(self, row: Mailbox) -> str:
        used = row.oauth_refresh_token
        try:
            tokens = await oauth.refresh(
                provider_of(row), _client(self._desk, row), refresh_token=self._desk.keys.open(used)
            )
        except SignInRefused as error:
            # Another process may have renewed it a moment ago, and some providers take each refresh token only once.
            told = Mailbox.filter(id=row.id, oauth_refresh_token=used)
            if not await told.update(oauth_problem=error.text, oauth_access_token=""):
                return await self._of_the_other()
            raise
        await Mailbox.filter(id=row.id).update(**_columns(self._desk, tokens))
        return tokens.access_token

    async def _of_the_other(self) -> str:
        row = await Mailbox.get(id=self._mailbox)
        if row.oauth_problem or not row.oauth_access_token:
            raise SignInRefused(row.oauth_problem or NOT_CONNECTED, code="token_refused")
        return self._desk.keys.open(row.oauth_access_token)


def _holds(until: datetime | None, now: datetime) -> bool:
    return until is not None and until - now > RENEW_BEFORE


def _client(desk: Desk, row: Mailbox) -> Client:
    secret = desk.keys.open(row.oauth_client_secret) if row.oauth_client_secret else ""
    return Client(id=row.oauth_client_id, secret=secret)


def _columns(desk: Desk, tokens: Tokens) -> dict[str, object]:
    kept: dict[str, object] = {
        "oauth_access_token": desk.keys.seal(tokens.access_token),
        "oauth_expires_at": desk.now() + timedelta(seconds=tokens.seconds),
    }
    if tokens.refresh_token:
        kept["oauth_refresh_token"] = desk.keys.seal(tokens.refresh_token)
    return kept
