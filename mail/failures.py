"""Says in one clear sentence and one stable code why a server could not be reached."""

from __future__ import annotations

import socket
import ssl

from mail.errors import ConnectFailed, ConnectionLost, TimedOut, TlsFailed, TransportError


def connect_failure(error: Exception, host: str, port: int) -> TransportError:
    """The TransportError for an exception raised while connecting to `host`:`port` or securing the connection."""
    where = f"{host}, port {port}"
    if isinstance(error, TransportError):
        return error
    if isinstance(error, socket.gaierror):
        return ConnectFailed(f"The host {host} is unknown. Check its name.", code="host_unknown")
    if isinstance(error, UnicodeError):
        return ConnectFailed(f"{host} is no name of a host. Check it.", code="host_unknown")
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return ConnectFailed(f"Nothing answers at {where}. Check the port, or start the server.", code="refused")
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message or error.reason or "not trusted"
        return TlsFailed(f"The certificate of {where} is not valid: {reason}.", code="tls_certificate")
    if isinstance(error, ssl.SSLError):
        return TlsFailed(
            f"No TLS conversation with {where} came about. Perhaps this port wants STARTTLS or no TLS at all.",
            code="tls_handshake",
        )
    if isinstance(error, ConnectionResetError | BrokenPipeError | EOFError):
        return ConnectionLost(f"The server at {where} closed the connection.")
    if isinstance(error, TimeoutError):
        return TimedOut(
            f"{where} does not answer. Check host and port, and whether a firewall is between.", code="no_answer"
        )
    detail = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ConnectFailed(f"{where} cannot be reached: {detail}.", code="unreachable")
