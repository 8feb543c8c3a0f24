"""Looks before anything is installed whether the desk could start at all: port free, room on the disk."""

from __future__ import annotations

import errno
import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from desk_setup.problems import NO_SPACE, SetupProblem

DEFAULT_ADDRESS = ("127.0.0.1", 8000)
ROOM_FOR_FIRST_SETUP = 1_000_000_000  # bytes: packages of both languages, their caches, the built front end


def wanted_address(environ: Mapping[str, str], env_file: Path, arguments: Sequence[str]) -> tuple[str, int]:
    """Where the server will listen, by the same precedence as its settings: arguments, environment, .env file."""
    values = read_env_file(env_file) | {name.upper(): value for name, value in environ.items()}
    host = option(arguments, "--host") or values.get("CASEFEED_HOST") or DEFAULT_ADDRESS[0]
    port = option(arguments, "--port") or values.get("CASEFEED_PORT") or str(DEFAULT_ADDRESS[1])
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SetupProblem(f"The port {port!r} is not a number from 1 to 65535: mend CASEFEED_PORT.")
    return host, int(port)


def option(arguments: Sequence[str], name: str) -> str | None:
    """The value of `--name VALUE` or `--name=VALUE`."""
    for position, argument in enumerate(arguments):
        if argument == name and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return None


def read_env_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.removeprefix("export ").partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip().upper(): value.strip().strip("'\"") for name, _, value in pairs}


def check_port(host: str, port: int) -> None:
    """Raises SetupProblem if nobody could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupProblem(port_problem(error, host, port)) from error


def port_problem(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use by another program: "
            f"stop that one, or choose another port: make run ARGS='--port {port % 65535 + 1}'"
        )
    if error.errno == errno.EACCES:
        return f"You may not listen on port {port}: choose one above 1023, as in make run ARGS='--port 8000'"
    return f"The address {host} port {port} cannot be listened on ({error.strerror or error}): mend CASEFEED_HOST."


def check_room(root: Path, *, first_setup: bool) -> None:
    if first_setup and shutil.disk_usage(root).free < ROOM_FOR_FIRST_SETUP:
        raise SetupProblem(NO_SPACE)
