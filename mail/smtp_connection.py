"""Opens an SMTP submission connection: connect, secure, sign in, each failure with a code and a clear sentence."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

import aiosmtplib

from mail.accounts import Security, SmtpSettings, TokenSource
from mail.errors import AccountProblem, ConnectFailed, SignInRefused, TlsFailed, TransportError
from mail.failures import connect_failure

PATIENCE = 60.0
"""Seconds for one answer before the message itself is handed over; RFC 5321, section 4.5.3.2 grants servers minutes."""


async def open_connection(settings: SmtpSettings, *, patience: float = PATIENCE) -> aiosmtplib.SMTP:
    """A connection that is ready to send.

    Raises AccountProblem where somebody must change something (certificate, password), otherwise ConnectFailed,
    TimedOut or ConnectionLost: try again later.
    """
    context = settings.tls
    if context is None and settings.security is not Security.NONE:
        context = ssl.create_default_context()
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        use_tls=settings.security is Security.TLS,
        start_tls=settings.security is Security.STARTTLS,
        tls_context=context if settings.security is not Security.NONE else None,
        local_hostname=_own_name(settings),
        timeout=patience,
    )
    try:
        await client.connect()
        await _greet(client)
        if settings.user:
            await _sign_in(client, settings)
    except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:
        with suppress(aiosmtplib.SMTPException, OSError):
            client.close()
        raise _failure(error, settings) from error
    except BaseException:
        client.close()
        raise
    return client


def _own_name(settings: SmtpSettings) -> str:
    """What EHLO says. Not looked up in the DNS, which takes many seconds on computers without a full name."""
    domain = settings.user.rpartition("@")[2] if "@" in settings.user else ""
    name = settings.own_name or domain or socket.gethostname()
    return name if name.isascii() and " " not in name and name else "localhost"


async def _greet(client: aiosmtplib.SMTP) -> None:
    """Ask what the server can: aiosmtplib does so only before its first command, too late for choosing options."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as refusal:
        if refusal.code == 421:
            raise
        await client.helo()


async def _sign_in(client: aiosmtplib.SMTP, settings: SmtpSettings) -> None:
    if not client.supports_extension("auth"):
        offers = "" if settings.security is not Security.NONE else " Perhaps it does so only with TLS or STARTTLS."
        raise AccountProblem(f"{settings.host} offers no sign-in.{offers}", code="no_sign_in")
    if settings.token is not None:
        await _sign_in_by_token(client, settings.user, settings.token)
    else:
        await client.login(settings.user, settings.password)


async def _sign_in_by_token(client: aiosmtplib.SMTP, user: str, source: TokenSource) -> None:
    try:
        token = await source("")
        try:
            await client.auth_xoauth2(user, token)
        except aiosmtplib.SMTPAuthenticationError as refusal:
            if refusal.code < 500:
                raise
            # Tokens may end before their time (a changed password): a fresh one decides.
            await client.auth_xoauth2(user, await source(token))
    except SignInRefused as error:  # without consent every mail of the mailbox would fail alike
        raise AccountProblem(error.text, code=error.code) from error


def _failure(error: Exception, settings: SmtpSettings) -> TransportError:
    where = f"{settings.host}, port {settings.port}"
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        text = f"{settings.host} does not accept the sign-in of {settings.user}. It says: {error.code} {error.message}"
        if error.code < 500:
            return ConnectFailed(text, code="sign_in_deferred")
        return AccountProblem(text, code="token_refused" if settings.token is not None else "sign_in_refused")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return ConnectFailed(f"{where} does not serve us now. It says: {error.code} {error.message}", code="not_served")
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return AccountProblem(f"{where} cannot do what is set: {error.message}", code="no_sign_in")
    if isinstance(error, aiosmtplib.SMTPException) and "STARTTLS" in error.message:
        return AccountProblem(f"{where} offers no STARTTLS. Choose TLS, or another port.", code="no_starttls")
    failure = connect_failure(_cause(error), settings.host, settings.port)
    if isinstance(failure, TlsFailed):
        return AccountProblem(failure.text, code=failure.code)
    return failure


def _cause(error: Exception) -> Exception:
    """aiosmtplib wraps what the operating system said; the innermost error knows best."""
    while isinstance(error.__cause__, OSError | UnicodeError):
        error = error.__cause__
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return EOFError()
    return error
