"""`casefeed serve`: settings, log, event loop, server; one clear sentence where that cannot be."""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import ValidationError

from app.commands.address import remember_address
from app.logging import configure_logging
from app.settings import Settings
from channels.protocol import uvicorn_options

SHUTDOWN = 10  # seconds for requests under way; sockets are told to come back elsewhere at once
BACKLOG = 2048  # connections that may wait while the loop is busy: a thousand sockets return at once after a restart


def read_settings(env_file: Path | None, **given: Any) -> Settings:
    """Settings from the file, the environment and the flags, in rising order of weight; the log obeys them.

    Raises SystemExit with a sentence for each setting that is wrong.
    """
    flags = {name: value for name, value in given.items() if value is not None}
    try:
        settings = Settings(_env_file=env_file or ".env", **flags)  # type: ignore[call-arg]  # pydantic-settings' own
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            print(f"CASEFEED_{name}: {problem['msg']} (see docs/operating.md)", file=sys.stderr)
        raise SystemExit(2) from None
    configure_logging(settings, quiet=True)
    return settings


def serve(*, demo: bool, host: str | None, port: int | None, env_file: Path | None) -> int:
    settings = read_settings(env_file, host=host, port=port, demo=demo or None)
    from app.main import create_app

    configure_logging(settings)
    try:
        doors = open_doors(settings.host, settings.port)
    except OSError as error:
        print(door_problem(error, settings.host, settings.port), file=sys.stderr)
        return 1
    remember_address(settings)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        **uvicorn_options(),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)
    try:
        server.run(sockets=doors)
    except SystemExit as error:  # uvicorn says itself what is wrong
        return int(error.code or 0) if isinstance(error.code, int) else 1
    except KeyboardInterrupt:  # raised again by uvicorn once everything has ended in order
        return 0
    return 0 if server.started else 3


def open_doors(host: str, port: int) -> list[socket.socket]:
    """Sockets for every address of `host`, bound but not yet listening. Raises OSError, before anything is started."""
    doors: list[socket.socket] = []
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            door = socket.socket(family, kind, protocol)
            doors.append(door)
            if os.name == "posix":  # elsewhere the option lets two programs share a port
                door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            door.bind(address)
    except OSError:
        for door in doors:
            door.close()
        raise
    return doors


def door_problem(error: OSError, host: str, port: int) -> str:
    """One sentence that says what is wrong and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use by another program: stop it, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"You may not listen on port {port}: choose one above 1023, or put a web server in front."
    return f"{host} port {port} cannot be listened on ({error.strerror or error}): mend CASEFEED_HOST."
