"""What the Makefile calls: prepare this clone, then hand over to the server or to the development servers."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from desk_setup.environment import Environment, prepare_environment
from desk_setup.front_end import node_environment, npm_command, prepare_front_end
from desk_setup.preflight import check_port, check_room, wanted_address
from desk_setup.problems import SetupProblem, explain_os_error
from desk_setup.steps import say

ROOT = Path(__file__).resolve().parents[2]
FRONT_DEV_PORT = 5173  # as in static/vite.config.ts
USAGE = """usage: bootstrap.py COMMAND [ARGUMENTS OF casefeed serve]
  prepare      virtual environment and built front end
  prepare-dev  the same with what tests and checks need
  run          prepare, then casefeed serve --demo
  dev          prepare, then the same with live reload of the front end
  npm          npm of the virtual environment, in static/"""


def main(arguments: Sequence[str]) -> int:
    """Carry out one command; answers the exit code. Each problem is one sentence on stderr."""
    if not arguments or arguments[0] not in COMMANDS:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except SetupProblem as problem:
        print(problem, file=sys.stderr)
    except OSError as error:
        print(explain_os_error(error), file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 1


def prepare(_: Sequence[str] = (), *, development: bool = False) -> int:
    environment = Environment(ROOT)
    check_room(ROOT, first_setup=not environment.python.exists())
    begun = time.monotonic()
    log = ROOT / ".ci" / "setup.log"
    with one_at_a_time():
        log.write_text("")
        prepare_environment(environment, development=development, log=log)
        prepare_front_end(environment, development=development, log=log)
    if (took := time.monotonic() - begun) > 2:
        say(f"  Ready after {took:.0f} s; the next start skips all this.")
    return 0


def prepare_for_development(_: Sequence[str]) -> int:
    return prepare(development=True)


def run(arguments: Sequence[str]) -> NoReturn:
    check_port(*wanted_address(os.environ, ROOT / ".env", arguments))
    prepare()
    command = str(Environment(ROOT).command)
    os.chdir(ROOT)
    os.execv(command, [command, "serve", "--demo", *arguments])


def develop(arguments: Sequence[str]) -> int:
    """Server and front-end development server side by side, until one of them ends."""
    check_port(*wanted_address(os.environ, ROOT / ".env", arguments))
    check_port("127.0.0.1", FRONT_DEV_PORT)
    prepare(development=True)
    environment = Environment(ROOT)
    node_home, static = environment.node_home, ROOT / "static"
    vite = subprocess.Popen(
        [str(node_home / "bin" / "node"), "node_modules/vite/bin/vite.js"], cwd=static, env=node_environment(node_home)
    )
    try:
        settings = os.environ | {"CASEFEED_FRONT_DEV_URL": f"http://127.0.0.1:{FRONT_DEV_PORT}"}
        server = subprocess.Popen([str(environment.command), "serve", "--demo", *arguments], cwd=ROOT, env=settings)
        try:
            return server.wait()
        except KeyboardInterrupt:
            return server.wait()  # Ctrl-C has reached it as well; it takes its time to tell the sockets
    finally:
        vite.terminate()
        vite.wait()


def npm(arguments: Sequence[str]) -> int:
    node_home = Environment(ROOT).node_home
    command = [*npm_command(node_home), *arguments]
    return subprocess.call(command, cwd=ROOT / "static", env=node_environment(node_home), stdin=subprocess.DEVNULL)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups in one clone wait for each other; the lock goes with the process, however it ends."""
    folder = os.open(ROOT / ".ci", os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  Waiting for another set-up in this folder …")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


COMMANDS = {"prepare": prepare, "prepare-dev": prepare_for_development, "run": run, "dev": develop, "npm": npm}
